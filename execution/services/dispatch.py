"""Send what is due: claim slices, commit, and only then speak to the venue."""

from datetime import datetime

from execution.backoff import LEASE
from execution.models import Slice, VenueOrder
from execution.models.run import SliceState
from execution.services.submit import submit_all
from execution.venue_access import BREAKER, VENUE, Venue
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.transactions import service
from orders.services import not_stopped

BATCH_SLICES = 20


def dispatch(*, actor: Actor, venue: Venue, market_time: datetime) -> int:
    """Send every slice that is due at `market_time`, in batches; returns how many venue orders were made.

    When the venue does not answer, what is claimed stays for `resolve`, and nothing more is claimed now; while its
    breaker is open nothing is claimed at all: a slice that is only planned can be withdrawn at once.
    """
    sent = 0
    while not BREAKER.is_open and (claimed := claim_due(market_time=market_time)):
        sent += len(claimed)
        if not submit_all(actor, venue, claimed):
            break
    return sent


@service
def claim_due(*, market_time: datetime) -> list[VenueOrder]:
    """Turn a batch of due slices into venue orders that nobody else will send: pending new, with a lease.

    Workers pass over what another one holds. When this process dies now, the lease runs out and the venue is asked.
    What a kill switch stops stays planned: its cancel withdraws it.
    """
    due = Slice.objects.filter(
        not_stopped("run__order_id"),
        state=SliceState.PLANNED,
        due_at__lte=market_time,
        run__session_close__gt=market_time,
    )
    rows = due.order_by("due_at", "id").select_for_update(of=("self",), no_key=True, skip_locked=True)
    slices = list(rows[:BATCH_SLICES])
    Slice.objects.filter(pk__in=[row.pk for row in slices]).update(state=SliceState.SENT)
    return VenueOrder.objects.bulk_create([_venue_order(row, market_time) for row in slices])


def _venue_order(row: Slice, market_time: datetime) -> VenueOrder:
    now = recorded_now()
    return VenueOrder(
        slice=row,
        run_id=row.run_id,
        venue=VENUE,
        symbol=row.symbol,
        side=row.side,
        type=row.type,
        time_in_force=row.time_in_force,
        quantity=row.quantity,
        limit_price=row.limit_price,
        display_quantity=row.display_quantity,
        minimum_quantity=row.minimum_quantity,
        attempts=1,
        next_attempt_at=now + LEASE,
        market_time=market_time,
        recorded_at=now,
    )
