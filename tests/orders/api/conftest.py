"""Clients of the API, each acting for one person of the world."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from rest_framework.test import APIClient

from orders.kernel.context import Actor
from orders.models import User
from tests.tokens import EVERYTHING
from tests.world import World

ClientOf = Callable[[Actor], APIClient]
_numbers = count(1)


def client_of(actor: Actor) -> APIClient:
    """A client that acts for `actor`, past authentication: tokens have tests of their own."""
    client = APIClient(raise_request_exception=True)
    client.force_authenticate(User.objects.get(pk=actor.user_id), EVERYTHING)
    return client


@pytest.fixture
def trader(world: World) -> APIClient:
    """Trades for ALPHA."""
    return client_of(world.trader)


@pytest.fixture
def stranger(world: World) -> APIClient:
    """Trades for BETA, on the other desk."""
    return client_of(world.stranger)


def order_body(**changes: Any) -> dict[str, Any]:
    """The body of a limit order that passes every check, with `changes`; None leaves a field out."""
    body = {
        "account": "ALPHA",
        "client_order_id": f"api-{next(_numbers)}",
        "symbol": "SPY",
        "side": "buy",
        "type": "limit",
        "time_in_force": "day",
        "quantity": "100",
        "limit_price": "100",
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}
