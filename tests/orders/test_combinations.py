"""The table of terms that go together, tried in every combination against the command and against the database."""

from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from pydantic import ValidationError

from orders.combinations import MOST_CLIPS, TIMES
from orders.models import Order
from orders.terms import OrderType, TimeInForce
from tests.world import NOON, World

PRICES: dict[str, list[Any]] = {
    "type": list(OrderType),
    "limit_price": [None, Decimal(100)],
    "stop_price": [None, Decimal(100)],
    "trail_price": [None, Decimal(1)],
    "trail_percent": [None, Decimal(1), Decimal(100)],
}
NO_PRICES: dict[str, Any] = {name: None for name in PRICES if name != "type"}
PRICED: dict[OrderType, dict[str, Any]] = {
    OrderType.MARKET: {},
    OrderType.LIMIT: {"limit_price": Decimal(100)},
    OrderType.STOP: {"stop_price": Decimal(100)},
    OrderType.STOP_LIMIT: {"stop_price": Decimal(100), "limit_price": Decimal(100)},
    OrderType.MARKET_IF_TOUCHED: {"stop_price": Decimal(100)},
    OrderType.TRAILING_STOP: {"trail_percent": Decimal(1)},
}
OPTIONS: dict[str, list[Any]] = {
    "type": list(OrderType),
    "time_in_force": list(TimeInForce),
    "display_quantity": [None, Decimal(10), Decimal(101)],
    "minimum_quantity": [None, Decimal(10), Decimal(50), Decimal(101)],
    "expires_on": [None, date(2013, 10, 7)],
    "effective_at": [None, NOON],
}


def every(options: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(options, values, strict=True)) for values in product(*options.values())]


ALL = [
    *({"time_in_force": TimeInForce.DAY, **terms} for terms in every(PRICES)),
    *({**NO_PRICES, **PRICED[terms["type"]], **terms} for terms in every(OPTIONS)),
]


def test_the_command_and_the_database_agree_on_every_combination(world: World) -> None:
    """The database is asked without the command in between: neither lets through what the other refuses."""
    pk = world.place().pk
    disagreements = [terms for terms in ALL if is_command(world, terms) != is_row(pk, terms)]
    assert disagreements[:5] == []
    assert sum(is_command(world, terms) for terms in ALL) > 50


def is_command(world: World, terms: dict[str, Any]) -> bool:
    effective_at = terms.get("effective_at")
    given = {**terms, "effective_at": effective_at and effective_at.isoformat()}
    try:
        world.command(**{"limit_price": None, **given})
    except ValidationError:
        return False
    return True


def is_row(pk: Any, terms: dict[str, Any]) -> bool:
    try:
        with transaction.atomic():
            Order.objects.filter(pk=pk).update(**terms)
    except IntegrityError:
        return False
    return True


@pytest.mark.parametrize(
    ("terms", "pointer", "words"),
    [
        ({"time_in_force": "gtd"}, "expires_on", "last day"),
        ({"expires_on": "2013-10-07"}, "expires_on", "only a gtd order"),
        ({"time_in_force": "gtd", "expires_on": 20131007}, "expires_on", "must be a date"),
        ({"time_in_force": "gtd", "expires_on": "2013-02-30"}, "expires_on", "day is out of range"),
        (
            {"time_in_force": "cls", "effective_at": "2013-10-07T13:30:00Z"},
            "effective_at",
            "moment of its own",
        ),
        ({"effective_at": "2013-10-07"}, "effective_at", "must be a moment"),
        ({"limit_price": None}, "limit_price", "needs a limit_price"),
        ({"type": "market"}, "limit_price", "has no limit_price"),
        ({"stop_price": "99"}, "stop_price", "has no stop_price"),
        ({"type": "stop_limit"}, "stop_price", "needs a stop_price"),
        ({"trail_price": "1"}, "trail_price", "has no trail_price"),
        ({"type": "trailing_stop", "limit_price": None}, "trail_price", "needs a trail_price or"),
        (
            {"type": "trailing_stop", "limit_price": None, "trail_price": "1", "trail_percent": "1"},
            "trail_price",
            "needs a trail_price or",
        ),
        (
            {"type": "trailing_stop", "limit_price": None, "trail_percent": "100"},
            "trail_percent",
            "below 100",
        ),
        (
            {"type": "stop", "limit_price": None, "stop_price": "99", "time_in_force": "ioc"},
            "time_in_force",
            "day, gtc, gtd",
        ),
        ({"display_quantity": "10", "time_in_force": "fok"}, "display_quantity", "that rests"),
        ({"display_quantity": "101"}, "display_quantity", "at most the quantity"),
        ({"display_quantity": "0.01"}, "display_quantity", f"{MOST_CLIPS}th"),
        ({"minimum_quantity": "10", "time_in_force": "opg"}, "minimum_quantity", "takes no minimum"),
        ({"minimum_quantity": "101"}, "minimum_quantity", "at most the quantity"),
        (
            {"minimum_quantity": "20", "display_quantity": "10"},
            "minimum_quantity",
            "at most the display_quantity",
        ),
        (
            {"quantity": None, "cash_quantity": "1000", "display_quantity": "10"},
            "display_quantity",
            "not with cash_quantity",
        ),
        (
            {"quantity": None, "cash_quantity": "1000", "minimum_quantity": "10"},
            "minimum_quantity",
            "not with cash_quantity",
        ),
    ],
)
def test_terms_that_do_not_fit_are_refused_where_they_stand(
    world: World, terms: dict[str, Any], pointer: str, words: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        world.command(**terms)

    (error,) = refused.value.errors()
    assert error["loc"] == (pointer,)
    assert words in error["msg"]


def test_every_type_has_its_times_in_force() -> None:
    assert TIMES.keys() == set(OrderType)
    assert all(TimeInForce.DAY in times for times in TIMES.values())
