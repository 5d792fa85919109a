"""What goes wrong on our side still leaves as a problem document that tells nothing it should not."""

import logging

import pytest
from django.db import InterfaceError, OperationalError
from rest_framework.test import APIClient

from orders import services
from orders.kernel.context import correlated
from orders.kernel.errors import TooManyRequests
from orders.models import Order, Refusal
from tests.orders.api.conftest import order_body

ORDERS = "/api/v1/orders"


def raising(error: Exception) -> object:
    def fail(**_: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize("error", [OperationalError("server at 10.0.0.1 closed"), InterfaceError("closed")])
def test_a_database_that_does_not_answer_is_503_and_says_when_to_come_again(
    trader: APIClient, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(services, "place", raising(error))

    answer = trader.post(ORDERS, order_body(), format="json")

    assert (answer.status_code, answer.json()["code"]) == (503, "SYSTEM_UNAVAILABLE")
    assert int(answer["Retry-After"]) > 0
    assert "10.0.0.1" not in answer.content.decode()
    assert not Refusal.objects.exists()


def test_an_error_that_nobody_expected_is_500_with_the_id_under_which_it_is_logged(
    trader: APIClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(services, "place", raising(RuntimeError("secret inside")))

    with caplog.at_level(logging.ERROR):
        answer = trader.post(ORDERS, order_body(), format="json", headers={"X-Correlation-Id": "abc-1"})

    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["correlation_id"]) == (500, "SYSTEM_ERROR", "abc-1")
    assert "secret" not in answer.content.decode()
    (logged,) = [record for record in caplog.records if record.exc_info]
    assert "secret inside" in str(logged.exc_info[1])  # type: ignore[index]


def test_a_refusal_that_cannot_be_recorded_is_still_told_as_it_was(
    trader: APIClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("orders.services.refusals.record_refusal", raising(OperationalError("gone")))

    answer = trader.post(ORDERS, order_body(side="long"), format="json")

    assert (answer.status_code, answer.json()["code"]) == (400, "INPUT_INVALID")
    assert "could not be recorded" in caplog.text


def test_facts_stand_beside_the_members_of_the_standard_and_never_replace_them(
    trader: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = TooManyRequests("slow down", retry_after_s=7, status="ours", code="ours")
    monkeypatch.setattr(services, "place", raising(error))

    answer = trader.post(ORDERS, order_body(), format="json")

    problem = answer.json()
    assert (answer.status_code, answer["Retry-After"]) == (429, "7")
    assert (problem["status"], problem["code"], problem["retry_after_s"]) == (429, "RATE_EXCEEDED", 7)
    assert problem["type"] == "urn:qtweb:problem:RATE_EXCEEDED"
    assert problem["title"] == "Slow down"


def test_the_correlation_id_of_a_request_is_in_its_answer(trader: APIClient) -> None:
    with correlated("somebody-elses"):
        answer = trader.get(f"{ORDERS}?unknown=1", headers={"X-Correlation-Id": "mine"})

    assert answer["X-Correlation-Id"] == answer.json()["correlation_id"] == "mine"
    assert not Order.objects.exists()
