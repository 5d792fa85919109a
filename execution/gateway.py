"""The gateway: one process that listens to the venue, keeps every report once and applies it once.

It may be killed at any instant. A report that was not stored is sent again after the last one stored; one that
was stored and not applied is applied at the next start; the effect and its mark are one transaction.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import UUID
from zlib import crc32

from django.db import InterfaceError, OperationalError, connection

from execution.selectors import last_stored_sequence, reports_to_apply
from execution.services.apply_report import apply_report, apply_together, record_failure
from execution.services.reconcile import reconcile
from execution.services.store_report import store_reports
from execution.venue_access import VENUE
from execution.venues.client import VenueClient
from execution.venues.errors import VenueError
from orders.calendars_ahead import read_calendars
from orders.kernel.context import correlated, process_actor

GATEWAY = process_actor("gateway")
LOCK_KEY = crc32(b"execution.venue_gateway")
BATCH_REPORTS = 25
"""Applied in one transaction: what it locks, the firm's exposure among it, it keeps for less than 0.1 s."""

_RETRY_S = 0.5
_IDLE_S = 0.2

logger = logging.getLogger(__name__)


def run(venue: VenueClient) -> None:
    """Follow the venue for ever; what breaks (the database, the venue, the network) is tried again."""
    read_calendars()
    while True:
        try:
            with _only_one(), correlated():
                follow(venue)
        except (OperationalError, InterfaceError) as error:
            logger.warning("the database does not answer: %s", error)
        except VenueError as error:
            logger.warning("the venue cannot be followed: %s", error)
        time.sleep(_RETRY_S)


def follow(venue: VenueClient) -> None:
    """Apply what is stored, then store and apply what comes. Raises VenueError, and the database's errors.

    Once nothing more comes for a moment, both records are compared: at start, and on each new connection.
    """
    apply_stored()
    is_reconciled = False
    for reports in venue.report_batches(last_stored_sequence(VENUE), _IDLE_S):
        if reports:
            store_reports(reports=reports)
        apply_stored()
        if not reports and not is_reconciled:
            _reconcile(venue)
            is_reconciled = True


def _reconcile(venue: VenueClient) -> None:
    try:
        reconcile(actor=GATEWAY, venue=venue, is_whole=True)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        # The reports go on; beat's next one finds what this one did not.
        logger.exception("the venue's record could not be compared")


def apply_stored() -> None:
    """Apply every stored report whose turn it is; one that fails keeps up its own venue order alone."""
    while waiting := reports_to_apply(VENUE):
        for start in range(0, len(waiting), BATCH_REPORTS):
            _apply(waiting[start : start + BATCH_REPORTS])


def _apply(report_ids: list[UUID]) -> None:
    """Apply some in one transaction. Where one of them fails none is applied by it, and each gets its own."""
    if len(report_ids) > 1:
        try:
            apply_together(actor=GATEWAY, report_ids=report_ids)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:  # noqa: BLE001 - told with the report whose error it is
            logger.info("%d reports are applied one by one: %s", len(report_ids), error)
        else:
            return
    for report_id in report_ids:
        _apply_alone(report_id)


def _apply_alone(report_id: UUID) -> None:
    try:
        apply_report(actor=GATEWAY, report_id=report_id)
    except (OperationalError, InterfaceError):
        raise  # not the report's fault
    except Exception as error:
        logger.exception("report %s could not be applied", report_id)
        record_failure(report_id=report_id, error=error)


@contextmanager
def _only_one() -> Iterator[None]:
    """Wait until no other gateway runs. The lock is the database session's: it ends with this process."""
    try:
        while not _asked("pg_try_advisory_lock"):
            time.sleep(_RETRY_S)
        yield
    finally:
        with suppress(OperationalError, InterfaceError):
            # The session may go back to a pool and live on.
            _asked("pg_advisory_unlock")
        connection.close()


def _asked(function: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [LOCK_KEY])
        return bool(cursor.fetchone()[0])
