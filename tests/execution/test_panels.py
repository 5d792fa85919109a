"""The slices tab of an order's page: the table, and the chart of schedule against fills."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from xml.etree import ElementTree

from execution.chart import HEIGHT, WIDTH, schedule_chart
from execution.market_chart import PRICE_HEIGHT, VOLUME_HEIGHT, market_chart
from execution.market_data.bars import Bar
from execution.market_data.benchmarks import interval_vwap
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
        f"0,{HEIGHT} 0.0,{HEIGHT}.0 0.0,{HEIGHT / 2} {WIDTH}.0,{HEIGHT / 2} {WIDTH}.0,0.0 {WIDTH}.0,0.0"
    )
    assert chart.fill_points.endswith(
        f"{WIDTH / 2},{HEIGHT}.0 {WIDTH / 2},{HEIGHT * 3 / 4} {WIDTH}.0,{HEIGHT * 3 / 4}"
    )
    assert (chart.scheduled_quantity, chart.filled_quantity) == (Decimal(20), Decimal(5))


def test_fills_are_drawn_up_to_now_alone() -> None:
    chart = schedule_chart([at(0, 10), at(10, 10)], [at(1, 20)], until=at(20, 0)[0], now=at(5, 0)[0])

    assert chart is not None
    assert chart.fill_points.endswith(f" {WIDTH / 4},0.0")
    assert chart.schedule_points.endswith(f" {WIDTH}.0,0.0")


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


def test_panel_says_what_comes_next_shows_the_market_and_follows_it_until_it_is_over(
    world: World, replay: Replay
) -> None:
    order = world.place(type="market", limit_price=None, quantity="100", algorithm=TWAP)
    replay.work(order, minutes=6)

    page = SLICES.render(world.trader, fresh(order))

    assert "It is on its schedule." in page
    assert "Next slice at 2013-10-07 13:48:00 UTC" in page
    assert 'aria-label="40 filled, 0 live, 60 planned, 0 not planned, of 100"' in page
    assert page.count('class="qt-column"') == 6
    for name in ("arrival", "VWAP so far", "average fill"):
        assert f"<title>{name} " in page
    assert "data-follow" in page

    replay.work(order, minutes=20)
    assert "The work is done." in (done := SLICES.render(world.trader, fresh(order)))
    assert "data-follow" not in done


def test_market_chart_draws_prices_benchmarks_and_volumes_on_the_axis_of_the_schedule() -> None:
    bars = [
        Bar("SPY", at(minute, 0)[0], *map(Decimal, (100, 102, 99, close, volume)))
        for minute, close, volume in ((0, 100, 50), (1, 102, 100))
    ]

    chart = market_chart(bars, [("arrival", Decimal(101))], first=START, last=START + timedelta(minutes=2))

    assert chart is not None
    assert chart.price_points == f"{WIDTH / 2},{PRICE_HEIGHT}.0 {WIDTH}.0,0.0"
    assert [(line.name, line.y) for line in chart.lines] == [("arrival", f"{PRICE_HEIGHT / 2}")]
    assert [(each.x, each.y, each.height) for each in chart.columns] == [
        ("0.0", f"{VOLUME_HEIGHT / 2}", f"{VOLUME_HEIGHT / 2}"),
        (f"{WIDTH / 2}", "0.0", f"{VOLUME_HEIGHT}.0"),
    ]
    typical = Decimal(301) / 3, Decimal(303) / 3
    assert round(interval_vwap(bars) or 0, 8) == round((50 * typical[0] + 100 * typical[1]) / 150, 8)


def test_market_chart_stands_still_where_nothing_moves_or_is_known() -> None:
    flat = [Bar("SPY", START, *[Decimal(100)] * 4, Decimal(0))]

    chart = market_chart(flat, [], first=START, last=START + timedelta(minutes=1))

    assert chart is not None
    assert chart.price_points == f"{WIDTH}.0,{PRICE_HEIGHT / 2}"
    assert interval_vwap(flat) is None
    assert market_chart([], [], first=START, last=START) is None
