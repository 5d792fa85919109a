"""Orders over many days, placed through the services, and what a naive look at each of them finds."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from orders import services
from orders.kernel.context import Actor
from orders.kernel.transactions import service
from orders.limit_kinds import LimitKind
from orders.models import Account, Desk, Firm, Instrument, Limit, Order, RiskDecision
from tests.world import NOON, SETUP, World, show_price

BEGIN = NOON - timedelta(days=24)
"""Noon in New York on Tuesday, 10 September 2013: 19 sessions to NOON's Friday."""


def room_for_many(world: World) -> None:
    """Let positions be as large as they like: it is single orders that are looked at."""
    Limit.objects.filter(kind=LimitKind.POSITION_QUANTITY).update(value=Decimal(10**9))
    Limit.objects.filter(kind=LimitKind.PRICE_COLLAR_BPS).update(value=Decimal(5_000))
    for instrument in Instrument.objects.all():
        show_price(instrument, Decimal(100), at=BEGIN - timedelta(days=30))


def at(moment: datetime) -> None:
    """Let the market's time be `moment`, standing still."""
    services.set_market_clock(actor=SETUP, anchor=moment, paused=True)


def weekdays(count: int) -> list[datetime]:
    """The first `count` days from BEGIN on that are no weekend."""
    days = (BEGIN + timedelta(days=number) for number in range(count * 2))
    return [day for day in days if day.weekday() < 5][:count]


def place_each_day(
    world: World, quantities: Iterable[int], *, days: int = 12, actor: Actor | None = None, **terms: Any
) -> list[Order]:
    """Place these quantities in turn on the days from BEGIN on, and set the clock back to NOON."""
    moments = weekdays(days)
    by_day: dict[datetime, list[int]] = defaultdict(list)
    for number, quantity in enumerate(quantities):
        by_day[moments[number % days]].append(quantity)
    placed = []
    for moment, of_day in by_day.items():
        at(moment)
        for quantity in of_day:
            command = world.command(**{"quantity": str(quantity), **terms})
            placed.append(services.place(actor=actor or world.trader, command=command).order)
    at(NOON)
    return placed


@service
def also_on(scope: Firm | Desk | Account, actor: Actor, permissions: tuple[str, ...]) -> None:
    """Let a person hold these permissions on `scope` as well."""
    for permission in permissions:
        services.grant_permission(actor=SETUP, user_id=actor.user_id, permission=permission, scope=scope)


@dataclass(frozen=True)
class Seen:
    """What one order and the decision on it say, read one by one."""

    order: Order
    quantity: Decimal
    notional: Decimal | None
    distance_bps: Decimal | None
    outcomes: frozenset[tuple[str, str]]


def seen(orders: Iterable[Order]) -> list[Seen]:
    """Look at each order by itself."""
    return [_seen(order) for order in orders]


def _seen(order: Order) -> Seen:
    decision = RiskDecision.objects.get(order=order, stage="place")
    told = [each for each in decision.findings if isinstance(each, dict)]
    last = decision.figures["market"].get("last")
    limit_price, notional = order.limit_price, decision.figures["notional"]
    away = None
    if limit_price is not None and last is not None:
        away = abs(limit_price - Decimal(last)) / Decimal(last) * 10_000
    return Seen(
        order,
        Decimal(decision.figures["quantity"]),
        None if notional is None else Decimal(notional),
        away,
        frozenset((each["check"], each["outcome"]) for each in told if "with_order" in each),
    )
