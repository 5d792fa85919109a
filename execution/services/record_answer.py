"""Write down what the venue answered, or that it did not."""

from uuid import UUID

from execution.backoff import MOST_ATTEMPTS, error_text, next_attempt
from execution.models import VenueOrder
from execution.services.locks import lock_venue_order
from execution.services.settle import settle
from execution.services.venue_order_moves import is_live, move
from execution.venues.errors import VenueError, VenueProtocolError
from execution.venues.protocol import CancelAnswer, CancelOutcome, OrderStatus, VenueOrderState
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.transactions import service
from orders.states import Stimulus


@service
def record_state(*, actor: Actor, state: OrderStatus) -> None:
    """Keep that the venue has, refused or voided an order. Fills and ends come by reports alone."""
    order, run, venue_order = lock_venue_order(state.client_order_id)
    if not is_live(venue_order):
        return
    if state.state is VenueOrderState.REJECTED:
        move(venue_order, Stimulus.REJECT, reason=state.reason or "")
    elif state.state is VenueOrderState.VOIDED:
        move(venue_order, Stimulus.CONFIRM_CANCEL, reason=VenueOrderState.VOIDED)
    else:
        venue_order.venue_order_id = state.venue_order_id or ""
        move(venue_order, Stimulus.ACCEPT)
    settle(actor=actor, order=order, run=run)


@service
def record_cancel_answer(*, actor: Actor, answer: CancelAnswer) -> None:
    """Keep how a cancel was taken: pending and too late leave the rest to the venue's reports."""
    order, run, venue_order = lock_venue_order(answer.order.client_order_id)
    if not is_live(venue_order):
        return
    if answer.answer is CancelOutcome.PENDING:
        venue_order.next_attempt_at = None
        venue_order.version += 1
        venue_order.save(update_fields=["next_attempt_at", "version"])
    elif answer.answer is CancelOutcome.VOIDED:
        move(venue_order, Stimulus.CONFIRM_CANCEL, reason=VenueOrderState.VOIDED)
    elif answer.order.state is VenueOrderState.REJECTED:
        move(venue_order, Stimulus.REJECT, reason=answer.order.reason or "")
    else:
        move(venue_order, Stimulus.REJECT_CANCEL)
    settle(actor=actor, order=order, run=run)


@service
def postpone(*, venue_order_id: UUID, error: VenueError) -> None:
    """Ask again later. After five answers that nobody understands it becomes a dead letter.

    A venue that cannot be reached is asked for ever: it will come back, and then it knows the answer.
    """
    venue_order = VenueOrder.objects.select_for_update().get(pk=venue_order_id)
    if venue_order.next_attempt_at is None:
        return  # a report came before the error did: its fate is known
    now = recorded_now()
    is_hopeless = isinstance(error, VenueProtocolError) and venue_order.attempts >= MOST_ATTEMPTS
    venue_order.next_attempt_at = None if is_hopeless else next_attempt(now, venue_order.attempts)
    venue_order.dead_lettered_at = now if is_hopeless else None
    venue_order.last_error = error_text(error)
    venue_order.version += 1
    venue_order.save(update_fields=["next_attempt_at", "dead_lettered_at", "last_error", "version"])
