"""The order that a command would make now: for whoever has to tell something of it before it is placed."""

from orders.commands import PlaceOrder
from orders.kernel.context import Actor
from orders.kernel.transactions import service
from orders.models import Order
from orders.services.new_order import new_order, standing_for


@service
def unplaced_order(*, actor: Actor, command: PlaceOrder) -> Order:
    """Return the order that `place` would keep now, its instruction completed; risk has not judged it.

    Nothing is written. Raises what `place` raises before risk's decision, but for ClientOrderIdUsed.
    """
    return new_order(actor, command, standing_for(actor, command))
