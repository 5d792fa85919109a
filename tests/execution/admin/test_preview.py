"""The plan in the preview of an order, and an order with each algorithm placed by the form."""

import re
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.urls import reverse

from execution.algorithms import all_latest
from execution.cost_chart import WIDTH, frontier_chart
from orders.admin.place_fields import parameter_name
from orders.models import Order
from tests.execution.figures import show_figures
from tests.sign_in import filled, sign_in, visible_text
from tests.world import World

FORM = reverse("admin:orders_order_place")
TERMS = {
    "account": "ALPHA",
    "symbol": "SPY",
    "side": "buy",
    "type": "limit",
    "time_in_force": "day",
    "quantity": "1000",
    "limit_price": "100",
    "client_order_id": "by-form",
}
GIVEN = {
    "pov": {"participation": "0.1", "must_complete": "yes"},
    "vwap": {"closing_auction": "exclude", "max_participation": "0.2"},
    "is": {"urgency": "high", "must_complete": "no", "randomise_size": "0.2", "seed": "7"},
    "iceberg": {"display_quantity": "100"},
    "twap": {"slices": "4", "would_price": "99.5"},
}
KEPT = {
    "pov": {"participation": "0.1", "must_complete": True},
    "vwap": {"closing_auction": "exclude", "max_participation": "0.2"},
    "is": {"urgency": "high", "must_complete": False, "randomise_size": "0.2", "seed": 7},
    "iceberg": {"display_quantity": "100"},
    "twap": {"slices": 4, "would_price": "99.5"},
}


@pytest.fixture
def trader(world: World) -> Client:
    return sign_in(world.trader)


def _preview(client: Client, algorithm: str, given: dict[str, str]) -> Any:
    named = {parameter_name(algorithm, name): value for name, value in given.items()}
    return client.post(FORM, {**TERMS, "algorithm": algorithm, **named, "act": "preview"})


@pytest.mark.parametrize("algorithm", [each.name for each in all_latest()])
def test_an_order_with_each_algorithm_is_previewed_and_placed(
    world: World, trader: Client, algorithm: str
) -> None:
    previewed = _preview(trader, algorithm, GIVEN.get(algorithm, {}))
    assert f"The plan of the algorithm now: {algorithm}" in visible_text(previewed)

    trader.post(FORM, {**filled(previewed), "act": "place"})

    instruction = Order.objects.get().instruction
    assert instruction["name"] == algorithm
    assert KEPT.get(algorithm, {}).items() <= instruction["parameters"].items()


def test_no_parameter_is_typed_as_json_and_each_tells_what_it_is(world: World, trader: Client) -> None:
    page = trader.get(FORM)

    assert "<textarea" not in page.content.decode()
    for placed in page.context["form"].parameters:
        assert placed.field.help_text, placed.field.name


def test_implementation_shortfall_shows_its_cost_and_the_frontier_before_the_trade(
    world: World, trader: Client
) -> None:
    show_figures(world.instrument, spread="0.02", average_daily_volume=4_000_000, volatility="1.2")

    page = _preview(trader, "is", {"urgency": "high"})

    text = visible_text(page)
    for words in (
        "Expected cost ± one standard deviation",
        "bps",
        "Half-life",
        "κ per day",
        "Least value at risk",
    ):
        assert words in text
    charts = [
        ElementTree.fromstring(each) for each in re.findall(r"<svg.*?</svg>", page.content.decode(), re.S)
    ]
    titles = {each[0].text: each for each in charts if each.attrib.get("role") == "img"}
    assert {"Planned schedule", "Efficient frontier"} <= titles.keys()
    drawn = titles["Efficient frontier"]
    assert len(drawn.findall(".//circle")) == 7 + 1
    assert "Chosen: high" in (drawn[1].text or "")


def test_what_is_not_known_is_said_in_the_preview(world: World, trader: Client) -> None:
    text = visible_text(_preview(trader, "is", {}))

    assert "Costs cannot be estimated without the spread" in text
    assert "Efficient frontier" not in text


def test_what_nobody_plans_yet_says_what_comes_first(world: World, trader: Client) -> None:
    text = visible_text(_preview(trader, "manual", {}))

    assert "Nothing yet: the desk works it by hand" in text


def test_a_wrong_choice_is_told_at_its_field(world: World, trader: Client) -> None:
    page = _preview(trader, "is", {"urgency": "frantic", "must_complete": "perhaps"})

    assert page.status_code == 400
    assert {"is__urgency", "is__must_complete"} <= page.context["form"].errors.keys()


def test_a_word_of_the_frontier_is_left_out_where_there_is_no_room_for_it() -> None:
    near, far = (Decimal(100), Decimal(1), "straight line"), (Decimal(10), Decimal(9), "high")
    between = (Decimal("99.9"), Decimal(1), "low")

    chart = frontier_chart([near, between, far], far, [near[:2], (Decimal(50), Decimal(2)), far[:2]])

    assert [(mark.word, mark.is_told) for mark in chart.marks] == [
        ("straight line", False),
        ("low", True),
        ("high", True),
    ]
    assert len(chart.points.split()) == 3
    assert (chart.chosen.x, chart.chosen.y) == (chart.marks[2].x, chart.marks[2].y)


def test_a_frontier_of_one_point_stands_in_the_middle() -> None:
    only = (Decimal(5), Decimal(5), "medium")

    assert frontier_chart([only], only, []).chosen.x == f"{WIDTH / 2}"
