"""How many statements an admission costs: a number that only moves on purpose."""

import re
from decimal import Decimal

from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from orders import services
from orders.limit_kinds import LimitKind
from orders.models import User
from tests.orders.api.conftest import order_body
from tests.tokens import token_for
from tests.world import SETUP, World

STATEMENTS = [
    ("SELECT token.", "whose token is it"),
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
    (
        "SELECT coalesce(position.net_quantity",
        "the exposure of position, account, desk and firm: late, because it locks them",
    ),
    ("WITH part_0", "all that is written"),
    ("COMMIT", "now it is true"),
]
"""What an admission sends, and what for."""

WRITTEN = [
    'INSERT INTO "orders_order',
    'INSERT INTO "orders_orderrevision',
    'INSERT INTO "compliance_leaf',
    'INSERT INTO "execution_run',
    "UPDATE orders_position",
    'INSERT INTO "orders_riskdecision',
]
"""The order, its first version, the entry of the audit log, the work on it, so that no order is forgotten, the
reservation, which a trigger carries to account, desk and firm, and what was decided, with the numbers that were seen.
"""


def test_an_admission_costs_seven_statements_of_which_each_has_its_purpose(committed_world: World) -> None:
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
    written = re.findall(r'AS \(\s*(INSERT INTO "\w+|UPDATE \w+)', statements[-2])
    assert written == WRITTEN


def test_what_a_limit_of_a_rate_counts_is_one_statement_more(committed_world: World) -> None:
    services.register_limit(
        actor=SETUP, holder=committed_world.account, kind=LimitKind.ORDERS_PER_MINUTE, value=Decimal(9)
    )
    client = with_token(committed_world)
    client.post("/api/v1/orders", order_body(), format="json")

    with CaptureQueriesContext(connection) as captured:
        client.post("/api/v1/orders", order_body(), format="json")

    assert len(captured.captured_queries) == len(STATEMENTS) + 1
    assert "orders_order AS placed" in captured.captured_queries[5]["sql"], "under the locks"


def with_token(world: World) -> APIClient:
    """A client that authenticates as every client does."""
    user = User.objects.get(pk=world.trader.user_id)
    _token, secret = token_for(user)
    return APIClient(headers={"Authorization": f"Token {secret}"})
