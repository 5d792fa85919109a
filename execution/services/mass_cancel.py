"""Ask a venue for many cancels by one message, where many are due that it was not asked for yet.

What it answers is confirmed like any cancel: by the venue's reports. What no answer came for keeps its lease, and
`resolve` asks about it one by one: that is the fallback too for a venue that does not know the message. What did not
reach the venue goes out by one message again.
"""

import logging
from collections.abc import Sequence
from uuid import UUID

from django.db.models import F

from execution.backoff import LEASE
from execution.models import VenueOrder
from execution.services.record_answer import record_cancel_answer
from execution.venue_access import Venue, breaker_of
from execution.venues.errors import VenueError, VenueNotReached
from execution.venues.protocol import MOST_CANCELS, CancelAnswer, CancelOutcome
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.transactions import service
from orders.states import OrderStatus

FEWEST = 2
"""One cancel alone needs no mass cancel."""

logger = logging.getLogger(__name__)


def mass_cancel(*, actor: Actor, code: str, venue: Venue) -> int:
    """Send what is due at the venue of this code in messages of up to MOST_CANCELS; returns how many were taken.

    Ends early when the venue does not answer, and takes none while its breaker is open.
    """
    asked = 0
    while not breaker_of(code).is_open and (claimed := claim_cancels(code)):
        asked += len(claimed)
        ids = [venue_order.pk for venue_order in claimed]
        try:
            answers = venue.mass_cancel(ids)
        except VenueError as error:
            logger.warning("a mass cancel of %d orders was not answered: %s", len(claimed), error)
            if isinstance(error, VenueNotReached):
                _take_back(ids)
            break
        record_answers(actor=actor, answers=answers)
    return asked


@service
def claim_cancels(venue: str) -> list[VenueOrder]:
    """Take a venue's cancels that are due and were never sent, with a lease; none where they are fewer than FEWEST."""
    now = recorded_now()
    due = VenueOrder.objects.filter(
        venue=venue, status=OrderStatus.PENDING_CANCEL, attempts=0, next_attempt_at__lte=now
    ).order_by("next_attempt_at", "id")
    rows = list(due.select_for_update(of=("self",), no_key=True, skip_locked=True)[:MOST_CANCELS])
    if len(rows) < FEWEST:
        return []
    VenueOrder.objects.filter(pk__in=[row.pk for row in rows]).update(
        attempts=1, next_attempt_at=now + LEASE, version=F("version") + 1
    )
    return rows


@service
def _take_back(venue_order_ids: Sequence[UUID]) -> None:
    """Let these count as never sent, once their lease is over. A report that has come already has the last word."""
    VenueOrder.objects.filter(pk__in=venue_order_ids, status=OrderStatus.PENDING_CANCEL).update(
        attempts=0, version=F("version") + 1
    )


def record_answers(*, actor: Actor, answers: Sequence[CancelAnswer]) -> None:
    """Keep how each cancel was taken: what a report decides at once, what is decided already one by one."""
    pending = [each.order.client_order_id for each in answers if each.answer is CancelOutcome.PENDING]
    _record_pending(pending)
    for answer in answers:
        if answer.answer is not CancelOutcome.PENDING:
            record_cancel_answer(actor=actor, answer=answer)


@service
def _record_pending(venue_order_ids: Sequence[UUID]) -> None:
    """Ask about these no more: a report tells what becomes of them. One that has come already has the last word."""
    VenueOrder.objects.filter(pk__in=venue_order_ids, status=OrderStatus.PENDING_CANCEL).update(
        next_attempt_at=None, version=F("version") + 1
    )
