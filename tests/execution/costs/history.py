"""An order that ended, and the minutes of its market around it, for tests of what orders cost."""

from datetime import datetime, timedelta
from decimal import Decimal

from execution.models import Bar, DailyBar, Quote
from orders import services
from orders.kernel.context import Actor, process_actor
from orders.kernel.transactions import service
from orders.models import Execution, Instrument, Order
from orders.services import Fill
from tests.world import NOON, SETUP, World, have_month

GATEWAY = process_actor("gateway")
LATER = NOON + timedelta(hours=5)
"""After the close of that day in New York."""


def show_minutes(instrument: Instrument, prices: list[str], *, since: datetime = NOON) -> None:
    """Let each minute from `since` on have traded 1,000 units at one price, with quotes two cents around it."""
    have_month("execution_bar", since)
    have_month("execution_quote", since)
    for number, text in enumerate(prices):
        at, price = since + timedelta(minutes=number), Decimal(text)
        Bar.objects.create(
            instrument=instrument, start=at, open=price, high=price, low=price, close=price, volume=1000
        )
        Quote.objects.create(
            instrument=instrument, at=at, bid=price - Decimal("0.01"), ask=price + Decimal("0.01")
        )


def show_days(instrument: Instrument) -> None:
    """Let three days before be known, and the day's close of 103."""
    for day, close in ((1, "99"), (2, "101"), (3, "100"), (4, "103")):
        DailyBar.objects.create(
            instrument=instrument, day=NOON.date().replace(day=day), close=Decimal(close), volume=100_000
        )


def fill(order: Order, quantity: str, price: str, *, minutes: int, venue: str = "SIM") -> Execution:
    """Book a fill so many minutes after noon."""
    name = f"{order.pk}-{minutes}-{price}-{venue}"
    booked = services.apply_execution(
        actor=GATEWAY,
        order_id=order.pk,
        fill=Fill(
            venue=venue,
            venue_execution_id=name,
            quantity=Decimal(quantity),
            price=Decimal(price),
            market_time=NOON + timedelta(minutes=minutes),
        ),
    )
    assert booked is not None
    return booked


@service
def _expire(actor: Actor, order: Order) -> None:
    services.expire_order(actor=actor, order=services.lock_order(order.pk))


def expire(order: Order, *, minutes: int) -> None:
    """Let what is left of the order expire so many minutes after noon."""
    set_clock(NOON + timedelta(minutes=minutes))
    _expire(GATEWAY, order)


def set_clock(at: datetime) -> None:
    """Let market time stand at a moment."""
    services.set_market_clock(actor=SETUP, anchor=at, paused=True)


def filled_order(world: World, *, price: str = "100.5", **changes: str) -> Order:
    """An order for 100 units that is filled within two minutes."""
    order = services.place(
        actor=world.trader, command=world.command(**{"limit_price": "104", **changes})
    ).order
    fill(order, "100", price, minutes=2)
    return order
