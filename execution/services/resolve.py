"""Ask about what is uncertain: orders that no answer came for, and cancels that were not taken yet."""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import NamedTuple

from django.db import InterfaceError, OperationalError
from django.db.models import F

from execution.backoff import LEASE
from execution.models import VenueOrder
from execution.services.mass_cancel import mass_cancel
from execution.services.record_answer import postpone, record_cancel_answer, record_state
from execution.services.speak import speak_about
from execution.services.submit import submit
from execution.venue_access import Venue, Venues, breaker_of
from execution.venues.errors import VenueError, VenueUnavailable
from execution.venues.protocol import VenueOrderState
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.transactions import service
from orders.states import OrderStatus

BATCH_VENUE_ORDERS = 20

logger = logging.getLogger(__name__)


def resolve(*, actor: Actor, venues: Venues, market_time: datetime) -> int:
    """Ask about every venue order whose time to be asked about has come; returns how many were taken.

    Where many are to be canceled, one message says so, to every venue before anything else. Then the venues take turns.
    One that is away, or whose answers break something here, is asked no more, and while its breaker is open nothing is
    taken for it; that keeps up no other.
    """
    asked, left = 0, dict(venues)
    for code, venue in venues.items():
        asked += _of_one(code, partial(_mass_cancel, actor, code, venue)).taken
    while left:
        for code, venue in list(left.items()):
            batch = _of_one(code, partial(_ask_batch, actor, code, venue, market_time))
            asked += batch.taken
            if not batch.goes_on:
                del left[code]
    return asked


class _Asked(NamedTuple):
    """How many venue orders a venue was asked about, and whether there may be more to ask it."""

    taken: int
    goes_on: bool


def _of_one(code: str, ask: Callable[[], _Asked]) -> _Asked:
    """Ask one venue; where that fails there is no more to ask it now. Raises the database's errors."""
    try:
        return ask()
    except (OperationalError, InterfaceError):
        raise  # not the venue's fault
    except Exception:
        logger.exception("what is uncertain at %s could not be asked about", code)
        return _Asked(0, goes_on=False)


def _mass_cancel(actor: Actor, code: str, venue: Venue) -> _Asked:
    return _Asked(mass_cancel(actor=actor, code=code, venue=venue), goes_on=True)


def _ask_batch(actor: Actor, code: str, venue: Venue, market_time: datetime) -> _Asked:
    if breaker_of(code).is_open or not (claimed := claim_overdue(code)):
        return _Asked(0, goes_on=False)
    is_there = speak_about(claimed, partial(_ask, actor, venue, market_time))
    return _Asked(len(claimed), goes_on=is_there)


@service
def claim_overdue(venue: str) -> list[VenueOrder]:
    """Take a batch of venue orders to be asked about at a venue, with a lease: nobody else asks meanwhile."""
    now = recorded_now()
    due = VenueOrder.objects.filter(venue=venue, next_attempt_at__lte=now)
    overdue = due.order_by("next_attempt_at", "id")
    rows = overdue.select_for_update(of=("self",), no_key=True, skip_locked=True).select_related("run")
    venue_orders = list(rows[:BATCH_VENUE_ORDERS])
    VenueOrder.objects.filter(pk__in=[row.pk for row in venue_orders]).update(
        attempts=F("attempts") + 1, next_attempt_at=now + LEASE, version=F("version") + 1
    )
    return venue_orders


def _ask(actor: Actor, venue: Venue, market_time: datetime, venue_order: VenueOrder) -> bool:
    """Ask about one; False when the venue cannot be reached."""
    try:
        if venue_order.status == OrderStatus.PENDING_CANCEL:
            record_cancel_answer(actor=actor, answer=venue.cancel_order(venue_order.pk))
            return True
        state = venue.order_status(venue_order.pk)
    except VenueError as error:
        postpone(venue_order_id=venue_order.pk, error=error)
        return not isinstance(error, VenueUnavailable)
    if state.state is not VenueOrderState.UNKNOWN:
        record_state(actor=actor, state=state)
        return True
    if market_time >= venue_order.run.works_until:
        return True  # not for another day: `close_runs` asks for its cancel, which voids the id
    return submit(actor, venue, venue_order)
