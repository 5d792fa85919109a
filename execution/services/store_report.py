"""Keep a report of the venue: once, before anything is done about it."""

import json

from execution.models import VenueReport
from execution.venue_access import VENUE
from execution.venues.protocol import Report, parse_report, serialise_report
from orders.kernel.clock import recorded_now
from orders.kernel.transactions import service


@service
def store_report(*, report: Report) -> None:
    """Store it; one that is stored already changes nothing."""
    body = json.loads(serialise_report(report))
    row = VenueReport(
        venue=VENUE,
        sequence=report.sequence,
        kind=body["kind"],
        client_order_id=report.client_order_id,
        body=body,
        recorded_at=recorded_now(),
    )
    VenueReport.objects.bulk_create([row], ignore_conflicts=True)


def stored(row: VenueReport) -> Report:
    """Return the report that a row holds. Raises VenueProtocolError."""
    return parse_report(json.dumps(row.body).encode())
