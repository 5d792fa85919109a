"""Runs with all that their algorithms need to decide, many at once: what is read is the same for one and for hundreds."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F, Sum

from execution import algorithms
from execution.algorithms import Algorithm, Market, Parent
from execution.markets import markets
from execution.models import Run, VenueOrder
from orders.kernel.transactions import step
from orders.models import Order
from orders.states import OPEN
from orders.terms import OrderType, Side, TimeInForce, live_type


@dataclass(frozen=True)
class Workload:
    """A locked run with its order and what is live of it at the venue, in units.

    Neither changes meanwhile: whoever fills the order, or asks for a change, locks the run.
    """

    run: Run
    order: Order
    live_quantity: Decimal
    market: Market

    @property
    def algorithm(self) -> Algorithm:
        """The version that the run was started with. Raises UnknownAlgorithm."""
        return algorithms.algorithm(self.run.algorithm, self.run.algorithm_version)

    @property
    def parameters(self) -> Any:
        """The algorithm's parameters. Raises pydantic's ValidationError."""
        return self.algorithm.parameters.model_validate(self.run.parameters)

    @property
    def parent(self) -> Parent:
        """What the algorithm is told of the order."""
        order = self.order
        return Parent(
            side=Side(order.side),
            type=live_type(OrderType(order.type)),
            time_in_force=TimeInForce(order.time_in_force),
            quantity=order.quantity - order.filled_quantity - self.live_quantity,
            filled_quantity=order.filled_quantity,
            live_quantity=self.live_quantity,
            limit_price=order.limit_price,
            lot_size=order.instrument.lot_size,
            display_quantity=order.display_quantity,
            # It is about the first execution: what follows one may be of any size.
            minimum_quantity=order.minimum_quantity if order.filled_quantity == 0 else None,
        )


@step
def workloads(runs: Collection[Run], *, market_time: datetime) -> list[Workload]:
    """Return the workloads of locked runs, in their order: five statements, however many they are."""
    orders = orders_of(runs)
    live = _live_quantities(run.pk for run in runs)
    mics = {order.instrument_id: order.instrument.mic for order in orders.values()}
    known = markets(mics, market_time=market_time) if mics else {}
    return [
        Workload(run, order, live.get(run.pk, Decimal(0)), known[order.instrument_id])
        for run in runs
        for order in [orders[run.order_id]]
    ]


def orders_of(runs: Iterable[Run]) -> Mapping[UUID, Order]:
    """Return the orders of the runs by id, as they are once the runs are locked."""
    wanted = Order.objects.filter(pk__in=[run.order_id for run in runs])
    return {order.pk: order for order in wanted.select_related("instrument")}


def _live_quantities(run_ids: Iterable[UUID]) -> dict[UUID, Decimal]:
    live = VenueOrder.objects.filter(run__in=list(run_ids), status__in=sorted(OPEN)).order_by()
    leaves = live.values_list("run_id").annotate(leaves=Sum(F("quantity") - F("filled_quantity")))
    return dict(leaves)
