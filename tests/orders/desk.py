"""Orders that the desk works by hand, and the sell side that answers for them."""

from decimal import Decimal
from typing import Any

from orders import services
from orders.commands import AmendOrder, CancelOrder
from orders.kernel.context import process_actor
from orders.models import Order, OrderRevision
from tests.world import World

SELL_SIDE = process_actor("sell_side")
MANUAL = {"name": "manual"}


def manual_order(world: World, *, accepted: bool = True, **terms: Any) -> Order:
    """A manual order, which the desk has taken on."""
    order = world.place(**{"algorithm": MANUAL, **terms})
    return services.accept_order(actor=SELL_SIDE, order_id=order.pk) if accepted else order


def replace(world: World, order: Order, quantity: str, client_order_id: str, **more: Any) -> Order:
    """Ask for another quantity under this id, having read the order just now."""
    command = AmendOrder.model_validate({"quantity": quantity, "client_order_id": client_order_id, **more})
    revision = Order.objects.get(pk=order.pk).terms_revision
    return services.amend(actor=world.trader, order_id=order.pk, command=command, expected_revision=revision)


def cancel(world: World, order: Order, client_order_id: str | None = None, **more: Any) -> Order:
    """Ask to cancel what is left."""
    command = CancelOrder(client_order_id=client_order_id, **more)
    return services.cancel(actor=world.trader, order_id=order.pk, command=command)


def last_report(order: Order) -> OrderRevision:
    """The newest revision."""
    return OrderRevision.objects.filter(order=order).order_by("version").last()  # type: ignore[return-value]


def dec(text: str) -> Decimal:
    return Decimal(text)
