"""What goes into an algorithm and what comes out. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from pydantic import BaseModel

from execution.market_data.bars import Bar
from execution.market_data.usual_day import UsualDay
from execution.market_data.volume import NO_VOLUME, TradedVolume, VolumeCurve
from execution.session import Session
from orders.kernel.errors import InvalidInput
from orders.terms import OrderType, Side, TimeInForce

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The order that an instruction comes with, as far as parameters have to fit it.

    `session` is the one that is open at `market_time` or opens next; `market_time` is when the order comes in, or when
    its parameters are changed. `started_at` is the start that an order has which is changed while it is worked, None
    for a new one.
    """

    side: Side
    type: OrderType
    time_in_force: TimeInForce
    quantity: Decimal
    limit_price: Decimal | None
    lot_size: Decimal
    tick_size: Decimal
    market_time: datetime
    session: Session
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """What is to be worked: `quantity` is what is neither filled nor live at a venue, in units.

    `limit_price` in the instrument's currency is None for a market order; `lot_size` is the step of quantities.
    `minimum_quantity` is the least size of the first execution, None where there has been one. `sent` is how many
    units went to venues when (market time): what was caught up with already is not caught up with again.
    """

    side: Side
    type: OrderType
    time_in_force: TimeInForce
    quantity: Decimal
    limit_price: Decimal | None
    lot_size: Decimal
    filled_quantity: Decimal = ZERO
    live_quantity: Decimal = ZERO
    display_quantity: Decimal | None = None
    minimum_quantity: Decimal | None = None
    sent: Sequence[tuple[datetime, Decimal]] = ()

    @property
    def done(self) -> Decimal:
        """What is filled or may still be filled at a venue, in units."""
        return self.filled_quantity + self.live_quantity

    @property
    def whole(self) -> Decimal:
        """The quantity of the order, in units."""
        return self.quantity + self.done

    def sent_since(self, moment: datetime) -> Decimal:
        """What went to venues at `moment` or later, in units, whatever became of it."""
        return sum((quantity for sent_at, quantity in self.sent if sent_at >= moment), ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """What is known at a moment of the market of one instrument; nothing of it is later than that moment.

    Prices in the instrument's currency. `last_price` is the close of the newest bar that has ended, `minutes` the
    session's bars that have ended, oldest first, `traded` their volume: all of it others', for nothing of ours is in
    the bars. `usual_day` is how the day's volume is expected to be spread, by days before the session's, None where
    nobody asked; `curve` the same by half hours and its own days alone, None where there are none. `daily_volatility`
    is the standard deviation of a day's price change (currency per square root of a day), `spread` ask minus bid.
    """

    session: Session
    last_price: Decimal | None = None
    minutes: Sequence[Bar] = ()
    traded: TradedVolume = NO_VOLUME
    curve: VolumeCurve | None = None
    usual_day: UsualDay | None = None
    average_daily_volume: Decimal | None = None
    daily_volatility: Decimal | None = None
    spread: Decimal | None = None


@dataclass(frozen=True, slots=True)
class VenueTerms:
    """The terms under which a slice goes to the venue, which knows no order beyond a session."""

    type: OrderType
    time_in_force: TimeInForce
    limit_price: Decimal | None
    display_quantity: Decimal | None = None
    minimum_quantity: Decimal | None = None


@dataclass(frozen=True, slots=True)
class IntendedSlice:
    """Send `quantity` units when market time has reached `due_at`. Numbers count from 1 within a plan.

    `terms` are its own where they are not those of every slice.
    """

    number: int
    quantity: Decimal
    due_at: datetime
    terms: VenueTerms | None = None


class Why(StrEnum):
    """Why a plan is as it is: what a person is told, and what an order waits for."""

    ON_SCHEDULE = "on_schedule"
    BEFORE_START = "before_start"
    BEHIND_SCHEDULE = "behind_schedule"
    PRICE_BEYOND_LIMIT = "price_beyond_limit"
    PARTICIPATION_CAP = "participation_cap"
    WOULD_PRICE = "would_price"
    WAITING_FOR_VOLUME = "waiting_for_volume"
    WAITING_FOR_FILL = "waiting_for_fill"
    LIQUIDITY_FOUND = "liquidity_found"
    COMPLETING = "completing"
    TIME_OVER = "time_over"
    NO_VENUE = "no_venue"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be sent when, and when (market time) the algorithm looks again; None: when something hinders it.

    The quantities sum to the parent's or to less: what is not planned is decided at the next look.
    """

    slices: list[IntendedSlice] = field(default_factory=list)
    review_at: datetime | None = None
    why: Why = Why.ON_SCHEDULE


class Algorithm(Protocol):
    """One version of a way to work an order: functions of their arguments and of nothing else."""

    @property
    def name(self) -> str:
        """The name that an order's instruction gives."""

    @property
    def version(self) -> int:
        """Counts from 1."""

    @property
    def title(self) -> str:
        """What a person reads, one sentence."""

    @property
    def is_spread(self) -> bool:
        """Whether it makes several slices: then terms that one order at a venue carries make no sense."""

    @property
    def is_bound(self) -> bool:
        """Whether slices are held against market and clock when they fall due, and planned anew where hindered.

        Then the parameters are WorkingParameters, and what is left when their time is over is not worked on.
        """

    @property
    def follows_fills(self) -> bool:
        """Whether it looks again as soon as nothing of it is live at a venue."""

    @property
    def reads_curve(self) -> bool:
        """Whether it looks at `Market.usual_day` or `curve`: made of weeks of minutes, and given to nobody else."""

    @property
    def parameters(self) -> type[BaseModel]:
        """The model of the parameters: their validation and their JSON Schema."""

    def complete(self, given: Any, asked: Asked) -> BaseModel:
        """Return the parameters with everything decided that was left open, as they are kept with the order.

        `given` is an instance of `parameters`. Raises InvalidInput that points to the field.
        """

    def plan(self, parent: Parent, parameters: Any, *, market: Market, market_time: datetime) -> Plan:
        """Return slices in order of time, of `parent.quantity` units at most.

        Nothing is due before `market_time`: when the parent came in or takes effect, or when what remains is planned
        anew.
        """

    def venue_terms(self, parent: Parent) -> VenueTerms:
        """Return the terms of every slice's venue order that has none of its own."""


POINTER = "/algorithm/parameters"
"""Where an order's request has the parameters of its algorithm (RFC 6901)."""


def invalid(pointer: str, detail: str) -> InvalidInput:
    """Return the error that says what is wrong with one field of the request (a JSON pointer, RFC 6901)."""
    return InvalidInput(f"{pointer}: {detail}", errors=[{"pointer": pointer, "detail": detail}])
