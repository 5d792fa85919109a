"""Whatever is posted gets an order or a 4xx problem, and leaves the books in balance."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from orders.models import Order, Position

ORDERS = "/api/v1/orders"
TEXTS = st.text(st.characters(exclude_categories=()), max_size=40)
ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.lists(TEXTS, max_size=2)


def sometimes(*values: str) -> st.SearchStrategy[Any]:
    """One of the values, or anything at all."""
    return st.sampled_from([*values, *values]) | ANYTHING


DECIMALS = st.decimals(min_value=0, max_value=10**13, allow_nan=True, places=3).map(str)
BODIES = st.fixed_dictionaries(
    {
        "account": sometimes("ALPHA", "ALPHA", "BETA"),
        "client_order_id": st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._:/-]{0,70}\Z") | ANYTHING,
        "symbol": sometimes("SPY", "SPY", "spy"),
        "side": sometimes("buy", "sell"),
        "type": sometimes("limit", "market", "stop", "stop_limit", "market_if_touched", "trailing_stop"),
        "quantity": DECIMALS | sometimes("100", "1"),
    },
    optional={
        "limit_price": DECIMALS | sometimes("100", "99.99"),
        "time_in_force": sometimes("day", "ioc", "gtc", "gtd", "fok", "opg", "cls"),
        "expires_on": sometimes("2013-10-07", "0001-01-01", "9999-12-31"),
        "effective_at": sometimes("2013-10-04T17:00:00Z", "9999-12-31T23:59:59+00:00"),
        "stop_price": DECIMALS | sometimes("100"),
        "trail_price": DECIMALS | sometimes("1"),
        "trail_percent": DECIMALS | sometimes("1"),
        "display_quantity": DECIMALS | sometimes("10"),
        "minimum_quantity": DECIMALS | sometimes("10"),
        "algorithm": ANYTHING
        | st.fixed_dictionaries(
            {"name": sometimes("direct", "twap")},
            optional={"parameters": st.dictionaries(TEXTS, ANYTHING, max_size=3)},
        ),
        "unknown": ANYTHING,
    },
)
GOOD = {
    "account": "ALPHA",
    "symbol": "SPY",
    "side": "buy",
    "type": "limit",
    "quantity": "100",
    "limit_price": "100",
}
NEARLY_GOOD = st.builds(
    lambda changes, number: {**GOOD, "client_order_id": f"fuzz-{number}", **changes},
    st.dictionaries(st.sampled_from(sorted(GOOD)), ANYTHING | DECIMALS, max_size=1),
    st.integers(0, 20),
)


@pytest.mark.usefixtures("world")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODIES | NEARLY_GOOD)
def test_whatever_is_posted_is_an_order_or_a_problem(trader: APIClient, body: dict[str, Any]) -> None:
    answer = trader.post(ORDERS, json.dumps(body), content_type="application/json")

    told = answer.json()
    if answer.status_code in (200, 201):
        assert told["client_order_id"] == body["client_order_id"]
        assert Decimal(told["quantity"]) == Decimal(body["quantity"])
    else:
        assert 400 <= answer.status_code < 500, told
        assert told["code"]
    reserved = Order.objects.aggregate(total=Sum("reserved_quantity"))["total"] or Decimal(0)
    held = Position.objects.aggregate(total=Sum("open_buy_quantity") + Sum("open_sell_quantity"))["total"]
    assert reserved == (held or Decimal(0))
