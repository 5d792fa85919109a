"""How many statements an admission costs: a number that only moves on purpose."""

from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from compliance.services.tokens import create_token
from orders.models import User
from tests.orders.api.conftest import order_body
from tests.world import SETUP, World

STATEMENTS = [
    ('SELECT "compliance_apitoken"', "whose token is it"),
    ("BEGIN", "everything below holds together"),
    (
        "SELECT clock.",
        "account, permissions, instrument, states, limits in force, clock, whether the request was answered before; "
        "and the kill switches' gate, which stays open until the commit",
    ),
    (
        "SELECT (\n        SELECT close FROM execution_bar",
        "the market, as far as limits ask: here the last price",
    ),
    ('INSERT INTO "orders_order"', "the order"),
    ('INSERT INTO "orders_orderrevision"', "its first version"),
    ('INSERT INTO "compliance_leaf"', "the entry of the audit log"),
    ('INSERT INTO "execution_run"', "the work on it, so that no order is forgotten"),
    (
        "SELECT coalesce(position.net_quantity",
        "the exposure of position, account, desk and firm: late, because it locks them",
    ),
    ("UPDATE orders_position", "the reservation, which a trigger carries to account, desk and firm"),
    ('INSERT INTO "orders_riskdecision"', "what was decided, with the numbers that were seen"),
    ("COMMIT", "now it is true"),
]
"""What an admission sends, and what for."""


def test_an_admission_costs_twelve_statements_of_which_each_has_its_purpose(committed_world: World) -> None:
    client = with_token(committed_world)
    client.post("/api/v1/orders", order_body(), format="json")  # the position's row is there from now on

    with CaptureQueriesContext(connection) as captured:
        answer = client.post("/api/v1/orders", order_body(), format="json")

    assert answer.status_code == 201
    statements = [query["sql"].strip() for query in captured.captured_queries]
    begun = [
        statement[: len(beginning)]
        for statement, (beginning, _purpose) in zip(statements, STATEMENTS, strict=False)
    ]
    assert begun == [beginning for beginning, _purpose in STATEMENTS]
    assert len(statements) == len(STATEMENTS), "\n".join(statements)


def with_token(world: World) -> APIClient:
    """A client that authenticates as every client does."""
    user = User.objects.get(pk=world.trader.user_id)
    _token, secret = create_token(actor=SETUP, user=user, days=1)
    return APIClient(headers={"Authorization": f"Token {secret}"})
