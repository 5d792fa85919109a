"""`manage.py stress`: what it prints, and the document that it gives."""

import json
from datetime import UTC, date, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from orders.kernel.clock import recorded_now
from orders.limit_kinds import LimitKind
from orders.management.commands import stress
from orders.models import Limit, Order, RiskDecision
from orders.services import register_limit
from tests.world import SETUP, World


def run(*arguments: str) -> tuple[str, str]:
    """Standard output and standard error of the command."""
    out, err = StringIO(), StringIO()
    call_command("stress", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.fixture
def past(committed_world: World) -> World:
    """An order that today's limit refuses, one that it leaves, one that it admits, one that it says nothing of."""
    world = committed_world
    world.place(client_order_id="small", quantity="100")
    world.place(client_order_id="large", quantity="700")
    world.place(client_order_id="dear", quantity="10", limit_price="106")
    limits = Limit.objects.filter(account=world.account)
    assert limits.filter(kind=LimitKind.ORDER_QUANTITY).update(value=Decimal(500), version=2) == 1
    assert limits.filter(kind=LimitKind.PRICE_COLLAR_BPS).update(value=Decimal(700), version=2) == 1
    return world


@pytest.fixture
def today(past: World, monkeypatch: pytest.MonkeyPatch) -> date:
    """The day on which the command is run: it stays so, also where the test is played over midnight."""
    now = recorded_now()
    monkeypatch.setattr(stress, "recorded_now", lambda: now)
    return now.astimezone(UTC).date()


def test_it_lists_each_order_that_would_have_come_out_differently_and_counts(
    past: World, today: date
) -> None:
    out, err = run()

    large, dear, summary, *counts = out.splitlines()
    assert large.endswith(
        "large ALPHA trader buy 700 SPY: would be refused: quantity per order 700 (limit 10000 then, 500 now)"
    )
    assert dear.endswith(
        "dear ALPHA trader buy 10 SPY: would be admitted: "
        "price collar around the last price 600 (limit 500 then, 700 now)"
    )
    first = today - timedelta(days=29)
    assert summary == (
        f"{first} to {today}: 3 decisions (0 of them on new terms) judged by the limits in force at "
        "2013-10-04 16:00:00 UTC, market time"
    )
    assert counts == [
        "  1 would be refused",
        "  1 would be admitted",
        "  0 would be warned",
        "  0 would no longer be warned",
        "  0 not judged: the figure was not kept",
        "  1 unchanged",
        "by check:",
        "  price collar around the last price: 1 would be admitted",
        "  quantity per order: 1 would be refused",
        "by limit:",
        f"  price collar around the last price, account ALPHA ({_limit(LimitKind.PRICE_COLLAR_BPS)}): "
        "1 would be admitted",
        f"  quantity per order, account ALPHA ({_limit(LimitKind.ORDER_QUANTITY)}): 1 would be refused",
        "by account:",
        "  ALPHA: 1 would be refused, 1 would be admitted",
        "by trader:",
        "  trader: 1 would be refused, 1 would be admitted",
    ]
    assert err == ""


def _limit(kind: LimitKind) -> str:
    return str(Limit.objects.get(kind=kind, account__code="ALPHA").pk)


def test_the_document_has_the_same_with_all_numbers(past: World, today: date) -> None:
    document: dict[str, Any] = json.loads(run("--json")[0])

    large, dear = document["changes"]
    order = Order.objects.get(client_order_id="large")
    assert (large["order_id"], large["decision_id"]) == (
        str(order.pk),
        str(RiskDecision.objects.get(order=order).pk),
    )
    assert (large["change"], dear["change"]) == ("would_be_refused", "would_be_admitted")
    (cause,) = large["causes"]
    assert cause["code"] == "RISK_ORDER_QUANTITY"
    assert (cause["seen"], cause["unit"], cause["beyond_percent"]) == ("700", "units", "40.00")
    assert cause["then"] == {"value": "10000", "warn_at_percent": 80, "version": 1}
    assert cause["now"] == {"value": "500", "warn_at_percent": 80, "version": 2}
    summary = document["summary"]
    assert summary["changes"] == {"would_be_refused": 1, "would_be_admitted": 1, "unchanged": 1}
    assert summary["by_check"]["order_quantity"] == {"would_be_refused": 1}
    assert {each["scope"] for each in summary["by_limit"]} == {"account ALPHA"}
    assert (summary["from"], summary["to"], summary["decisions"]) == (
        str(today - timedelta(days=29)),
        str(today),
        3,
    )


def test_what_was_not_kept_is_counted_and_in_the_document_named(committed_world: World) -> None:
    world = committed_world
    world.place(client_order_id="order")
    register_limit(actor=SETUP, kind=LimitKind.GROSS_NOTIONAL, value=Decimal(5), holder=world.account)

    text, document = run()[0], json.loads(run("--json")[0])

    assert "order ALPHA" not in text
    assert "  gross exposure: 1 not judged: the figure was not kept" in text.splitlines()
    (each,) = document["changes"]
    assert (each["change"], each["causes"]) == ("not_judged", [])
    assert [(found["check"], found["scope"]) for found in each["not_judged"]] == [
        ("gross_notional", "account ALPHA")
    ]


def test_a_limit_that_there_was_not_is_none_in_the_document(committed_world: World) -> None:
    committed_world.place()
    register_limit(
        actor=SETUP, kind=LimitKind.RESTRICTED, value=Decimal(0), subject=committed_world.instrument
    )

    (each,) = json.loads(run("--json")[0])["changes"]

    (cause,) = each["causes"]
    assert (cause["code"], cause["then"], cause["seen"]) == ("RISK_RESTRICTED", None, None)
    assert (cause["now"]["value"], cause["scope"]) == ("0", "instrument SPY")


def test_a_period_without_orders_is_a_document_too(committed_world: World) -> None:
    committed_world.place()

    document = json.loads(run("--from", "2020-01-01", "--to", "2020-01-31", "--json")[0])

    assert (document["changes"], document["summary"]["decisions"]) == ([], 0)


@pytest.mark.parametrize(
    "arguments", [("--from", "2020-02-01", "--to", "2020-01-31"), ("--from", "01.02.2020"), ("--to", "soon")]
)
def test_what_is_no_period_is_refused(committed_world: World, arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run(*arguments)


def test_it_says_how_far_it_is(past: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stress, "PROGRESS_ROWS", 3)

    assert run()[1] == "stress: 3 decisions\n"
