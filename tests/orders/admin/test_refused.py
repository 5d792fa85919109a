"""The list of what pre-trade risk refused, and the page of one decision."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders import services
from orders.admin.refused import RefusedAdmin
from orders.commands import AmendOrder
from orders.errors import RiskRefused
from orders.kernel.clock import recorded_now
from orders.limit_kinds import LimitKind
from orders.models import Order, RiskDecision
from orders.permissions import OVERRIDE_LIMITS, VIEW_ORDERS
from orders.services import judging
from tests.sign_in import addresses, in_role, sign_in, visible_text
from tests.world import SETUP, World, person

LIST = reverse("admin:orders_riskdecision_changelist")
TOO_LARGE = {"quantity": "12000", "limit_price": "100"}


def _listed(page: Any) -> list[str]:
    return [each.order.client_order_id for each in page.context["cl"].refused]


def _refused_on(monkeypatch: pytest.MonkeyPatch, world: World, moment: datetime, **changes: str) -> Order:
    monkeypatch.setattr(judging, "recorded_now", lambda: moment)
    order = world.place(**{**TOO_LARGE, **changes})
    monkeypatch.undo()
    return order


def test_refused_orders_stand_with_their_numbers_the_newest_first(world: World) -> None:
    world.place()
    first = world.place(client_order_id="first", **TOO_LARGE)
    second = world.place(client_order_id="second", quantity="100", limit_price="110")

    page = sign_in(world.trader).get(LIST)

    text = visible_text(page)
    assert _listed(page) == [second.client_order_id, first.client_order_id]
    assert (
        "first decision ALPHA trader buy SPY 12,000 Quantity per order, account ALPHA RISK_ORDER_QUANTITY "
        "12,000 10,000 units 20.0 % 1 none"
    ) in text
    assert "RISK_PRICE_COLLAR 1,000 500 bps 100.0 % 1 none" in text


def test_every_reason_of_a_refusal_stands_and_each_check_counts_it(world: World) -> None:
    world.place(quantity="12000", limit_price="110")
    world.place(**TOO_LARGE)

    page = sign_in(world.trader).get(LIST)

    text = visible_text(page)
    assert "Quantity per order 2 Price collar around the last price 1" in text
    assert [len(each.denials) for each in page.context["cl"].refused] == [1, 2]
    assert text.count("RISK_ORDER_QUANTITY") == 2


def test_refused_new_terms_are_told_apart_from_refused_orders(world: World) -> None:
    order = world.place(client_order_id="amended")
    with pytest.raises(RiskRefused):
        services.amend(
            actor=world.trader, order_id=order.pk, command=AmendOrder(quantity="10500"), expected_revision=1
        )

    text = visible_text(sign_in(world.trader).get(LIST))

    assert "amended new terms, decision ALPHA trader buy SPY 10,500" in text
    assert "10,500 10,000 units 5.0 %" in text


def test_what_has_no_limit_is_told_by_its_sentence(world: World) -> None:
    world.place(limit_price="100.005")

    text = visible_text(sign_in(world.trader).get(LIST))

    assert (
        "RISK_PRICE_OFF_TICK the limit price is not a multiple of the tick: tick size 0.01, limit price 100.005"
    ) in text


def test_a_limit_that_cannot_be_filled_is_told_by_its_sentence_and_version(world: World) -> None:
    services.register_limit(
        actor=SETUP, kind=LimitKind.RESTRICTED, value=Decimal(0), subject=world.instrument
    )
    world.place()

    text = visible_text(sign_in(world.trader).get(LIST))

    assert "RISK_RESTRICTED the instrument is on the restricted list 1 none" in text


def test_what_is_below_a_least_says_so(world: World) -> None:
    services.register_limit(
        actor=SETUP, kind=LimitKind.ORDER_MINIMUM_QUANTITY, value=Decimal(200), holder=world.account
    )
    world.place(quantity="50")

    assert "RISK_ORDER_MINIMUM 50 200 units 75.0 % below 1" in visible_text(sign_in(world.trader).get(LIST))


def test_whether_an_override_was_used_is_told(world: World) -> None:
    refused = world.place(client_order_id="refused", **TOO_LARGE)
    officer = person("officer", world.firm, (VIEW_ORDERS, OVERRIDE_LIMITS))
    client = sign_in(world.trader)
    override = services.grant_override(
        actor=officer,
        order_id=refused.pk,
        codes=["RISK_ORDER_QUANTITY"],
        expires_in_minutes=15,
        reason="client's size",
    )
    assert "not used yet by officer" in visible_text(client.get(LIST))

    used = world.place(client_order_id="let-through", override=str(override.pk), **TOO_LARGE)

    page = client.get(LIST)
    assert "used: let-through by officer" in visible_text(page)
    assert reverse("admin:orders_order_change", args=[used.pk]) in addresses(page)
    assert _listed(page) == ["refused"]


def test_an_override_that_nobody_used_in_time_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = world.place(**TOO_LARGE)
    officer = person("officer", world.firm, (VIEW_ORDERS, OVERRIDE_LIMITS))
    services.grant_override(
        actor=officer,
        order_id=refused.pk,
        codes=["RISK_ORDER_QUANTITY"],
        expires_in_minutes=1,
        reason="client's size",
    )
    monkeypatch.setattr("orders.refused.recorded_now", lambda: recorded_now() + timedelta(minutes=2))

    assert "expired unused by officer" in visible_text(sign_in(world.trader).get(LIST))


def test_filters_narrow_the_list_and_what_is_counted(world: World) -> None:
    mine = world.place(**TOO_LARGE)
    priced = world.place(limit_price="110")
    theirs = services.place(actor=world.stranger, command=world.command(account="BETA", **TOO_LARGE)).order
    client = sign_in(world.auditor)

    def narrowed(**asked: str) -> list[str]:
        return _listed(client.get(LIST, asked))

    assert narrowed() == [each.client_order_id for each in (theirs, priced, mine)]
    assert narrowed(account="BETA") == narrowed(desk="EQ2") == narrowed(trader="stranger")
    assert narrowed(desk="EQ2") == [theirs.client_order_id]
    assert narrowed(check="price_collar_bps") == [priced.client_order_id]
    assert narrowed(trader="nobody") == []
    counted = client.get(LIST, {"account": "BETA"}).context["cl"].by_check
    assert [(each["words"], each["number"]) for each in counted] == [("quantity per order", 1)]


def test_a_check_is_found_only_where_it_denied(world: World) -> None:
    world.place(**TOO_LARGE)

    assert _listed(sign_in(world.trader).get(LIST, {"check": "position_quantity"})) == []


def test_the_bar_of_a_check_leads_to_its_refusals(world: World) -> None:
    world.place(**TOO_LARGE)
    world.place(limit_price="110")
    client = sign_in(world.trader)

    links = {each["words"]: each["query"] for each in client.get(LIST).context["cl"].by_check}

    assert len(_listed(client.get(LIST + links["quantity per order"]))) == 1


def test_days_are_whole_and_of_recorded_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    before, first, last, after = (
        _refused_on(monkeypatch, world, moment).client_order_id
        for moment in (
            midnight - timedelta(microseconds=1),
            midnight,
            midnight + timedelta(hours=24) - timedelta(microseconds=1),
            midnight + timedelta(hours=24),
        )
    )
    client = sign_in(world.trader)

    assert _listed(client.get(LIST, {"from": "2026-03-02", "to": "2026-03-02"})) == [last, first]
    assert _listed(client.get(LIST, {"from": "2026-03-02"})) == [after, last, first]
    assert _listed(client.get(LIST, {"to": "2026-03-01"})) == [before]


@pytest.mark.parametrize("day", ["yesterday", "2026-02-31", "02/03/2026", "9999999999"])
def test_what_is_no_day_is_refused_and_not_passed_over(world: World, day: str) -> None:
    client = sign_in(world.trader)

    assert client.get(LIST, {"from": day}).status_code == 400
    assert client.get(LIST, {"to": day}).status_code == 400


def test_the_last_day_that_there_is_is_a_day(world: World) -> None:
    assert sign_in(world.trader).get(LIST, {"to": "9999-12-31"}).status_code == 200


def test_pages_follow_each_other_without_gap_or_repetition(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RefusedAdmin, "list_per_page", 2)
    placed = [world.place(**TOO_LARGE).client_order_id for _ in range(5)]
    client = sign_in(world.trader)

    pages = [client.get(LIST)]
    while (url := pages[-1].context["cl"].next_url) is not None:
        pages.append(client.get(LIST + url))

    assert [name for page in pages for name in _listed(page)] == placed[::-1]
    back = client.get(LIST + pages[-1].context["cl"].previous_url)
    assert _listed(back) == _listed(pages[1])
    assert [each["number"] for each in back.context["cl"].by_check] == [5]


def test_only_the_newest_are_counted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orders.admin.refused.AMONG", 2)
    world.place(limit_price="110")
    for _ in range(2):
        world.place(**TOO_LARGE)

    counted = sign_in(world.trader).get(LIST).context["cl"].by_check

    assert [(each["words"], each["number"]) for each in counted] == [("quantity per order", 2)]


def test_other_desks_and_people_without_a_grant_see_nothing(world: World) -> None:
    order = world.place(**TOO_LARGE)
    decision = reverse("admin:orders_riskdecision_change", args=[RiskDecision.objects.get(order=order).pk])

    stranger, nobody = sign_in(world.stranger), sign_in(world.nobody)

    assert _listed(stranger.get(LIST)) == []
    assert "has refused no order that you may see" in visible_text(stranger.get(LIST))
    assert stranger.get(decision).status_code == 404
    assert (nobody.get(LIST).status_code, nobody.get(decision).status_code) == (403, 403)


def test_who_may_not_see_a_limit_reads_why_and_no_number_of_it(world: World) -> None:
    order = world.place(**TOO_LARGE)
    client = sign_in(in_role("operator", world.firm))
    decision = reverse("admin:orders_riskdecision_change", args=[RiskDecision.objects.get(order=order).pk])

    listed, page = (visible_text(client.get(url)) for url in (LIST, decision))

    for text in (listed, page):
        assert "RISK_ORDER_QUANTITY" in text
        assert "the quantity is above the limit per order" in text
        assert "10,000 units" not in text
        assert "20.0 %" not in text


def test_the_page_of_a_decision_shows_all_that_was_seen_and_leads_to_the_order(world: World) -> None:
    order = world.place(client_order_id="too-large", **TOO_LARGE)
    row = RiskDecision.objects.get(order=order)

    page = sign_in(world.trader).get(reverse("admin:orders_riskdecision_change", args=[row.pk]))

    text = visible_text(page)
    assert "Order too-large Refused the order Side buy Instrument SPY Account ALPHA Trader trader" in text
    assert "Refused: RISK_ORDER_QUANTITY" in text
    assert "denied Quantity per order RISK_ORDER_QUANTITY account ALPHA - 12,000 10,000 units 120.0 %" in text
    assert reverse("admin:orders_order_change", args=[order.pk]) in addresses(page)


def test_an_override_is_granted_from_the_decision_of_an_order_but_not_of_new_terms(world: World) -> None:
    refused = world.place(**TOO_LARGE)
    order = world.place()
    with pytest.raises(RiskRefused):
        services.amend(
            actor=world.trader, order_id=order.pk, command=AmendOrder(quantity="10500"), expected_revision=1
        )
    client = sign_in(in_role("risk_officer", world.firm))

    def links(of: Order) -> list[str]:
        row = RiskDecision.objects.get(order=of, is_admitted=False)
        return addresses(client.get(reverse("admin:orders_riskdecision_change", args=[row.pk])))

    assert reverse("admin:orders_order_override", args=[refused.pk]) in links(refused)
    assert reverse("admin:orders_order_override", args=[order.pk]) not in links(order)


def test_an_admitted_decision_has_no_page_here(world: World) -> None:
    row = RiskDecision.objects.get(order=world.place())

    page = sign_in(world.trader).get(reverse("admin:orders_riskdecision_change", args=[row.pk]))

    assert page.status_code == 404


def test_the_list_is_read_along_its_index_whatever_was_admitted(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        cursor.execute(
            "EXPLAIN SELECT * FROM orders_riskdecision WHERE NOT is_admitted "
            "AND recorded_at >= '2026-01-01' ORDER BY recorded_at DESC, id DESC LIMIT 51"
        )
        plan = " ".join(line for (line,) in cursor.fetchall())

    assert "decision_refused" in plan
    assert "Sort" not in plan


def test_the_list_asks_the_same_number_of_questions_however_many_rows(world: World) -> None:
    client = sign_in(world.auditor)

    def queries() -> int:
        client.get(LIST)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(LIST).status_code == 200
        return len(captured)

    world.place(**TOO_LARGE)
    before = queries()
    for number in range(6):
        world.place(quantity="12000", limit_price="110" if number % 2 else "100")

    assert queries() == before
