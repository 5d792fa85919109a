"""Write down what the venue answered, or that it did not."""

from collections.abc import Sequence
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
from orders.kernel.statements import Statement
from orders.kernel.transactions import service, step
from orders.states import OrderStatus as Status
from orders.states import Stimulus

# Rows are locked in the order of their ids, as by everybody who locks several.
_ACCEPT = Statement(f"""
    WITH answered AS (
        SELECT * FROM unnest(%(ids)s::uuid[], %(venue_order_ids)s::text[]) AS answered(id, venue_order_id)
    ), locked AS (
        SELECT id FROM execution_venueorder
        WHERE id IN (SELECT id FROM answered) AND status IN ('{Status.PENDING_NEW}', '{Status.NEW}')
        ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE execution_venueorder AS kept
    SET status = '{Status.NEW}', venue_order_id = answered.venue_order_id, next_attempt_at = NULL,
        version = kept.version + 1
    FROM locked JOIN answered USING (id) WHERE kept.id = locked.id
    RETURNING kept.id
""")  # noqa: S608 - words of our own


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


def record_states(*, actor: Actor, states: Sequence[OrderStatus]) -> None:
    """Keep the same of many orders: those that the venue just has by one statement, the others one by one."""
    kept = _record_accepted([state for state in states if state.state is VenueOrderState.NEW])
    for state in states:
        if state.client_order_id not in kept:
            record_state(actor=actor, state=state)


@service
def _record_accepted(states: Sequence[OrderStatus]) -> set[UUID]:
    """Keep that the venue has these; returns which of them that concerned, as nothing else has happened to them.

    An order of which something is live is not settled, so neither it nor its run is locked.
    """
    values = {
        "ids": [state.client_order_id for state in states],
        "venue_order_ids": [state.venue_order_id for state in states],
    }
    return {row[0] for row in _ACCEPT.rows(values)}


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
    _postpone(VenueOrder.objects.select_for_update().get(pk=venue_order_id), error)


@service
def postpone_all(*, venue_order_ids: Sequence[UUID], error: VenueError) -> None:
    """The same for many that one message was about."""
    for venue_order in VenueOrder.objects.select_for_update().filter(pk__in=venue_order_ids).order_by("pk"):
        _postpone(venue_order, error)


@step
def _postpone(venue_order: VenueOrder, error: VenueError) -> None:
    if venue_order.next_attempt_at is None:
        return  # a report came before the error did: its fate is known
    now = recorded_now()
    is_hopeless = isinstance(error, VenueProtocolError) and venue_order.attempts >= MOST_ATTEMPTS
    venue_order.next_attempt_at = None if is_hopeless else next_attempt(now, venue_order.attempts)
    venue_order.dead_lettered_at = now if is_hopeless else None
    venue_order.last_error = error_text(error)
    venue_order.version += 1
    venue_order.save(update_fields=["next_attempt_at", "dead_lettered_at", "last_error", "version"])
