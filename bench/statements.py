"""The SQL of one admission, authentication included, by Django's own record of one POST through the whole site."""

import json
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

TRANSACTION_CONTROL = ("BEGIN", "COMMIT")


def of_one_post(path: str, *, token: str, first: dict[str, Any], second: dict[str, Any]) -> list[str]:
    """Return the statements that the POST of `second` sends; `first` is posted before, for what is done once.

    Raises RuntimeError when an order is not admitted.
    """
    _post(path, token, first)
    with CaptureQueriesContext(connection) as captured:
        _post(path, token, second)
    return [query["sql"] for query in captured.captured_queries]


def _post(path: str, token: str, order: dict[str, Any]) -> None:
    answer = Client().post(
        path,
        json.dumps(order),
        content_type="application/json",
        headers={"authorization": f"Token {token}", "host": "127.0.0.1"},
    )
    if answer.status_code != 201:
        raise RuntimeError(f"the order was not admitted: {answer.status_code} {answer.content!r}")
