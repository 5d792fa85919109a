"""What every algorithm that works over time lets its user say: what is decided, refused and changed."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from execution.algorithms import latest
from execution.algorithms.terms import Parent
from execution.algorithms.working import WorkingParameters, changeable
from orders.kernel.errors import InvalidInput
from orders.terms import Side, TimeInForce
from tests.execution.algorithms.samples import OPEN, SESSION, TOKYO, an_order, at, completed

TWAP = latest("twap")


def refusal(asked: Any = None, **parameters: Any) -> str:
    with pytest.raises(InvalidInput) as refused:
        completed(TWAP, asked or an_order(), **parameters)
    return refused.value.facts["errors"][0]["pointer"].removeprefix("/algorithm/parameters/")


def test_without_times_it_works_from_now_to_the_close() -> None:
    assert completed(TWAP, an_order(at(5))).span == (at(5), SESSION.close)
    assert completed(TWAP, an_order(OPEN - timedelta(hours=2))).span == (OPEN, SESSION.close)


def test_a_new_order_has_nothing_to_catch_up_with_from_before_it_came() -> None:
    assert completed(TWAP, an_order(at(5)), start="2013-10-07T13:31:00Z").start == at(5)
    assert completed(TWAP, an_order(at(5)), start="2013-10-07T13:36:00Z").start == at(6)


def test_a_duration_counts_trading_minutes() -> None:
    asked = an_order(at(120, TOKYO), session=TOKYO)

    assert completed(TWAP, asked, duration_minutes=60).end == at(240, TOKYO)
    assert completed(TWAP, replace(asked, market_time=at(160, TOKYO))).start == at(210, TOKYO)


@pytest.mark.parametrize(
    ("parameters", "pointer"),
    [
        ({"start": "2013-10-07T20:00:00Z"}, "start"),
        ({"end": "2013-10-07T13:30:00Z"}, "end"),
        ({"end": "2013-10-07T20:00:01Z"}, "end"),
        ({"duration_minutes": 391}, "duration_minutes"),
        ({"duration_minutes": 5, "end": "2013-10-07T14:00:00Z"}, "duration_minutes"),
        ({"slices": 5, "interval_minutes": 5}, "interval_minutes"),
        ({"minimum_slice": "0.5"}, "minimum_slice"),
        ({"display_quantity": "1001"}, "display_quantity"),
        ({"would_price": "99.995"}, "would_price"),
        ({"would_price": "100.01"}, "would_price"),
    ],
)
def test_what_does_not_fit_the_order_is_refused_where_it_stands(
    parameters: dict[str, Any], pointer: str
) -> None:
    assert refusal(**parameters) == pointer


def test_what_fits_depends_on_the_order() -> None:
    assert refusal(an_order(limit_price=None), display_quantity="10") == "display_quantity"
    assert refusal(an_order(side=Side.SELL), would_price="99.99") == "would_price"
    assert refusal(an_order(time_in_force=TimeInForce.GTC)) == "/time_in_force"
    assert completed(TWAP, an_order(side=Side.SELL), would_price="100.01").would_price == Decimal("100.01")


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_participation": "1"},
        {"max_participation": 0.15},
        {"randomise_size": "0.51"},
        {"randomise_time": "1.01"},
        {"seed": -1},
        {"speed": 1},
    ],
)
def test_what_is_no_share_or_no_parameter_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TWAP.parameters.model_validate(wrong)


def test_a_seed_is_decided_where_something_is_random_and_kept() -> None:
    assert completed(TWAP, an_order()).seed is None
    assert completed(TWAP, an_order(), randomise_size="0.2", seed=7).seed == 7
    drawn = completed(TWAP, an_order(), randomise_time="0.2").seed
    assert drawn is not None
    assert drawn == completed(TWAP, an_order(), randomise_time="0.2").seed
    assert drawn != completed(TWAP, an_order(quantity=Decimal(999)), randomise_time="0.2").seed


def test_everything_may_change_while_working_but_start_and_seed() -> None:
    assert set(WorkingParameters.model_fields) - changeable(WorkingParameters) == {"start", "seed"}


def test_an_order_that_is_changed_keeps_the_start_that_has_passed() -> None:
    given = TWAP.parameters.model_validate({"end": "2013-10-07T16:00:00Z", "start": "2013-10-07T13:30:00Z"})

    after = TWAP.complete(given, replace(an_order(at(60)), started_at=OPEN))

    assert after.span == (OPEN, at(150))


def test_an_order_that_is_changed_cannot_have_ended_already() -> None:
    given = TWAP.parameters.model_validate({"end": "2013-10-07T14:30:00Z"})

    with pytest.raises(InvalidInput, match="must be after now"):
        TWAP.complete(given, replace(an_order(at(60)), started_at=OPEN))


def test_a_plan_needs_completed_parameters() -> None:
    with pytest.raises(ValueError, match="completed"):
        _ = WorkingParameters().span


def test_the_schema_says_what_a_decimal_looks_like() -> None:
    properties = TWAP.parameters.model_json_schema()["properties"]
    for name in ("max_participation", "would_price", "minimum_slice", "display_quantity", "randomise_size"):
        assert properties[name]["anyOf"][0]["type"] == "string"
        assert properties[name]["anyOf"][0]["pattern"].startswith("^[0-9]")


def test_an_order_knows_its_whole() -> None:
    order = Parent(
        side=Side.BUY,
        type=an_order().type,
        time_in_force=TimeInForce.DAY,
        quantity=Decimal(5),
        limit_price=None,
        lot_size=Decimal(1),
        filled_quantity=Decimal(3),
        live_quantity=Decimal(2),
        sent=[(at(1), Decimal(3)), (at(2), Decimal(2))],
    )
    assert (order.done, order.whole, order.sent_since(at(2))) == (5, 10, 2)
