"""POST /orders/plan: what would be done with an order, and what it is expected to cost, before it is placed."""

from decimal import Decimal
from itertools import pairwise
from math import sqrt
from typing import Any

import pytest
from rest_framework.test import APIClient

from compliance.models import Leaf
from execution.models import Run
from orders.models import Order
from tests.execution.figures import show_figures
from tests.execution.market import session, stand_still
from tests.orders.api.conftest import client_of
from tests.world import World

TWAP = {"name": "twap", "parameters": {"slices": 4, "duration_minutes": 60}}


@pytest.fixture
def trader(world: World) -> APIClient:
    return client_of(world.trader)


def _body(world: World, **changes: Any) -> dict[str, Any]:
    return world.command(**changes).model_dump(mode="json", exclude_none=True)


def _plan(client: APIClient, world: World, **changes: Any) -> Any:
    return client.post("/api/v1/orders/plan", _body(world, **changes), format="json")


def test_a_plan_tells_slices_and_parameters_and_leaves_nothing_behind(
    world: World, trader: APIClient
) -> None:
    leaves = Leaf.objects.count()

    told = _plan(trader, world, algorithm=TWAP).json()

    assert told["parameters"]["end"] == "2013-10-04T17:00:00Z"
    assert [(each["due_at"][11:16], each["quantity"], each["type"]) for each in told["slices"]] == [
        (moment, "25", "limit") for moment in ("16:00", "16:15", "16:30", "16:45")
    ]
    assert (told["unplanned_quantity"], told["why"], told["waits"]) == ("0", "on_schedule", None)
    assert (told["works_until"], told["last_price"]) == ("2013-10-04T17:00:00Z", "100")
    assert told["estimate"] is None
    assert (Order.objects.count(), Run.objects.count(), Leaf.objects.count()) == (0, 0, leaves)


def test_the_reference_trajectory_and_its_risk_come_out_of_the_api(world: World, trader: APIClient) -> None:
    # Almgren and Chriss's case (reference/execution.md) worked in a fifth of the time: five slots of one day in place
    # of five days, lambda such that kappa tau stays .607076. The trajectory is the published one, sd that over sqrt 5.
    stand_still(minutes_after_open=0)
    show_figures(world.instrument, spread="0.125", average_daily_volume=5_000_000, volatility="0.95")
    eta, gamma, sigma = 2.5e-6, 2.5e-7, 0.95
    risk_aversion = Decimal(25 * (1e-6 * sigma**2 / 2.375e-6) * (eta - gamma * 0.1) / sigma**2)
    parameters = {"interval_minutes": 78, "risk_aversion": f"{risk_aversion:.14f}"}

    told = _plan(trader, world, quantity="1000000", algorithm={"name": "is", "parameters": parameters}).json()

    estimate = told["estimate"]
    assert float(estimate["kappa_per_day"]) == pytest.approx(0.607076 * 5, rel=1e-6)
    assert float(estimate["half_life_days"]) == pytest.approx(1.6472 / 5, rel=1e-4)
    held = [float(each["quantity"]) for each in estimate["trajectory"]]
    assert held == pytest.approx([1e6, 541955.6, 289854.2, 147897.5, 62141.8, 0], abs=0.06)
    assert estimate["trajectory"][-1]["at"] == session().close.isoformat().replace("+00:00", "Z")
    chosen = estimate["chosen"]
    assert float(chosen["standard_deviation"]) == pytest.approx(603430.67 / sqrt(5), rel=1e-6)
    # E is gamma X^2/2 + epsilon X + (eta~/tau) sum n^2, whose last part is the reference's with another factor.
    fixed = gamma * 1e12 / 2 + 0.0625 * 1e6
    expected = fixed + (911_226.99 - fixed) / 2.375e-6 * (eta - gamma * 0.1) * 5
    assert float(chosen["expected_cost"]) == pytest.approx(expected, rel=1e-6)
    assert float(chosen["expected_cost_bps"]) == pytest.approx(expected / 1e8 * 1e4, abs=0.01)
    assert float(chosen["risk_aversion"]) == pytest.approx(float(risk_aversion), rel=1e-7)
    assert chosen["urgency"] is None


def test_the_frontier_goes_from_patience_to_haste_and_names_the_urgencies(
    world: World, trader: APIClient
) -> None:
    show_figures(world.instrument, spread="0.02", average_daily_volume=4_000_000, volatility="1.2")
    high = {"name": "is", "parameters": {"urgency": "high"}}

    estimate = _plan(trader, world, algorithm=high).json()["estimate"]

    frontier = estimate["frontier"]
    assert [each["urgency"] for each in frontier] == [None, None, None, "low", "medium", "high", None]
    assert estimate["chosen"] == frontier[5]
    for patient, hasty in pairwise(frontier):
        assert float(patient["expected_cost"]) <= float(hasty["expected_cost"])
        assert float(patient["standard_deviation"]) > float(hasty["standard_deviation"])
    least = float(estimate["least_value_at_risk"]["value_at_risk"])
    assert least <= min(float(each["value_at_risk"]) for each in frontier)


def test_what_is_not_known_of_the_market_is_said_and_not_guessed(world: World, trader: APIClient) -> None:
    told = _plan(trader, world, algorithm={"name": "is", "parameters": {}}).json()

    estimate = told["estimate"]
    assert (estimate["chosen"], estimate["frontier"], estimate["least_value_at_risk"]) == (None, [], None)
    assert "without the spread (no quotes of the last half hour) and" in estimate["unknown"]
    assert Decimal(told["slices"][0]["quantity"]) > Decimal(told["slices"][-1]["quantity"])


def test_a_trade_so_patient_that_it_is_a_straight_line_has_no_half_life(
    world: World, trader: APIClient
) -> None:
    show_figures(world.instrument, spread="0.02", average_daily_volume=100, volatility="0.00000002")
    patient = {"name": "is", "parameters": {"risk_aversion": "0.00000000000001"}}

    assert _plan(trader, world, algorithm=patient).json()["estimate"]["half_life_days"] is None


def test_orders_that_nobody_plans_yet_say_what_comes_first(world: World, trader: APIClient) -> None:
    stop = _plan(trader, world, type="stop", limit_price=None, stop_price="150").json()
    manual = _plan(trader, world, algorithm={"name": "manual"}).json()

    assert (stop["slices"], stop["why"], stop["unplanned_quantity"]) == ([], None, "100")
    assert "trigger it first" in stop["waits"]
    assert "the desk works it by hand" in manual["waits"]


def test_a_plan_reads_the_volume_curve_only_where_the_algorithm_does(world: World, trader: APIClient) -> None:
    told = _plan(trader, world, algorithm={"name": "vwap", "parameters": {}}).json()

    assert sum(Decimal(each["quantity"]) for each in told["slices"]) == 100


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"symbol": "NONE"}, 422, "RESOURCE_INSTRUMENT_NOT_FOUND"),
        ({"account": "BETA"}, 422, "RESOURCE_ACCOUNT_NOT_FOUND"),
        ({"algorithm": {"name": "unheard-of"}}, 400, "INPUT_INVALID"),
    ],
)
def test_a_plan_is_refused_as_the_order_would_be(
    world: World, trader: APIClient, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = _plan(trader, world, **changes)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_who_may_only_look_plans_nothing(world: World) -> None:
    answer = _plan(client_of(world.risk_officer), world)

    assert (answer.status_code, answer.json()["code"]) == (403, "AUTH_NOT_PERMITTED")
