"""The tab that execution gives to an order's page. The wiring lists it."""

from decimal import Decimal

from django.template.loader import render_to_string

from execution.chart import Chart, schedule_chart
from execution.models.run import SliceState
from execution.selectors import WorkedSlice, run_of, slices_of, trigger_of, watch_of
from orders.hooks import OrderPanel
from orders.kernel.context import Actor
from orders.kernel.money import average_price
from orders.models import Order
from orders.permissions import VIEW_ORDERS

MOST_ROWS = 500
"""What a person still reads; the API pages through the rest."""


def _slices(actor: Actor, order: Order) -> str:
    worked = slices_of(order)
    trigger = trigger_of(order)
    context = {
        "order": order,
        "run": run_of(order),
        "trigger": trigger,
        "trigger_price": None if trigger is None else watch_of(trigger).price,
        "rows": [
            {"slice": each.slice, "venue_order": each.venue_order, "average_price": _average_price(each)}
            for each in worked[:MOST_ROWS]
        ],
        "cut": len(worked) > MOST_ROWS,
        "chart": _chart(worked),
    }
    return render_to_string("execution/panels/slices.html", context)


def _chart(worked: list[WorkedSlice]) -> Chart | None:
    kept = [each.slice for each in worked if each.slice.state != SliceState.WITHDRAWN]
    fills = [execution for each in worked for execution in each.executions]
    return schedule_chart(
        [(row.due_at, row.quantity) for row in kept], [(row.market_time, row.quantity) for row in fills]
    )


def _average_price(worked: WorkedSlice) -> Decimal | None:
    quantity = sum((row.quantity for row in worked.executions), Decimal(0))
    return average_price(sum((row.quantity * row.price for row in worked.executions), Decimal(0)), quantity)


SLICES = OrderPanel(name="slices", title="Slices", permission=VIEW_ORDERS, render=_slices)
