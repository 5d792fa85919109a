"""Parents for the slices' bench: TWAP market orders, placed and planned by the site's own services before time runs."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from bench import universe
from compliance.services.roles import grant_role
from execution.market_data.generator import trading_day
from execution.models import Run
from execution.models.run import RunState
from execution.services.market_data import load_bars
from execution.session import XNYS, Session, session_on
from orders import services
from orders.commands import PlaceOrder
from orders.kernel.context import Actor, Door
from orders.kernel.moments import moment_text
from orders.models import Desk

PARENTS = 200
SLICES = 5
"""Of each parent."""

SPEED = 60
"""Minutes of the market in one of ours: the venue fills what came before a minute at the end of it."""

_SLICE_QUANTITY = 100
_DAY_VOLUME = 650_000_000
"""So much that the venue's share of every minute fills all that was sent."""

_BEFORE = timedelta(minutes=30)
_PLANNING_S = 60.0


@dataclass(frozen=True)
class Part:
    """What one part of the bench works: `anchor` is the market time at which it begins, all `orders` are planned."""

    anchor: datetime
    orders: list[UUID]

    @property
    def slices(self) -> int:
        return len(self.orders) * SLICES


def trader(desk: Desk) -> Actor:
    """Return who places the parents, and may trade at any rate."""
    user = services.register_user(actor=universe.SETUP, username="bench.slices.trader")
    grant_role(actor=universe.SETUP, user_id=user.pk, role="trader", scope=desk)
    universe.permit(user)
    return Actor(name=user.username, door=Door.COMMAND, user_id=user.pk)


def planned(
    actor: Actor, accounts: Sequence[str], *, day: date, per_second: float, parents: int = PARENTS
) -> Part:
    """Place parents, in turn for each account, whose slices fall due evenly, `per_second` once the clock runs.

    The clock stands before the first of them. Raises RuntimeError where one was not admitted or not planned.
    """
    session = _opened(day)
    anchor = session.open + _BEFORE
    services.set_market_clock(actor=universe.SETUP, anchor=anchor, paused=True)
    step = timedelta(seconds=SPEED / per_second)
    first = anchor + timedelta(seconds=SPEED)
    placed = [
        _place(
            actor,
            accounts[number % len(accounts)],
            f"slices-{day}-{number}",
            first + number * step,
            step * parents,
        )
        for number in range(parents)
    ]
    _await_planned(placed)
    return Part(anchor, placed)


def _await_planned(placed: Sequence[UUID]) -> None:
    """Return when the workers have planned all of them. Raises RuntimeError where they have not within a minute."""
    deadline = time.monotonic() + _PLANNING_S
    while Run.objects.filter(order_id__in=placed, state=RunState.WORKING).count() != len(placed):
        if time.monotonic() > deadline:
            raise RuntimeError("not every parent is planned")
        time.sleep(0.2)


def _opened(day: date) -> Session:
    session = session_on(day, XNYS)
    if session is None:
        raise ValueError(f"{day} is no trading day")
    bars = trading_day(
        universe.SYMBOL,
        day,
        seed=1,
        open_price=Decimal("512.05"),
        tick_size=Decimal("0.01"),
        day_volume=_DAY_VOLUME,
    )
    load_bars(actor=universe.SETUP, bars=bars)
    return session


def _place(actor: Actor, account: str, name: str, start: datetime, interval: timedelta) -> UUID:
    parameters = {
        "start": moment_text(start),
        "end": moment_text(start + interval * SLICES),
        "slices": SLICES,
        "must_complete": True,
    }
    command = PlaceOrder.model_validate(
        {
            "account": account,
            "client_order_id": name,
            "symbol": universe.SYMBOL,
            "side": "buy",
            "type": "market",
            "time_in_force": "day",
            "quantity": str(_SLICE_QUANTITY * SLICES),
            "algorithm": {"name": "twap", "parameters": parameters},
        }
    )
    return services.place(actor=actor, command=command).order.pk
