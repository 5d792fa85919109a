"""By whatever door: a leaf of a row says who, on whose behalf, from where and by which service, as far as is known."""

import json
import socket
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from rest_framework.test import APIClient

from compliance.models import Leaf
from orders.commands import CancelOrder
from orders.models import Account, User
from orders.services import cancel
from tests.compliance.log import MOMENT
from tests.orders.api.conftest import order_body
from tests.sign_in import sign_in
from tests.tokens import token_for
from tests.world import World


def _last(table: str, verb: str) -> dict[str, Any]:
    leaf = Leaf.objects.filter(kind="row", object_type=table, action=verb).latest("id")
    said: dict[str, Any] = json.loads(leaf.body)
    return said


def test_the_api_by_a_token(committed_world: World) -> None:
    person = User.objects.get(pk=committed_world.trader.user_id)
    token, secret = token_for(person)

    answer = APIClient().post(
        "/api/v1/orders",
        order_body(),
        format="json",
        headers={"authorization": f"Token {secret}", "x-correlation-id": "morning-1"},
        REMOTE_ADDR="192.0.2.7",
    )

    assert answer.status_code == 201
    said = _last("orders_order", "insert")
    assert said["object"]["id"] == answer.json()["id"]
    assert (said["actor"], said["door"]) == (committed_world.trader.reference, "api")
    assert (said["on_behalf_of"], said["source"]) == (said["actor"], f"192.0.2.7 token:{token.id}")
    assert (said["service"], said["correlation_id"], said["role"]) == (
        "orders._admit",
        "morning-1",
        "qtweb_app",
    )
    event = json.loads(Leaf.events.get(action="OrderPlaced").body)
    shared = ("actor", "door", "on_behalf_of", "source", "service", "correlation_id")
    assert {name: event[name] for name in shared} == {name: said[name] for name in shared}


def test_a_page_of_the_admin(committed_world: World) -> None:
    order = committed_world.place()
    client = sign_in(committed_world.trader)

    page = client.post(
        f"/admin/orders/order/{order.pk}/cancel/", {"reason": "changed my mind"}, REMOTE_ADDR="192.0.2.8"
    )

    assert page.status_code == 302
    said = _last("orders_order", "update")
    assert (said["actor"], said["door"], said["source"]) == (
        committed_world.trader.reference,
        "admin",
        "192.0.2.8",
    )
    assert (said["on_behalf_of"], said["before"]["status"]) == (None, "pending_cancel")


def test_a_process_of_ours(committed_world: World) -> None:
    cancel(
        actor=committed_world.trader,
        order_id=committed_world.place().pk,
        command=CancelOrder(reason="why not"),
    )
    said = _last("orders_order", "update")
    assert said["actor"] == committed_world.trader.reference
    assert said["source"].startswith(socket.gethostname())


def test_a_command(committed_world: World) -> None:
    call_command("set_market_clock", "--speed", "2")
    said = _last("orders_markettime", "update")
    assert (said["actor"], said["door"]) == ("process:set_market_clock", "command")
    assert said["after"]["speed"] == "2.00"


@pytest.mark.parametrize("change", ["bulk update", "raw SQL", "bulk create"])
def test_what_no_service_does(committed_world: World, change: str) -> None:
    """It says the database's role, and nobody that the application could only claim."""
    if change == "bulk update":
        assert Account.objects.update(currency="EUR") > 0
    elif change == "raw SQL":
        with connection.cursor() as cursor:
            cursor.execute("UPDATE orders_account SET currency = 'EUR'")
    else:
        Session.objects.bulk_create([Session(session_key="s" * 32, session_data="x", expire_date=MOMENT)])
    table = "django_session" if change == "bulk create" else "orders_account"
    said = _last(table, "insert" if change == "bulk create" else "update")
    assert (said["actor"], said["door"], said["service"]) == ("database:qtweb_app", "database", None)
    assert "s" * 32 not in json.dumps(said)
