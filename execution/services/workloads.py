"""Runs with what their algorithms need to decide, many at once: as many statements for one as for hundreds."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from execution import algorithms
from execution.algorithms import Algorithm, Market, Parent
from execution.markets import markets
from execution.models import Run, VenueOrder
from orders.kernel.transactions import step
from orders.models import Order
from orders.selectors import orders_named
from orders.states import OPEN
from orders.terms import OrderType, Side, TimeInForce, live_type


class _AtVenue(NamedTuple):
    """A venue order, as far as algorithms look at it."""

    status: str
    quantity: Decimal
    filled_quantity: Decimal
    market_time: datetime

    @property
    def leaves(self) -> Decimal:
        """What may still be filled while it is open, in units."""
        return self.quantity - self.filled_quantity


@dataclass(frozen=True)
class Workload:
    """A locked run with its order and what went to the venue for it.

    Neither changes meanwhile: whoever fills the order, or asks for a change, locks the run.
    """

    run: Run
    order: Order
    venue_orders: Sequence[_AtVenue]
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
        live = sum((each.leaves for each in self.venue_orders if each.status in OPEN), Decimal(0))
        return Parent(
            side=Side(order.side),
            type=live_type(OrderType(order.type)),
            time_in_force=TimeInForce(order.time_in_force),
            quantity=order.quantity - order.filled_quantity - live,
            filled_quantity=order.filled_quantity,
            live_quantity=live,
            limit_price=order.limit_price,
            lot_size=order.instrument.lot_size,
            display_quantity=order.display_quantity,
            # It is about the first execution: what follows one may be of any size.
            minimum_quantity=order.minimum_quantity if order.filled_quantity == 0 else None,
            sent=[(each.market_time, each.quantity) for each in self.venue_orders],
        )


@step
def workloads(runs: Collection[Run], *, market_time: datetime) -> list[Workload]:
    """Return the workloads of locked runs, in their order: five statements, however many they are."""
    orders = orders_named(run.order_id for run in runs)
    venue_orders = _venue_orders(run.pk for run in runs)
    mics = {order.instrument_id: order.instrument.mic for order in orders.values()}
    curved = {orders[run.order_id].instrument_id for run in runs if _reads_curve(run)}
    known = markets(mics, market_time=market_time, with_curve=curved) if mics else {}
    return [
        Workload(run, order, venue_orders[run.pk], known[order.instrument_id])
        for run in runs
        for order in [orders[run.order_id]]
    ]


def _reads_curve(run: Run) -> bool:
    algorithm = algorithms.known(run.algorithm, run.algorithm_version)
    return algorithm is not None and algorithm.reads_curve


def _venue_orders(run_ids: Iterable[UUID]) -> Mapping[UUID, list[_AtVenue]]:
    found: defaultdict[UUID, list[_AtVenue]] = defaultdict(list)
    rows = VenueOrder.objects.filter(run__in=list(run_ids)).order_by("id")
    for run_id, *values in rows.values_list("run_id", *_AtVenue._fields):
        found[run_id].append(_AtVenue(*values))
    return found
