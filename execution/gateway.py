"""The gateway listens to the venues, each in a thread of its own: keeps every report once and applies it once.

Each venue has its own connection, sequence and database session; one that is away keeps up no other. It may be killed
at any instant. A report that was not stored is sent again after the last one stored; one that was stored and not
applied is applied at the next start; the effect and its mark are one transaction.
"""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from uuid import UUID
from zlib import crc32

from django.db import InterfaceError, OperationalError, connection

from execution.selectors import last_stored_sequence, reports_to_apply
from execution.services.apply_report import apply_report, apply_together, record_failure
from execution.services.reconcile import reconcile
from execution.services.store_report import store_reports
from execution.venue_access import venue_stream
from execution.venue_reads import calendars_of_venues
from execution.venues.client import VenueClient
from execution.venues.errors import VenueError
from orders.calendars_ahead import read_calendars
from orders.kernel.context import correlated, process_actor

GATEWAY = process_actor("gateway")
BATCH_REPORTS = 25
"""Applied in one transaction: what it locks, the firm's exposure among it, it keeps for less than 0.1 s."""

_RETRY_S = 0.5
_IDLE_S = 0.2

logger = logging.getLogger(__name__)


def lock_key(venue: str) -> int:
    """Return the key of the database's lock that lets one process at a time listen to a venue."""
    return crc32(b"execution.venue_gateway." + venue.encode())


def run(venues: Sequence[str]) -> None:
    """Follow venues, by code, for ever."""
    read_calendars(also=lambda: calendars_of_venues().values())
    threads = [threading.Thread(target=run_alone, args=(venue,), name=venue, daemon=True) for venue in venues]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def run_alone(venue: str) -> None:
    """Follow one venue for ever; what breaks (the database, the venue, the network, a report) is tried again."""
    client = venue_stream(venue)
    while True:
        try:
            with _only_one(lock_key(venue)), correlated():
                follow(venue, client)
        except (OperationalError, InterfaceError) as error:
            logger.warning("the database does not answer: %s", error)
        except VenueError as error:
            logger.warning("%s cannot be followed: %s", venue, error)
        except Exception:
            # A thread that ended would be missed by nobody; what one venue says ends no other's.
            logger.exception("%s cannot be followed", venue)
        time.sleep(_RETRY_S)


def follow(venue: str, client: VenueClient) -> None:
    """Apply what is stored, then store and apply what comes. Raises VenueError, and the database's errors.

    Once nothing more comes for a moment, both records are compared: at start, and on each new connection.
    """
    apply_stored(venue)
    is_reconciled = False
    for reports in client.report_batches(last_stored_sequence(venue), _IDLE_S):
        if reports:
            store_reports(venue=venue, reports=reports)
        apply_stored(venue)
        if not reports and not is_reconciled:
            _reconcile(venue, client)
            is_reconciled = True


def _reconcile(venue: str, client: VenueClient) -> None:
    try:
        reconcile(actor=GATEWAY, code=venue, venue=client, is_whole=True)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        # The reports go on; beat's next one finds what this one did not.
        logger.exception("the record of %s could not be compared", venue)


def apply_stored(venue: str) -> None:
    """Apply every stored report of a venue whose turn it is; one that fails keeps up its own venue order alone."""
    while waiting := reports_to_apply(venue):
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
def _only_one(key: int) -> Iterator[None]:
    """Wait until no other gateway listens there. The lock is the database session's: it ends with this process."""
    try:
        while not _asked("pg_try_advisory_lock", key):
            time.sleep(_RETRY_S)
        yield
    finally:
        with suppress(OperationalError, InterfaceError):
            # The session may go back to a pool and live on.
            _asked("pg_advisory_unlock", key)
        connection.close()


def _asked(function: str, key: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [key])
        return bool(cursor.fetchone()[0])
