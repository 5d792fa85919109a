"""Fills for tests, as a venue would report them."""

from decimal import Decimal
from itertools import count

from orders import services
from orders.kernel.context import process_actor
from orders.models import Execution, Order
from orders.services import Fill
from tests.world import NOON

GATEWAY = process_actor("gateway")
_numbers = count(1)


def a_fill(quantity: str, *, price: str = "100", execution_id: str | None = None) -> Fill:
    return Fill(
        venue="SIM",
        venue_execution_id=execution_id or f"exec-{next(_numbers)}",
        quantity=Decimal(quantity),
        price=Decimal(price),
        market_time=NOON,
    )


def fill(
    order: Order, quantity: str, *, price: str = "100", execution_id: str | None = None
) -> Execution | None:
    """Book a fill through the service."""
    return services.apply_execution(
        actor=GATEWAY,
        order_id=order.pk,
        fill=a_fill(quantity, price=price, execution_id=execution_id),
    )
