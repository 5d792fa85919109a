"""How a venue order moves: by the same table as a client's order (orders.states)."""

from execution.models import VenueOrder
from orders.kernel.rows import update
from orders.kernel.transactions import step
from orders.states import OPEN, TERMINAL, OrderStatus, Stimulus, next_status

S, X = OrderStatus, Stimulus
_NOTHING_NEW: dict[Stimulus, frozenset[OrderStatus]] = {
    # The answer to a request and the report of its effect tell the same thing, in either order.
    X.ACCEPT: TERMINAL,
    X.REJECT: frozenset({S.REJECTED, S.CANCELED}),  # canceled: voided before it arrived, then refused
    # Ended here by a cancel's answer or an operator's word, and only then by the venue's.
    X.CONFIRM_CANCEL: frozenset({S.CANCELED}),
    X.EXPIRE: frozenset({S.CANCELED}),
    X.REJECT_CANCEL: frozenset(OrderStatus) - {S.PENDING_CANCEL},
}

_KEPT = ["status", "filled_quantity", "fill_model", "reason", "venue_order_id", "next_attempt_at", "version"]


@step
def move(venue_order: VenueOrder, stimulus: Stimulus, *, reason: str = "") -> None:
    """Move a locked venue order and save it; `filled_quantity` must be that after the stimulus.

    What the venue says a second time changes nothing. Raises IllegalTransition.
    """
    status = OrderStatus(venue_order.status)
    if status in _NOTHING_NEW.get(stimulus, frozenset()):
        return
    venue_order.status = next_status(
        status, stimulus, filled_quantity=venue_order.filled_quantity, quantity=venue_order.quantity
    )
    venue_order.reason = reason or venue_order.reason
    if venue_order.status != S.PENDING_CANCEL:
        # The venue knows the order: from here on its reports tell what becomes of it.
        venue_order.next_attempt_at = None
    venue_order.version += 1
    update(venue_order, _KEPT)


def is_live(venue_order: VenueOrder) -> bool:
    """Tell whether it may still be filled, as far as we know."""
    return venue_order.status in OPEN
