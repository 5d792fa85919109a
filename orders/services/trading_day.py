"""The evening and the morning of an order that outlives its session: done for the day, and renewed (FIX 4.4, H.1)."""

from orders.events import OrderDoneForDay, OrderRestated
from orders.kernel.context import Actor
from orders.kernel.transactions import step
from orders.models import Order
from orders.reports import RestatementReason
from orders.services.revisions import move, record, snapshot
from orders.states import Stimulus


@step
def finish_day(*, actor: Actor, order: Order) -> Order:
    """Say of a locked order that nothing more of it is filled today. Raises IllegalTransition."""
    before = snapshot(order)
    move(order, Stimulus.DONE_FOR_DAY)
    record(order, OrderDoneForDay, actor=actor, before=before)
    return order


@step
def renew(*, actor: Actor, order: Order) -> Order:
    """Put a locked order that was done for the day to work again, its terms as they were. Raises IllegalTransition."""
    before = snapshot(order)
    move(order, Stimulus.RESTATE)
    record(
        order, OrderRestated, actor=actor, before=before, restatement_reason=int(RestatementReason.RENEWAL)
    )
    return order
