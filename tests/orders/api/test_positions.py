"""Positions by API: cost, P&L, settlement and currencies, now and at a time before."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from orders import services
from orders.kernel.clock import recorded_now
from orders.kernel.ids import new_id
from orders.limit_kinds import LimitKind
from orders.models import Account, Instrument, Position
from tests.orders.api.conftest import client_of
from tests.orders.fills import fill
from tests.orders.rates import record
from tests.orders.restating import restate
from tests.orders.test_positions import fill_at
from tests.world import LIMITS, NOON, SETUP, World, show_price

POSITIONS = "/api/v1/positions"


def position(client: APIClient, **query: str) -> dict[str, Any]:
    (found,) = client.get(POSITIONS, query).json()["items"]
    assert client.get(f"{POSITIONS}/{found['id']}", query).json() == found
    return found  # type: ignore[no-any-return]


def trade_twice(world: World) -> None:
    """100 bought at 99 and 100 at 101, 150 of them sold at 102."""
    bought = world.place(quantity="200", limit_price="101")
    fill_at(bought, "100", "99", minute=0)
    fill_at(bought, "100", "101", minute=1)
    fill_at(world.place(side="sell", quantity="150"), "150", "102", minute=2)


def test_a_position_tells_cost_and_gain_by_both_methods(trader: APIClient, world: World) -> None:
    trade_twice(world)
    services.set_market_clock(actor=SETUP, anchor=NOON + timedelta(minutes=5), paused=True)
    show_price(world.instrument, Decimal(103), at=NOON + timedelta(minutes=4))

    found = position(trader)

    assert (found["net_quantity"], found["last_price"], found["missing"]) == ("50", "103", [])
    assert found["last_price_at"] == "2013-10-04T16:04:00Z"
    assert found["in_instrument_currency"] == {
        "currency": "USD",
        "market_value": "5150",
        "average_cost": {"cost_price": "100", "cost": "5000", "realised_pnl": "300", "unrealised_pnl": "150"},
        "fifo": {"cost_price": "101", "cost": "5050", "realised_pnl": "350", "unrealised_pnl": "100"},
        "rates": [],
    }
    assert found["in_account_currency"] == found["in_firm_currency"] == found["in_instrument_currency"]


def test_a_short_position_cost_what_its_sale_brought_in(trader: APIClient, world: World) -> None:
    fill(world.place(side="sell", quantity="10"), "10", price="104")

    fifo = position(trader)["in_instrument_currency"]["fifo"]

    assert fifo == {"cost_price": "104", "cost": "-1040", "realised_pnl": "0", "unrealised_pnl": "40"}
    (lot,) = trader.get(f"{POSITIONS}/{position(trader)['id']}/lots").json()["items"]
    assert (lot["side"], lot["quantity"], lot["price"]) == ("short", "10", "104")


def test_without_a_price_the_gain_is_null_and_says_why(trader: APIClient, world: World) -> None:
    fill(world.place(), "10")

    found = position(trader, as_of="2013-10-04T16:00:00Z")
    earlier = position(trader, as_of="2013-10-04T15:00:00Z")

    assert found["in_instrument_currency"]["fifo"]["unrealised_pnl"] == "0"
    assert (earlier["net_quantity"], earlier["missing"]) == ("0", [])
    services.set_market_clock(actor=SETUP, anchor=NOON - timedelta(hours=1), paused=True)
    now = position(trader)
    assert now["in_instrument_currency"]["fifo"]["unrealised_pnl"] is None
    assert now["missing"] == ["no price of SPY is known by 2013-10-04T15:00:00Z"]


def test_figures_are_converted_by_rates_that_are_named(trader: APIClient, world: World) -> None:
    Account.objects.update(currency="EUR")
    fill(world.place(quantity="10"), "10", price="99")
    found = position(trader)
    assert (found["in_account_currency"], found["in_firm_currency"]["currency"]) == (None, "USD")
    assert found["missing"] == ["no rate from USD into the account's EUR is known by 2013-10-04T16:00:00Z"]

    record(world, "EUR/USD", "1.2")
    record(world, "EUR/USD", "1.25", source="ECB corrected")
    record(world, "EUR/USD", "9", at=NOON + timedelta(seconds=1))

    converted = position(trader)["in_account_currency"]
    assert converted["market_value"] == "800"
    assert converted["fifo"] == {
        "cost_price": "79.2",
        "cost": "792",
        "realised_pnl": "0",
        "unrealised_pnl": "8",
    }
    assert converted["rates"] == [
        {
            "base": "EUR",
            "quote": "USD",
            "rate": "1.25",
            "inverted": True,
            "market_time": "2013-10-04T16:00:00Z",
            "source": "ECB corrected",
        }
    ]


def test_a_cross_goes_through_the_accounts_currency(trader: APIClient, world: World) -> None:
    Instrument.objects.update(currency="GBP")
    Account.objects.update(currency="EUR")
    record(world, "GBP/EUR", "1.2")
    record(world, "EUR/USD", "1.1")
    fill(world.place(quantity="10"), "10")

    firm = position(trader)["in_firm_currency"]

    assert (firm["currency"], firm["market_value"]) == ("USD", "1320")
    assert [(rate["base"], rate["quote"]) for rate in firm["rates"]] == [("GBP", "EUR"), ("EUR", "USD")]


def test_settled_and_unsettled_follow_the_venues_days(trader: APIClient, world: World) -> None:
    order = world.place(quantity="100")
    fill_at(order, "10", "100", minute=0)
    assert position(trader)["settlement"] == {
        "settled_quantity": "0",
        "unsettled_quantity": "10",
        "settled_cash": "0",
        "unsettled_cash": "-1000",
    }
    services.set_market_clock(actor=SETUP, anchor=NOON + timedelta(days=5), paused=True)

    assert position(trader)["settlement"]["settled_quantity"] == "10"
    then = position(trader, as_of="2013-10-08T16:00:00Z")["settlement"]
    assert (then["settled_quantity"], then["unsettled_cash"]) == ("0", "-1000")
    Instrument.objects.update(mic="XXXX")
    unknown = position(trader)
    assert unknown["settlement"] is None
    assert unknown["missing"] == ["no settlement cycle is known for a trade on XXXX"]


def test_a_position_is_shown_as_it_was_at_a_market_time(trader: APIClient, world: World) -> None:
    trade_twice(world)

    found = position(trader, as_of="2013-10-04T16:01:00Z")

    assert (found["net_quantity"], found["bought_notional"], found["open_buy_quantity"]) == (
        "200",
        "20000",
        None,
    )
    url = f"{POSITIONS}/{found['id']}/lots"
    lots = trader.get(url, {"as_of": "2013-10-04T16:01:00Z"}).json()["items"]
    assert [(lot["quantity"], lot["price"], lot["side"]) for lot in lots] == [
        ("100", "99", "long"),
        ("100", "101", "long"),
    ]
    assert [lot["quantity"] for lot in trader.get(url).json()["items"]] == ["50"]


def test_what_was_known_leaves_later_corrections_out(trader: APIClient, world: World) -> None:
    trade = fill(world.place(), "40")
    assert trade is not None
    before = recorded_now()
    restate(trade, quantity="30", price="99")

    assert position(trader)["net_quantity"] == "30"
    known = position(trader, known_at=before.isoformat().replace("+00:00", "Z"))
    assert (known["net_quantity"], known["bought_notional"]) == ("40", "4000")
    nothing = position(trader, known_at="2000-01-01T00:00:00Z")
    assert (nothing["net_quantity"], nothing["in_instrument_currency"]["market_value"]) == ("0", "0")


@pytest.mark.parametrize("query", [{}, {"as_of": "2013-10-04T16:00:00Z"}])
def test_lots_are_paged(trader: APIClient, world: World, query: dict[str, str]) -> None:
    order = world.place()
    for _ in range(3):
        fill(order, "10")
    url = f"{POSITIONS}/{position(trader)['id']}/lots"

    first = trader.get(url, {"limit": "2", **query}).json()
    rest = trader.get(url, {"limit": "2", "cursor": first["next"], **query}).json()

    found = [lot["trade_id"] for lot in (*first["items"], *rest["items"])]
    assert (len(first["items"]), len(set(found)), rest["next"]) == (2, 3, None)
    assert trader.get(url, {"cursor": "x", **query}).json()["code"] == "INPUT_CURSOR"


@pytest.mark.parametrize("rest", ["", "/lots"])
def test_a_hidden_position_and_an_absent_one_are_the_same_404(
    stranger: APIClient, world: World, rest: str
) -> None:
    world.place()
    answers = [stranger.get(f"{POSITIONS}/{pk}{rest}") for pk in (Position.objects.get().pk, new_id())]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (404, "RESOURCE_POSITION_NOT_FOUND")
    ] * 2


def test_positions_are_narrowed_by_account_and_symbol(trader: APIClient, world: World) -> None:
    world.place()

    assert len(trader.get(POSITIONS, {"account": "ALPHA", "symbol": "SPY"}).json()["items"]) == 1
    assert trader.get(POSITIONS, {"symbol": "IBM"}).json()["items"] == []


def test_rates_are_listed_newest_first_and_by_pair(trader: APIClient, world: World) -> None:
    record(world, "EUR/USD", "1.08")
    record(world, "GBP/USD", "1.27")

    rates = trader.get("/api/v1/exchange_rates").json()["items"]
    assert [(rate["base"], rate["rate"], rate["source"]) for rate in rates] == [
        ("GBP", "1.27", "ECB"),
        ("EUR", "1.08", "ECB"),
    ]
    assert len(trader.get("/api/v1/exchange_rates", {"base": "EUR", "quote": "USD"}).json()["items"]) == 1
    assert client_of(world.nobody).get("/api/v1/exchange_rates").json()["items"] == []


@pytest.mark.parametrize("query", [{}, {"as_of": "2013-10-04T16:00:00Z"}])
def test_many_positions_take_as_many_statements_as_one(
    trader: APIClient, world: World, query: dict[str, str]
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert trader.get(POSITIONS, query).status_code == 200
        return len(captured)

    fill(world.place(), "10")
    Account.objects.update(currency="EUR")
    one = statements()
    for number in range(5):
        account = services.register_account(actor=SETUP, desk=world.desk, code=f"A{number}", currency="EUR")
        for kind, value in LIMITS.items():
            services.register_limit(actor=SETUP, holder=account, kind=LimitKind(kind), value=value)
        fill(world.place(account=account.code), "10")

    assert len(trader.get(POSITIONS, query).json()["items"]) == 6
    assert statements() == one <= 6
