"""Keep the reports of the venue: each once, before anything is done about it."""

import json
from collections.abc import Sequence
from datetime import datetime

from execution.models import VenueReport
from execution.venues.protocol import Report, parse_report, serialise_report
from orders.kernel.clock import recorded_now
from orders.kernel.transactions import service


@service
def store_reports(*, venue: str, reports: Sequence[Report]) -> None:
    """Store what a venue reported; what is stored already changes nothing."""
    now = recorded_now()
    VenueReport.objects.bulk_create([_row(venue, report, now) for report in reports], ignore_conflicts=True)


def _row(venue: str, report: Report, now: datetime) -> VenueReport:
    body = json.loads(serialise_report(report))
    return VenueReport(
        venue=venue,
        sequence=report.sequence,
        kind=body["kind"],
        client_order_id=report.client_order_id,
        body=body,
        recorded_at=now,
    )


def stored(row: VenueReport) -> Report:
    """Return the report that a row holds. Raises VenueProtocolError."""
    return parse_report(json.dumps(row.body).encode())
