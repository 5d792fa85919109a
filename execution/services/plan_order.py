"""What an algorithm would plan of an order now, and what that is expected to cost, before it is placed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from execution import algorithms
from execution.algorithms import IntendedSlice, Market, Plan, VenueTerms
from execution.algorithms.implementation_shortfall import ImplementationShortfall, estimate
from execution.estimates import CostEstimate, cost_estimate, frontier_curve
from execution.markets import markets
from execution.models import Run
from execution.services.instructions import works_until
from execution.services.workloads import Workload
from execution.session import current_or_next_session
from orders import services
from orders.commands import PlaceOrder
from orders.kernel.context import Actor
from orders.models import Order
from orders.terms import MANUAL

_FIGURES = {
    "spread": "the spread (no quotes of the last half hour)",
    "average_daily_volume": "the average daily volume (no days are loaded)",
    "daily_volatility": "the daily volatility (fewer than three days are loaded)",
}
"""What the model of costs needs of a market, and why it is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlan:
    """What would be done with an order that is not placed. `slices` are in order of time, each with its terms.

    `waits` says in a sentence what comes first, for an order that nobody plans now: then there is no plan. `estimate`
    is that of implementation shortfall alone.
    """

    order: Order
    market: Market
    works_until: datetime
    plan: Plan
    slices: Sequence[tuple[IntendedSlice, VenueTerms]]
    waits: str | None
    estimate: CostEstimate | None

    @property
    def unplanned_quantity(self) -> Decimal:
        """What no slice has yet, in units."""
        return self.order.quantity - sum((each.quantity for each in self.plan.slices), Decimal(0))


def plan_order(*, actor: Actor, command: PlaceOrder) -> OrderPlan:
    """Return what the order's algorithm would plan with what is known of the market now. Nothing is written.

    Raises what `orders.services.unplaced_order` raises.
    """
    order = services.unplaced_order(actor=actor, command=command)
    name, version = order.instruction["name"], order.instruction["version"]
    algorithm = algorithms.algorithm(name, version)
    instrument = order.instrument
    curved = [instrument.pk] if algorithm.reads_curve else []
    known = markets({instrument.pk: instrument.mic}, market_time=order.market_time, with_curve=curved)
    run = Run(
        order=order, algorithm=name, algorithm_version=version, parameters=order.instruction["parameters"]
    )
    load = Workload(run, order, [], known[instrument.pk])
    return _planned(load, order.effective_at or order.market_time)


def _planned(load: Workload, plan_from: datetime) -> OrderPlan:
    algorithm, order, waits = load.algorithm, load.order, _waits(load.order)
    plan = Plan()
    if waits is None:
        plan = algorithm.plan(load.parent, load.parameters, market=load.market, market_time=plan_from)
    terms = algorithm.venue_terms(load.parent)
    session = current_or_next_session(plan_from, order.instrument.mic)
    return OrderPlan(
        order=order,
        market=load.market,
        works_until=works_until(algorithm, load.run.parameters, session),
        plan=plan,
        slices=[(each, each.terms or terms) for each in plan.slices],
        waits=waits,
        estimate=_estimate(load) if isinstance(algorithm, ImplementationShortfall) else None,
    )


def _waits(order: Order) -> str | None:
    if order.instruction["name"] == MANUAL:
        return "the desk works it by hand: no algorithm plans it"
    if services.awaits_trigger(order):
        return "the market has to trigger it first: it is planned then"
    return None


def _estimate(load: Workload) -> CostEstimate:
    market, quantity = load.market, load.parent.quantity
    return cost_estimate(
        estimate(quantity, load.parameters, market),
        quantity=quantity,
        last_price=market.last_price,
        curve=frontier_curve(quantity, load.parameters, market),
        unknown=[why for name, why in _FIGURES.items() if not getattr(market, name)],
    )
