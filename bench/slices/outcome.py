"""What became of the slices, read from our tables, and whether the venue's own record says the same."""

import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db.models import F, Max, Min

from bench.slices.parents import Part
from execution.models import Slice, VenueOrder, VenueReport
from execution.models.run import SliceState
from execution.venues.simulated.record import VenueRecord
from orders.models import Execution, Order
from orders.selectors import market_clock
from orders.states import OrderStatus

_PATIENCE_S = 300.0
_LOOK_S = 0.5


@dataclass(frozen=True)
class Outcome:
    """`slices` were worked in `seconds`, from the claim of the first to the booking of the last fill (recorded time).

    `lateness_s` is, for each, its claim minus the moment at which it fell due.
    """

    slices: int
    seconds: float
    lateness_s: list[float]

    @property
    def per_second(self) -> float:
        return self.slices / self.seconds


def awaited(part: Part, store: Path) -> Outcome:
    """Wait until all is filled while the market's clock runs, and read what happened.

    Raises TimeoutError when it is not, and RuntimeError where a slice was not filled as a whole by one venue order or
    the venue's record is not ours.
    """
    deadline = time.monotonic() + _PATIENCE_S
    while unfilled := Order.objects.filter(pk__in=part.orders).exclude(status=OrderStatus.FILLED).count():
        if time.monotonic() > deadline:
            raise TimeoutError(
                f"{unfilled} of {len(part.orders)} parents are not filled after {_PATIENCE_S:.0f} s"
            )
        time.sleep(_LOOK_S)
    require_filled(part)
    require_recorded(store)
    return _outcome(part)


def require_filled(part: Part) -> None:
    """Raise RuntimeError unless each slice that was sent went out as one venue order that was filled, no slice waits,
    and no report does.
    """
    sent = Slice.objects.filter(run__order_id__in=part.orders, state=SliceState.SENT).count()
    planned = Slice.objects.filter(run__order_id__in=part.orders, state=SliceState.PLANNED).count()
    venue_orders = VenueOrder.objects.filter(run__order_id__in=part.orders)
    filled = venue_orders.filter(status=OrderStatus.FILLED, filled_quantity=F("quantity")).count()
    waiting = VenueReport.objects.filter(applied_at=None).count()
    if not venue_orders.count() == filled == sent or planned or waiting:
        raise RuntimeError(
            f"of {sent} slices {filled} were filled; {planned} were not sent, {waiting} reports are not applied"
        )


def require_recorded(store: Path) -> None:
    """Raise RuntimeError unless the venue's executions are ours, one by one."""
    theirs = {
        (
            each.execution.execution_id,
            str(each.client_order_id),
            each.execution.quantity,
            each.execution.price,
        )
        for each in VenueRecord(store).executions()
    }
    columns = ("venue_execution_id", "reported_for", "quantity", "price")
    rows = list(Execution.objects.values_list(*columns))
    if len(rows) != len(theirs) or set(rows) != theirs:
        raise RuntimeError(
            f"{len(theirs)} executions at the venue, {len(rows)} in our tables, and not the same"
        )


def _outcome(part: Part) -> Outcome:
    venue_orders = VenueOrder.objects.filter(run__order_id__in=part.orders)
    fills = Execution.objects.filter(order_id__in=part.orders)
    began = venue_orders.aggregate(at=Min("recorded_at"))["at"]
    ended = fills.aggregate(at=Max("recorded_at"))["at"]
    claims = venue_orders.values_list("recorded_at", "slice__due_at")
    return Outcome(
        slices=venue_orders.count(),
        seconds=(ended - began).total_seconds(),
        lateness_s=[(claimed - _fell_due(due_at)).total_seconds() for claimed, due_at in claims],
    )


def _fell_due(market_time: datetime) -> datetime:
    """Return the recorded time at which the clock that runs showed `market_time`."""
    clock = market_clock()
    return clock.wall_anchor + (market_time - clock.anchor) / float(clock.speed)
