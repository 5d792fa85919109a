"""Hold a venue's record against ours: at start, on every new connection, and on a timer.

What the venue has executed and we have not is booked, through the same door as a report of it. What booking does not
mend is a break that a person sees. No row is locked while the venue is asked, and an answer that does not come says
nothing about any order.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID

from django.db import InterfaceError, OperationalError

from execution.backoff import error_text
from execution.breaks import LAST_SESSION, OurRecord, our_records, to_compare
from execution.services.locks import lock_venue_order
from execution.services.record_breaks import Look, record_looks
from execution.services.settle import settle
from execution.services.venue_trades import book_fill, book_trade_change
from execution.venues.differences import Difference, DifferenceKind, differences, missing
from execution.venues.errors import VenueProtocolError, VenueUnavailable
from execution.venues.protocol import MOST_RECORDS, Execution, MassStatusAnswer, OrderRecord, TradeChange
from orders.errors import ExecutionNotFound
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.transactions import service

LONGEST_S = 20.0
"""So long one reconciliation takes at most; what it did not reach, a later one does."""
DISCARDED = "the report of it was discarded here"

logger = logging.getLogger(__name__)


class RecordKeeper(Protocol):
    """What is asked of a venue here; see execution.venues.client.VenueClient."""

    def mass_status(self, client_order_ids: Sequence[UUID]) -> MassStatusAnswer: ...


def reconcile(*, actor: Actor, code: str, venue: RecordKeeper, is_whole: bool = False) -> int:
    """Compare every order at this venue that is live, or ended and was not found to agree yet; returns how many.

    `is_whole` compares all of the last session once more. Newest first, and 20 s at most. Ends early when the venue is
    away.
    """
    deadline = time.monotonic() + LONGEST_S
    since = recorded_now() - LAST_SESSION if is_whole else None
    compared, before = 0, None
    while time.monotonic() < deadline:
        batch = to_compare(code, since=since, before=before, most=MOST_RECORDS)
        if not batch:
            break
        before = batch[-1]
        try:
            _compare(actor, code, venue, batch)
        except VenueUnavailable as error:
            logger.info("the venue is reconciled with later: %s", error)
            break
        compared += len(batch)
    return compared


def _compare(actor: Actor, code: str, venue: RecordKeeper, batch: Sequence[UUID]) -> None:
    try:
        answer = venue.mass_status(batch)
        records = {record.order.client_order_id: record for record in answer.records}
        if records.keys() != set(batch):
            raise VenueProtocolError("the venue told of other orders than it was asked about")
    except VenueProtocolError as error:
        _not_understood(actor, code, venue, batch, error)
        return
    ours = our_records(code, batch, last_sequence=answer.last_sequence)
    failures = {pk: _book_missing(actor, ours[pk], records[pk]) for pk in ours}
    if any(missing(ours[pk].held, records[pk]) for pk in ours):
        ours = our_records(code, batch, last_sequence=answer.last_sequence)
    looks = [
        Look(pk, differences(each.held, records[pk]), failures[pk])
        for pk, each in ours.items()
        if each.is_comparable
    ]
    record_looks(actor=actor, looks=looks)


def _not_understood(
    actor: Actor, code: str, venue: RecordKeeper, batch: Sequence[UUID], error: VenueProtocolError
) -> None:
    """Find those about which the answer is not understood, by asking about each alone."""
    if len(batch) > 1:
        for pk in batch:
            _compare(actor, code, venue, [pk])
        return
    [(pk, ours)] = our_records(code, batch, last_sequence=0).items()
    difference = Difference(DifferenceKind.NOT_UNDERSTOOD, "", ours.held.status, "not understood")
    record_looks(actor=actor, looks=[Look(pk, [difference], {"": error_text(error)})])


def _book_missing(actor: Actor, ours: OurRecord, record: OrderRecord) -> Mapping[str, str]:
    """Book what is missing here, each in a transaction of its own; returns why some was not, by the venue's ids.

    What fails is tried again after what did not: a fill may need the bust that made room for it, and that another fill.
    """
    failures = dict.fromkeys(ours.discarded, DISCARDED)
    left = [trade for trade in missing(ours.held, record) if trade.execution_id not in ours.discarded]
    while left:
        failed = []
        for trade in left:
            error = _failure(actor, record.order.client_order_id, trade)
            if error is not None:
                failures[trade.execution_id] = error
                failed.append(trade)
        if len(failed) == len(left):
            break
        left = failed
    return failures


def _failure(actor: Actor, client_order_id: UUID, trade: Execution | TradeChange) -> str | None:
    """Book one; returns why it could not be, None where it was. Raises the database's errors."""
    try:
        _book(actor=actor, client_order_id=client_order_id, trade=trade)
    except (OperationalError, InterfaceError):
        raise  # not the execution's fault
    except Exception as error:  # noqa: BLE001 - kept with the break that it leaves
        return error_text(error)
    return None


@service
def _book(*, actor: Actor, client_order_id: UUID, trade: Execution | TradeChange) -> None:
    locked = lock_venue_order(client_order_id)
    if isinstance(trade, Execution):
        book_fill(actor, locked, trade)
    elif not book_trade_change(actor, locked, trade):
        raise ExecutionNotFound(f"{trade.execution_ref_id}, which it changes, is not booked")
    settle(actor=actor, order=locked.order, run=locked.run)
