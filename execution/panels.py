"""The tabs that execution gives to an order's page. The wiring lists them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.template.loader import render_to_string

from execution import algorithms
from execution.algorithms.working import WorkingParameters
from execution.chart import Chart, schedule_chart
from execution.cost_reads import costs_of
from execution.costs.measured import Component, Costs
from execution.market_chart import MarketChart, market_chart
from execution.market_data.bars import BAR_LENGTH
from execution.market_data.benchmarks import interval_vwap
from execution.models import Run
from execution.models.run import UNDER_WAY, SliceState
from execution.run_words import alarm_of, sentence_of
from execution.selectors import (
    WorkedSlice,
    bars_between,
    progress_of,
    run_of,
    slices_of,
    trigger_of,
    watch_of,
)
from orders import authority
from orders.hooks import OrderPanel
from orders.kernel.context import Actor
from orders.kernel.money import average_price
from orders.models import Order
from orders.permissions import AMEND_ORDERS, VIEW_ORDERS
from orders.selectors import market_now

MOST_ROWS = 500
"""What a person still reads; the API pages through the rest."""
FOLLOW_MS = 4_000
"""How often the tab is fetched again while the order is worked."""
_LONGEST_CHART = timedelta(days=1)
"""Of what is worked over days the market's minutes are not drawn."""


def _slices(actor: Actor, order: Order) -> str:
    worked = slices_of(order)
    trigger, run = trigger_of(order), run_of(order)
    chart = _chart(worked, run)
    context = {
        "order": order,
        "run": run,
        **(_work(actor, order, run) if run else {}),
        "trigger": trigger,
        "trigger_price": None if trigger is None else watch_of(trigger).price,
        "rows": [
            {"slice": each.slice, "venue_order": each.venue_order, "average_price": _average_price([each])}
            for each in worked[:MOST_ROWS]
        ],
        "cut": len(worked) > MOST_ROWS,
        "chart": chart,
        "market": _market(order, run, chart, _average_price(worked)) if run and chart else None,
    }
    return render_to_string("execution/panels/slices.html", context)


def _work(actor: Actor, order: Order, run: Run) -> dict[str, Any]:
    """Return how the work stands, and what the person may do about it."""
    is_under_way = run.state in UNDER_WAY
    may_act = is_under_way and AMEND_ORDERS in authority.permissions_of(actor, order.account_id)
    return {
        "sentence": sentence_of(run),
        "alarm": alarm_of(run),
        "progress": progress_of(run),
        "follow_ms": FOLLOW_MS if is_under_way else None,
        "may_act": may_act,
        "may_change": may_act and has_changeable_parameters(run),
    }


def has_changeable_parameters(run: Run) -> bool:
    """Tell whether the run's algorithm has parameters that may be changed while it works."""
    algorithm = algorithms.known(run.algorithm, run.algorithm_version)
    return algorithm is not None and issubclass(algorithm.parameters, WorkingParameters)


def _chart(worked: list[WorkedSlice], run: Run | None) -> Chart | None:
    kept = [each.slice for each in worked if each.slice.state != SliceState.WITHDRAWN]
    fills = [execution for each in worked for execution in each.executions]
    return schedule_chart(
        [(row.due_at, row.quantity) for row in kept],
        [(row.market_time, row.quantity) for row in fills],
        until=run.works_until if run is not None and run.state in UNDER_WAY else None,
        now=market_now(),
    )


def _market(order: Order, run: Run, chart: Chart, filled_at: Decimal | None) -> MarketChart | None:
    """Return what the market did since the first slice was due, beside what the order got."""
    if chart.last - chart.first > _LONGEST_CHART:
        return None
    bars = bars_between(
        instrument_id=order.instrument_id,
        symbol=order.instrument.symbol,
        after=chart.first - BAR_LENGTH,
        until=min(market_now(), chart.last) - BAR_LENGTH,
    )
    benchmarks = {"arrival": run.arrival_price, "VWAP so far": interval_vwap(bars), "average fill": filled_at}
    known = [(name, price) for name, price in benchmarks.items() if price is not None]
    return market_chart(bars, known, first=chart.first, last=chart.last)


def _average_price(worked: list[WorkedSlice]) -> Decimal | None:
    fills = [execution for each in worked for execution in each.executions]
    quantity = sum((row.quantity for row in fills), Decimal(0))
    return average_price(sum((row.quantity * row.price for row in fills), Decimal(0)), quantity)


def _costs(actor: Actor, order: Order) -> str:
    found = costs_of(actor, order)
    context: dict[str, Any] = {"found": found, "is_measured": isinstance(found, Costs)}
    if isinstance(found, Costs):
        parts = [(part, found.component(part), found.component_bps(part)) for part in Component]
        context |= {"parts": parts, "slippage": list(found.slippage.items())}
    return render_to_string("execution/panels/costs.html", context)


COSTS = OrderPanel(name="costs", title="Costs", permission=VIEW_ORDERS, render=_costs)
SLICES = OrderPanel(name="slices", title="Slices", permission=VIEW_ORDERS, render=_slices)
