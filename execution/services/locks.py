"""Row locks, always in the order Order -> Run -> Slice -> VenueOrder, never held across a call to a venue."""

from typing import NamedTuple
from uuid import UUID

from execution.errors import UnknownVenueOrder
from execution.models import Run, VenueOrder
from orders.kernel.transactions import step
from orders.models import Order
from orders.services import lock_order


class LockedVenueOrder(NamedTuple):
    """A venue order with the order and the run that it belongs to; all three rows are locked."""

    order: Order
    run: Run
    venue_order: VenueOrder


@step
def lock_run(order_id: UUID) -> Run:
    """Return the run of an order that is locked already. Raises Run.DoesNotExist."""
    return Run.objects.select_for_update(no_key=True).get(order_id=order_id)


@step
def lock_venue_order(venue_order_id: UUID) -> LockedVenueOrder:
    """Lock a venue order and what stands above it. Raises UnknownVenueOrder."""
    order_id = VenueOrder.objects.filter(pk=venue_order_id).values_list("run__order_id", flat=True).first()
    if order_id is None:
        raise UnknownVenueOrder("we sent no order under this id", venue_order_id=str(venue_order_id))
    order = lock_order(order_id)
    run = lock_run(order_id)
    return LockedVenueOrder(order, run, VenueOrder.objects.select_for_update().get(pk=venue_order_id))
