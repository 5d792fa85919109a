"""Settle what the machinery gave up: try it again, or let it be. What either means is each kind's own.

Both are decided under the locks that everybody else takes, so of two persons who settle one dead letter, one does and
the other is told (docs/decisions/dead_letters.md).
"""

from collections.abc import Callable, Mapping
from uuid import UUID

from execution.commands import SettleDeadLetter
from execution.dead_letters import (
    SETTLED,
    LetterKind,
    LetterPlace,
    dead_reports,
    dead_runs,
    dead_venue_orders,
    is_asked_in_vain,
    place_of,
)
from execution.errors import DeadLetterNotRetryable, DeadLetterSettled
from execution.events import DeadLetterDiscarded, DeadLetterEvent, DeadLetterRetried
from execution.models import Run, VenueReport
from execution.services.locks import LockedVenueOrder, lock_run, lock_venue_order
from execution.services.look_again import is_left_to_algorithm
from execution.services.settle import settle
from execution.services.stop_run import stop_run
from execution.services.venue_order_moves import move
from execution.wake import RESOLVE, WORK_RUNS, wake_on_commit
from orders import authority
from orders.commands import CancelOrder
from orders.hooks import publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.errors import NotPermitted
from orders.kernel.transactions import service, step
from orders.models import Order
from orders.permissions import SETTLE_OPERATIONS
from orders.selectors import account_of_order, market_now
from orders.services import lock_order, request_cancel
from orders.states import TERMINAL, Stimulus

Act = Callable[[Actor, UUID, str], int]
"""Takes who acts, the row's id and the reason; returns how often it had been tried. Raises DeadLetterSettled."""


@service
def retry_dead_letter(*, actor: Actor, letter_id: UUID, reason: str) -> LetterPlace:
    """Try it again, from zero attempts, and return what it is.

    Raises pydantic.ValidationError, NotAPerson for a process, DeadLetterNotFound, NotPermitted without
    settle_operations, DeadLetterSettled for what is no dead letter (any more), and DeadLetterNotRetryable for a venue
    order that the venue has nothing new to tell of.
    """
    acts = {
        LetterKind.RUN: _retry_run,
        LetterKind.VENUE_ORDER: _retry_venue_order,
        LetterKind.REPORT: _retry_report,
    }
    return _settle(actor, letter_id, reason, acts, DeadLetterRetried)


@service
def discard_dead_letter(*, actor: Actor, letter_id: UUID, reason: str) -> LetterPlace:
    """Let it be, and return what it is: an order's work ends, a venue order counts as dead, a report as not sent.

    Raises what `retry_dead_letter` raises but for DeadLetterNotRetryable.
    """
    acts = {
        LetterKind.RUN: _discard_run,
        LetterKind.VENUE_ORDER: _discard_venue_order,
        LetterKind.REPORT: _discard_report,
    }
    return _settle(actor, letter_id, reason, acts, DeadLetterDiscarded)


@step
def _settle(
    actor: Actor,
    letter_id: UUID,
    reason: str,
    acts: Mapping[LetterKind, Act],
    event_class: type[DeadLetterEvent],
) -> LetterPlace:
    command = SettleDeadLetter(reason=reason)
    actor.person_id()
    place = place_of(actor, letter_id)
    _require_may_settle(actor, place)
    attempts = acts[place.kind](actor, letter_id, command.reason)
    publish(
        event_class(
            actor=actor,
            object_id=str(letter_id),
            revision=0,
            market_time=market_now(),
            kind=place.kind,
            order_id=place.order_id,
            attempts=attempts,
            reason=command.reason,
        )
    )
    return place


def _require_may_settle(actor: Actor, place: LetterPlace) -> None:
    if place.order_id is not None:
        authority.require(actor, SETTLE_OPERATIONS, account_of_order(place.order_id).pk)
    elif not authority.may_somewhere(actor, SETTLE_OPERATIONS):
        raise NotPermitted(f"this needs the permission {SETTLE_OPERATIONS}", permission=SETTLE_OPERATIONS)


def _retry_run(actor: Actor, run_id: UUID, reason: str) -> int:
    _order, attempts = _revive_run(run_id)
    wake_on_commit(WORK_RUNS, str(run_id))
    return attempts


def _discard_run(actor: Actor, run_id: UUID, reason: str) -> int:
    """Cancel the order as its trader would: what is live is asked back, and what is not is answered at once."""
    order, attempts = _revive_run(run_id)
    if order.status in TERMINAL:
        stop_run(actor=actor, order_id=order.pk)  # nothing is left to cancel, only the work to end
    else:
        request_cancel(actor=actor, order=order, command=CancelOrder(reason=reason))
    return attempts


def _revive_run(run_id: UUID) -> tuple[Order, int]:
    """Return the locked order of a run that is a dead letter no more, and how often the run had been tried."""
    order = lock_order(Run.objects.values_list("order_id", flat=True).get(pk=run_id))
    run = lock_run(order.pk)
    if not dead_runs().filter(pk=run_id).exists():
        raise DeadLetterSettled(SETTLED)
    attempts = run.attempts
    run.attempts, run.next_attempt_at, run.dead_lettered_at = 0, None, None
    if is_left_to_algorithm(order, run):
        run.review_at = market_now()
    run.version += 1
    run.save(update_fields=["attempts", "next_attempt_at", "dead_lettered_at", "review_at", "version"])
    return order, attempts


def _retry_venue_order(actor: Actor, venue_order_id: UUID, reason: str) -> int:
    venue_order = _lock_dead_venue_order(venue_order_id).venue_order
    if is_asked_in_vain(venue_order):
        raise DeadLetterNotRetryable("a report on this venue order was discarded")
    attempts = venue_order.attempts
    venue_order.attempts, venue_order.next_attempt_at, venue_order.dead_lettered_at = 0, recorded_now(), None
    venue_order.version += 1
    venue_order.save(update_fields=["attempts", "next_attempt_at", "dead_lettered_at", "version"])
    wake_on_commit(RESOLVE)
    return attempts


def _discard_venue_order(actor: Actor, venue_order_id: UUID, reason: str) -> int:
    """End it as canceled with what is filled, on the person's word that it is dead at the venue."""
    locked = _lock_dead_venue_order(venue_order_id)
    locked.venue_order.dead_lettered_at = None
    locked.venue_order.save(update_fields=["dead_lettered_at"])
    move(locked.venue_order, Stimulus.CONFIRM_CANCEL, reason=reason)
    settle(actor=actor, order=locked.order, run=locked.run)
    return locked.venue_order.attempts


def _lock_dead_venue_order(venue_order_id: UUID) -> LockedVenueOrder:
    locked = lock_venue_order(venue_order_id)
    if not dead_venue_orders().filter(pk=venue_order_id).exists():
        raise DeadLetterSettled(SETTLED)
    return locked


def _retry_report(actor: Actor, report_id: UUID, reason: str) -> int:
    report = _lock_dead_report(report_id)
    attempts = report.attempts
    report.attempts, report.next_attempt_at, report.dead_lettered_at = 0, None, None
    report.save(update_fields=["attempts", "next_attempt_at", "dead_lettered_at"])
    return attempts


def _discard_report(actor: Actor, report_id: UUID, reason: str) -> int:
    report = _lock_dead_report(report_id)
    report.discarded_at = recorded_now()
    report.save(update_fields=["discarded_at"])
    return report.attempts


def _lock_dead_report(report_id: UUID) -> VenueReport:
    """Lock the report's row alone: nothing that stands above it changes with it."""
    report = dead_reports().select_for_update().filter(pk=report_id).first()
    if report is None:
        raise DeadLetterSettled(SETTLED)
    return report
