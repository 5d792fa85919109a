"""Cash over the API: recorded once, listed to who sees the account."""

from decimal import Decimal

from rest_framework.test import APIClient

from orders.permissions import RECORD_CASH, VIEW_ORDERS
from tests.orders.api.conftest import client_of
from tests.orders.exposures import exposure_of
from tests.world import World, person

URL = "/api/v1/cash_movements"


def treasurer(world: World) -> APIClient:
    return client_of(person("treasurer", world.firm, (RECORD_CASH, VIEW_ORDERS)))


def body(**changes: str) -> dict[str, str]:
    return {"account": "ALPHA", "amount": "-250.5", "reference": "wire-7", **changes}


def test_a_movement_is_recorded_and_the_same_again_is_the_same(world: World) -> None:
    client = treasurer(world)
    first = client.post(URL, body(), format="json")
    again = client.post(URL, body(), format="json")

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    told = first.json()
    assert (told["account"], told["currency"], told["amount"], told["reference"]) == (
        "ALPHA",
        "USD",
        "-250.5",
        "wire-7",
    )
    assert told["recorded_by"].startswith("user:")
    assert exposure_of(world.firm).cash == Decimal("-250.5")


def test_another_amount_under_the_reference_is_a_conflict(world: World) -> None:
    client = treasurer(world)
    client.post(URL, body(), format="json")
    answer = client.post(URL, body(amount="250.5"), format="json")

    assert (answer.status_code, answer.json()["code"]) == (409, "STATE_CASH_REFERENCE_USED")


def test_amounts_are_strings_of_digits_and_not_nothing(world: World) -> None:
    client = treasurer(world)
    for amount in ("0", "-0", "1e3", "+5", "", "-", "--1"):
        assert client.post(URL, body(amount=amount), format="json").status_code == 400, amount
    assert client.post(URL, {**body(), "amount": 5}, format="json").status_code == 400


def test_who_may_not_is_refused_and_a_hidden_account_is_absent(trader: APIClient, world: World) -> None:
    assert trader.post(URL, body(), format="json").status_code == 403
    hidden = trader.post(URL, body(account="BETA"), format="json")
    absent = trader.post(URL, body(account="GAMMA"), format="json")
    assert (hidden.status_code, absent.status_code) == (422, 422)
    assert hidden.json()["code"] == absent.json()["code"] == "RESOURCE_ACCOUNT_NOT_FOUND"


def test_the_list_shows_the_accounts_that_the_asker_sees_newest_first(
    trader: APIClient, stranger: APIClient, world: World
) -> None:
    client = treasurer(world)
    for account, reference in (("ALPHA", "a"), ("BETA", "b"), ("ALPHA", "c")):
        client.post(URL, body(account=account, reference=reference), format="json")

    def references(who: APIClient, **query: str) -> list[str]:
        return [item["reference"] for item in who.get(URL, query).json()["items"]]

    assert references(client) == ["c", "b", "a"]
    assert references(client, account="BETA") == ["b"]
    assert references(trader) == ["c", "a"]
    assert references(stranger) == ["b"]
