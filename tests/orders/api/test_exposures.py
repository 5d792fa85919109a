"""Exposure over the API: who sees the whole of an account, a desk or a firm sees what it has at risk."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from rest_framework.test import APIClient

from orders import services
from tests.orders.api.conftest import client_of
from tests.orders.fills import GATEWAY, fill
from tests.world import NOON, World, show_price

URL = "/api/v1/exposures"


def listed(client: APIClient) -> dict[str, dict[str, Any]]:
    items = client.get(URL).json()["items"]
    return {item["code"]: item for item in items}


def test_a_desk_sees_itself_and_its_accounts_and_the_firm_sees_all(trader: APIClient, world: World) -> None:
    assert set(listed(trader)) == {"EQ1", "ALPHA"}
    assert set(listed(client_of(world.risk_officer))) == {"ATLAS", "EQ1", "EQ2", "ALPHA", "BETA"}
    assert listed(client_of(world.nobody)) == {}


def test_open_orders_count_at_their_worst_and_the_loss_from_the_days_first_valuation(
    trader: APIClient, world: World
) -> None:
    fill(world.place(quantity="30"), "10", price="100")
    assert listed(trader)["EQ1"]["day_loss"] is None
    services.revalue(actor=GATEWAY, market_time=NOON)
    show_price(world.instrument, Decimal(97), at=NOON + timedelta(minutes=1))
    services.revalue(actor=GATEWAY, market_time=NOON + timedelta(minutes=1))

    for code, holder in (("EQ1", "desk"), ("ALPHA", "account")):
        told = listed(trader)[code]
        assert told.pop("id")
        assert told == {
            "holder": holder,
            "code": code,
            "currency": "USD",
            "gross_notional": "2970",
            "net_notional": "970",
            "open_buy_notional": "2000",
            "open_sell_notional": "0",
            "cash": "-1000",
            "day_loss": "30",
        }
    assert listed(client_of(world.risk_officer))["ATLAS"]["holder"] == "firm"
