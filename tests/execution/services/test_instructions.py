"""An order's algorithm instruction: what is kept of a good one, and where a bad one is wrong."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from execution.services.instructions import validate_instruction
from execution.session import current_or_next_session
from orders.commands import PlaceOrder
from orders.kernel.errors import InvalidInput
from tests.world import NOON, World

AT = "/algorithm/parameters"


def validate(
    world: World, name: str | None, market_time: datetime = NOON, **parameters: Any
) -> dict[str, Any]:
    terms = {name: parameters.pop(name) for name in PlaceOrder.model_fields if name in parameters}
    command = world.command(**terms)
    return validate_instruction(
        name=name,
        parameters=parameters,
        command=command,
        quantity=command.quantity or Decimal(1),
        instrument=world.instrument,
        market_time=market_time,
    )


def test_order_without_an_instruction_is_worked_directly(world: World) -> None:
    assert validate(world, None) == {"name": "direct", "version": 1, "parameters": {}}


def test_twap_is_kept_with_everything_decided(world: World) -> None:
    assert validate(world, "twap") == {
        "name": "twap",
        "version": 2,
        "parameters": {
            "start": "2013-10-04T16:00:00Z",
            "end": "2013-10-04T20:00:00Z",
            "slices": 13,
            "must_complete": False,
        },
    }


def test_twap_by_duration_and_interval_is_kept_as_times(world: World) -> None:
    kept = validate(world, "twap", duration_minutes=30, interval_minutes=5)

    assert kept["parameters"] == {
        "start": "2013-10-04T16:00:00Z",
        "end": "2013-10-04T16:30:00Z",
        "interval_minutes": 5,
        "must_complete": False,
    }


@pytest.mark.parametrize(
    ("name", "parameters", "pointer"),
    [
        ("best", {}, "/algorithm/name"),
        ("direct", {"slices": 3}, f"{AT}/slices"),
        ("twap", {"slices": "13"}, f"{AT}/slices"),
        ("twap", {"slices": 0}, f"{AT}/slices"),
        ("twap", {"slices": 1001}, f"{AT}/slices"),
        ("twap", {"slices": True}, f"{AT}/slices"),
        ("twap", {"slices": 2.0}, f"{AT}/slices"),
        ("twap", {"slices": 2, "interval_minutes": 5}, f"{AT}/interval_minutes"),
        ("twap", {"end": "2013-10-04T18:00:00Z", "duration_minutes": 5}, f"{AT}/duration_minutes"),
        ("twap", {"duration_minutes": 300}, f"{AT}/duration_minutes"),
        ("twap", {"start": "2013-10-04T17:00:00"}, f"{AT}/start"),
        ("twap", {"start": "today"}, f"{AT}/start"),
        ("twap", {"start": 1380906000}, f"{AT}/start"),
        ("twap", {"start": "0001-01-01T00:00:00+05:00"}, f"{AT}/start"),
        ("twap", {"start": "2013-13-04T17:00:00Z"}, f"{AT}/start"),
        ("twap", {"start": "2013-10-05T17:00:00Z"}, f"{AT}/start"),
        ("twap", {"end": "2013-10-04T15:00:00Z"}, f"{AT}/end"),
        ("twap", {"end": "2013-10-04T20:00:01Z"}, f"{AT}/end"),
        ("twap", {"start": "2013-10-04T18:00:00Z", "end": "2013-10-04T18:00:00Z"}, f"{AT}/end"),
        ("twap", {"pace/rate~": 1}, f"{AT}/pace~1rate~0"),
        ("twap", {"time_in_force": "ioc"}, "/time_in_force"),
        ("twap", {"time_in_force": "gtc"}, "/time_in_force"),
        ("twap", {"type": "stop", "limit_price": None, "stop_price": "99"}, "/type"),
        ("twap", {"display_quantity": "10"}, "/display_quantity"),
        ("twap", {"minimum_quantity": "10"}, "/minimum_quantity"),
        ("twap", {"effective_at": "2013-10-04T17:00:00Z"}, "/effective_at"),
    ],
)
def test_bad_instruction_is_refused_where_it_is_wrong(
    world: World, name: str, parameters: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        validate(world, name, **parameters)

    assert [error["pointer"] for error in refused.value.facts["errors"]] == [pointer]


def test_twap_after_the_close_is_for_the_next_session(world: World) -> None:
    evening = NOON + timedelta(hours=6)

    kept = validate(world, "twap", market_time=evening)

    assert kept["parameters"]["start"] == "2013-10-07T13:30:00Z"
    assert current_or_next_session(evening, "ARCX").open.isoformat() == "2013-10-07T13:30:00+00:00"


def test_order_with_a_bad_instruction_is_not_kept(world: World) -> None:
    with pytest.raises(InvalidInput):
        world.place(algorithm={"name": "twap", "parameters": {"slices": -1}})
