"""The tab Replay of an order's page: one step at a time, forward and back, with a mark in the chart of the market."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.template.loader import render_to_string

from compliance.replay import Step, steps_of
from compliance.selectors import trail_of
from compliance.told import told_by
from execution.chart import WIDTH
from execution.market_chart import MarketChart, market_chart
from execution.market_data.bars import BAR_LENGTH
from execution.selectors import bars_between
from orders.hooks import OrderPanel
from orders.kernel.context import Actor
from orders.models import Order
from orders.permissions import VIEW_AUDIT
from orders.risk.chart import picture
from orders.selectors import login_names

MOST_STEPS = 200
"""What a person still steps through; the API pages through the rest."""
_BEFORE = timedelta(minutes=30)
"""How much of the market before the first step is drawn."""
_LONGEST_CHART = timedelta(days=1)
"""Of what goes on over days the market's minutes are not drawn."""


@dataclass(frozen=True)
class Picture:
    """The market's prices over the steps, and how far to the right (SVG units) each step is, None without a moment."""

    market: MarketChart
    marks: Sequence[str | None]
    first: datetime
    last: datetime


def _replay(actor: Actor, order: Order) -> str:
    leaves = list(trail_of(actor, order)[: MOST_STEPS + 1])
    steps = steps_of(actor, order, leaves[:MOST_STEPS])
    names = login_names(step.leaf.actor for step in steps)
    picture_of_steps = _picture(order, steps)
    marks = picture_of_steps.marks if picture_of_steps else [None] * len(steps)
    rows: list[dict[str, Any]] = []
    judged = None
    for number, (step, mark) in enumerate(zip(steps, marks, strict=True), start=1):
        judged = number if step.decisions else judged
        rows.append(
            {
                "number": number,
                "step": step,
                "who": names[step.leaf.actor],
                "told": told_by(step.leaf.body),
                "pictures": [picture(each.decision) for each in step.decisions],
                "judged": judged,
                "mark": mark,
            }
        )
    context = {"order": order, "rows": rows, "cut": len(leaves) > MOST_STEPS, "picture": picture_of_steps}
    return render_to_string("compliance/panels/replay.html", context)


def _picture(order: Order, steps: Sequence[Step]) -> Picture | None:
    moments = [step.market_time for step in steps if step.market_time is not None]
    if not moments or max(moments) - min(moments) > _LONGEST_CHART:
        return None
    first, last = min(moments) - _BEFORE, max(moments)
    bars = bars_between(
        instrument_id=order.instrument_id,
        symbol=order.instrument.symbol,
        after=first - BAR_LENGTH,
        until=last - BAR_LENGTH,
    )
    market = market_chart(bars, [], first=first, last=last)
    if market is None:
        return None
    marks = [
        None if step.market_time is None else f"{WIDTH * ((step.market_time - first) / (last - first)):.1f}"
        for step in steps
    ]
    return Picture(market, marks, first, last)


REPLAY = OrderPanel(name="replay", title="Replay", permission=VIEW_AUDIT, render=_replay)
