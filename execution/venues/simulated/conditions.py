"""How kind the simulated market and venue are, by a seed: latency, refusals, halts, and what trading costs. Pure.

Each decision depends only on the seed and on what it is about (an order, or a symbol's session), so that it is the same
in every process and after every restart.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple
from uuid import UUID

from orders.terms import Side

_TEN_THOUSAND = 10_000


class Halt(NamedTuple):
    """No trading from `start` until just before `end`, both aware UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """The default costs nothing, refuses nothing and never stops.

    `latency_ms` (market time) is the most that an order takes from its arrival to its effect. `reject_share` of orders
    is refused with `venue_error`, and `halt_share` of all sessions of symbols has one halt of `halt_minutes`: both
    shares from 0 to 1. `spread_bps`, of which an order pays half, and `impact_bps`, that of a whole bar's volume, are
    for the bar model alone: ticks have their own. Raises ValueError for what is negative or no share.
    """

    seed: int = 0
    latency_ms: int = 0
    reject_share: float = 0.0
    halt_share: float = 0.0
    halt_minutes: int = 5
    spread_bps: Decimal = Decimal(0)
    impact_bps: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        if not (0 <= self.reject_share <= 1 and 0 <= self.halt_share <= 1):
            raise ValueError("shares of refusals and halts are from 0 to 1")
        if self.latency_ms < 0 or self.halt_minutes <= 0 or self.spread_bps < 0 or self.impact_bps < 0:
            raise ValueError("latency, spread and impact are not negative, and a halt takes a minute or more")

    def latency(self, client_order_id: UUID) -> timedelta:
        """How long after its arrival the order takes effect."""
        if self.latency_ms == 0:
            return timedelta(0)
        return timedelta(
            microseconds=self._dice(f"latency:{client_order_id}").randint(0, self.latency_ms * 1000)
        )

    def refuses(self, client_order_id: UUID) -> bool:
        """Whether the venue fails to take the order."""
        return self.reject_share > 0 and self._dice(f"reject:{client_order_id}").random() < self.reject_share

    def halt(self, symbol: str, session_open: datetime, session_close: datetime) -> Halt | None:
        """The symbol's halt in a session, if it has one: from some second of it on, to its close at most."""
        if self.halt_share == 0:
            return None
        dice = self._dice(f"halt:{symbol}:{session_open.isoformat()}")
        if dice.random() >= self.halt_share:
            return None
        seconds = int((session_close - session_open).total_seconds())
        start = session_open + timedelta(seconds=dice.randrange(seconds))
        return Halt(start, min(start + timedelta(minutes=self.halt_minutes), session_close))

    def with_costs(self, price: Decimal, side: Side, bar_share: Decimal) -> Decimal:
        """A bar's price per unit for the side that pays half the spread and its impact, linear in `bar_share`.

        The share of the bar's volume is that of all our orders up to and with this one.
        """
        worse = price * (self.spread_bps / 2 + self.impact_bps * bar_share) / _TEN_THOUSAND
        return price + worse if side is Side.BUY else price - worse

    def _dice(self, subject: str) -> Random:
        # A text seed goes through SHA-512 and so is the same in every process, unlike hash().
        return Random(f"{self.seed}:{subject}")  # noqa: S311 - repeatable, not secret


CALM = Conditions()
