"""Row locks, always in the order Order -> Run -> Slice -> VenueOrder, never held across a call to a venue."""

from collections.abc import Iterable
from typing import NamedTuple, TypeVar
from uuid import UUID

from django.db.models import Model

from execution.errors import UnknownVenueOrder
from execution.models import Run, VenueOrder
from orders.kernel.transactions import step
from orders.models import Order
from orders.services import lock_order, lock_orders

M = TypeVar("M", bound=Model)


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


@step
def lock_venue_orders(venue_order_ids: Iterable[UUID]) -> dict[UUID, LockedVenueOrder]:
    """Lock many venue orders and what stands above them, each kind in the order of its ids. Raises UnknownVenueOrder.

    Those of one order share its row and that of its run.
    """
    wanted = set(venue_order_ids)
    above = VenueOrder.objects.filter(pk__in=wanted).values_list("pk", "run_id", "run__order_id")
    if unknown := wanted - {pk for pk, _run_id, _order_id in above}:
        raise UnknownVenueOrder("we sent no order under this id", venue_order_id=str(min(unknown)))
    orders = lock_orders(order_id for _pk, _run_id, order_id in above)
    runs = _locked(Run, {run_id for _pk, run_id, _order_id in above})
    venue_orders = _locked(VenueOrder, wanted)
    return {
        pk: LockedVenueOrder(orders[order_id], runs[run_id], venue_orders[pk])
        for pk, run_id, order_id in above
    }


def _locked(model: type[M], ids: set[UUID]) -> dict[UUID, M]:
    rows = model._default_manager.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    return {row.pk: row for row in rows}
