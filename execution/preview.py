"""What execution adds to the preview of an order: its plan, and what that is expected to cost. The wiring lists it."""

from decimal import Decimal

from django.template.loader import render_to_string

from execution.chart import Chart, schedule_chart
from execution.cost_chart import FrontierChart, Point, frontier_chart
from execution.estimates import Cost, CostEstimate
from execution.services.plan_order import OrderPlan, plan_order
from orders.commands import PlaceOrder
from orders.hooks import PreviewPart
from orders.kernel.admin.figures import significant as significant_text
from orders.kernel.context import Actor

MOST_ROWS = 100
"""What a person still reads of a plan that may change before it is sent."""


def _plan(actor: Actor, command: PlaceOrder) -> str:
    planned = plan_order(actor=actor, command=command)
    context = {
        "planned": planned,
        "order": planned.order,
        "currency": planned.order.instrument.currency,
        "rows": [{"slice": each, "terms": terms} for each, terms in planned.slices[:MOST_ROWS]],
        "first": planned.plan.slices[0] if planned.plan.slices else None,
        "last": planned.plan.slices[-1] if planned.plan.slices else None,
        "chart": _chart(planned),
        "estimate": planned.estimate,
        "frontier": None if planned.estimate is None else _frontier(planned.estimate),
    }
    return render_to_string("execution/preview.html", context)


def _chart(planned: OrderPlan) -> Chart | None:
    """Return the chart of what would be sent when; None for one slice, of which there is nothing to draw."""
    slices = planned.plan.slices
    if len(slices) < 2:
        return None
    return schedule_chart([(each.due_at, each.quantity) for each in slices], [], until=planned.works_until)


def _frontier(estimate: CostEstimate) -> FrontierChart | None:
    if estimate.chosen is None:
        return None
    return frontier_chart(
        [_point(each) for each in estimate.frontier], _point(estimate.chosen), estimate.curve
    )


def _point(cost: Cost) -> Point:
    return cost.standard_deviation, cost.expected, cost.urgency or _aversion(cost.risk_aversion)


def _aversion(value: Decimal) -> str:
    return f"λ {significant_text(value)}" if value else "straight line"


PLAN = PreviewPart(name="plan", render=_plan)
