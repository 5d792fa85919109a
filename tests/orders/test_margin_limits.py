"""Margin is a model of the firm's own: asked under the locks, and what it cannot say refuses the order."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from orders import services
from orders.hooks import hooks
from orders.limit_kinds import LimitKind
from orders.models import Order
from orders.terms import Side
from qtweb.margin import margin_model, no_model
from tests.world import SETUP, World


@pytest.fixture
def limited(world: World) -> World:
    services.register_limit(actor=SETUP, kind=LimitKind.MARGIN, value=Decimal(1000), holder=world.desk)
    return world


def a_tenth(**order: Any) -> Decimal:
    """A model: a tenth of what the order adds."""
    return Decimal(order["notional"]) / 10


def test_without_a_model_a_margin_limit_refuses(limited: World) -> None:
    assert limited.place().denial_code == "RISK_MARGIN_UNKNOWN"


def test_without_a_margin_limit_no_model_is_asked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "margin", None)

    assert world.place().status == "new"


def test_the_model_is_told_the_order_and_its_answer_is_held_to_the_limit(
    limited: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(hooks, "margin", lambda **order: asked.append(order) or a_tenth(**order))

    statuses = [limited.place(quantity=quantity).denial_code for quantity in ("100", "101")]

    assert statuses == ["", "RISK_MARGIN"]
    assert asked[0] == {
        "holder_kind": "desk",
        "account_id": limited.account.pk,
        "instrument_id": limited.instrument.pk,
        "side": Side.BUY,
        "quantity": Decimal(100),
        "notional": Decimal(10_000),
    }


def test_a_model_that_fails_refuses_the_order_and_is_told_in_the_log(
    limited: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(**_order: Any) -> Decimal:
        raise ArithmeticError("no such curve")

    monkeypatch.setattr(hooks, "margin", fails)

    assert limited.place().denial_code == "RISK_MARGIN_UNKNOWN"
    assert "no such curve" in caplog.text


def test_a_models_failure_in_the_database_is_the_databases(
    limited: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(**_order: Any) -> Decimal:
        raise DatabaseError("gone")

    monkeypatch.setattr(hooks, "margin", fails)

    with pytest.raises(DatabaseError, match="gone"):
        limited.place()
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("path", "model"),
    [("", no_model), ("tests.orders.test_margin_limits.a_tenth", a_tenth)],
)
def test_the_environment_names_the_model(
    settings: Any, monkeypatch: pytest.MonkeyPatch, path: str, model: Any
) -> None:
    monkeypatch.setattr(settings.ENVIRONMENT, "margin_model", path)

    assert margin_model() is model


@pytest.mark.parametrize("path", ["nowhere.model", "tests.orders.test_margin_limits.SETUP"])
def test_a_model_that_is_none_is_told_at_the_start(
    settings: Any, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(settings.ENVIRONMENT, "margin_model", path)

    with pytest.raises(ImproperlyConfigured, match=path):
        margin_model()
