"""The slices tab of an order's page: the table, and the chart of schedule against fills."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from xml.etree import ElementTree

from execution.chart import HEIGHT, WIDTH, schedule_chart
from execution.models import Run
from execution.panels import SLICES
from tests.execution.replay import Replay, fresh
from tests.world import World

START = datetime(2013, 10, 7, 14, tzinfo=UTC)
TWAP = {"name": "twap", "parameters": {"slices": 5, "duration_minutes": 20}}


def at(minutes: int, quantity: int) -> tuple[datetime, Decimal]:
    return START + timedelta(minutes=minutes), Decimal(quantity)


def test_chart_is_empty_where_there_is_nothing() -> None:
    assert schedule_chart([], []) is None


def test_chart_steps_up_at_each_slice_and_each_fill() -> None:
    chart = schedule_chart([at(0, 10), at(10, 10)], [at(5, 5)])

    assert chart is not None
    assert chart.schedule_points == (
        f"0,{HEIGHT} 0.0,{HEIGHT}.0 0.0,{HEIGHT / 2} {WIDTH}.0,{HEIGHT / 2} {WIDTH}.0,0.0 {WIDTH},0.0"
    )
    assert chart.fill_points.endswith(
        f"{WIDTH / 2},{HEIGHT}.0 {WIDTH / 2},{HEIGHT * 3 / 4} {WIDTH},{HEIGHT * 3 / 4}"
    )
    assert (chart.scheduled_quantity, chart.filled_quantity) == (Decimal(20), Decimal(5))


def test_chart_of_a_single_moment_has_a_width() -> None:
    chart = schedule_chart([at(0, 10)], [])

    assert chart is not None
    assert chart.last > chart.first


def test_panel_shows_every_slice_and_a_chart_that_can_be_read_aloud(world: World, replay: Replay) -> None:
    order = world.place(type="market", limit_price=None, quantity="100", algorithm=TWAP)
    replay.work(order, minutes=6)

    page = SLICES.render(world.trader, fresh(order))

    assert page.count("<tr>") == 1 + 5
    svg = ElementTree.fromstring(re.search(r"<svg.*</svg>", page, re.DOTALL)[0])  # type: ignore[index]
    labels = {part.attrib["id"]: part.text for part in svg if "id" in part.attrib}
    assert svg.attrib["aria-labelledby"].split() == list(labels)
    assert "100 scheduled" in (labels["slices-chart-desc"] or "")


def test_panel_of_an_order_that_is_not_planned_yet_says_so(world: World) -> None:
    assert "Nothing is planned yet." in SLICES.render(world.trader, world.place())


def test_panel_of_a_rejected_order_has_no_run_to_show(world: World) -> None:
    assert "Nothing is planned." in SLICES.render(world.trader, world.place(quantity="1000000"))


def test_panel_says_that_planning_was_given_up(world: World, replay: Replay) -> None:
    order = world.place()
    Run.objects.update(algorithm_version=99)
    for _ in range(5):
        replay.plan(order)

    assert "Planning was given up: UnknownAlgorithm" in SLICES.render(world.trader, order)


def test_panel_tells_what_an_order_waits_for(world: World, replay: Replay) -> None:
    order = world.place(type="stop", limit_price=None, stop_price="150")
    replay.plan(order)

    assert "Waits for the market to reach" in SLICES.render(world.trader, order)
