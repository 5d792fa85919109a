"""Amending and cancelling on the page of an order: through the services, with a reason, and on the record."""

import pytest
from django.urls import reverse

from compliance.models import Leaf
from orders.models import Order, OrderRevision
from tests.orders.fills import fill
from tests.sign_in import addresses, in_role, sign_in, visible_text
from tests.world import World


def _url(order: Order, rest: str = "") -> str:
    return reverse("admin:orders_order_change", args=[order.pk]) + rest


def _terms(**changes: str) -> dict[str, str]:
    return {"quantity": "100", "limit_price": "100", "revision": "1", "reason": "the client asked", **changes}


def _reasons(order: Order, event: str) -> list[str]:
    revisions = OrderRevision.objects.filter(order=order, event=event)
    return [revision.facts["details"]["reason"] for revision in revisions]


def test_a_trader_amends_an_order_with_a_reason(world: World) -> None:
    order = world.place()

    answer = sign_in(world.trader).post(_url(order, "amend/"), _terms(quantity="250"), follow=True)

    order.refresh_from_db()
    assert (order.quantity, order.terms_revision) == (250, 2)
    assert _reasons(order, "ReplaceRequested") == ["the client asked"]
    assert "New terms requested" in visible_text(answer)
    leaf = Leaf.objects.get(object_id=str(order.pk), action="ReplaceRequested")
    assert leaf.actor == world.trader.reference
    assert '"door":"admin"' in leaf.body


def test_a_trader_cancels_an_order_with_a_reason(world: World) -> None:
    order = world.place()

    answer = sign_in(world.trader).post(_url(order, "cancel/"), {"reason": "wrong account"}, follow=True)

    order.refresh_from_db()
    assert order.status == "canceled"
    assert _reasons(order, "CancelRequested") == ["wrong account"]
    assert "is now canceled" in visible_text(answer)
    assert Leaf.objects.filter(object_id=str(order.pk), action="OrderCanceled").exists()


@pytest.mark.parametrize("rest", ["cancel/", "amend/"])
def test_an_act_without_a_reason_does_nothing(world: World, rest: str) -> None:
    order = world.place()

    answer = sign_in(world.trader).post(_url(order, rest), _terms(quantity="200", reason=" "))

    assert answer.status_code == 400
    assert "This field is required" in visible_text(answer)
    order.refresh_from_db()
    assert order.version == 1


def test_an_amendment_of_terms_that_somebody_changed_overwrites_nothing(world: World) -> None:
    order = world.place()
    client = sign_in(world.trader)
    client.post(_url(order, "amend/"), _terms(quantity="250"))

    answer = client.post(_url(order, "amend/"), _terms(quantity="90"))

    assert answer.status_code == 412
    text = visible_text(answer)
    assert "STATE_TERMS_STALE" in text
    assert "Start again from the terms as they are now" in text
    order.refresh_from_db()
    assert order.quantity == 250


def test_an_amendment_that_risk_refuses_says_why_and_leaves_a_trace(world: World) -> None:
    order = world.place()

    answer = sign_in(world.trader).post(_url(order, "amend/"), _terms(limit_price="140"))

    assert answer.status_code == 422
    assert "RISK_PRICE_COLLAR" in visible_text(answer)
    assert Leaf.objects.filter(object_id=str(order.pk), action="AmendmentRefused").exists()


@pytest.mark.parametrize("quantity", ["NaN", "-5", "1e9", "ten", "0", "9" * 21])
def test_a_quantity_that_is_none_is_explained_at_its_field(world: World, quantity: str) -> None:
    order = world.place()

    answer = sign_in(world.trader).post(_url(order, "amend/"), _terms(quantity=quantity))

    assert answer.status_code == 400
    assert answer.context["form"].errors["quantity"]


def test_an_amendment_that_changes_nothing_is_refused(world: World) -> None:
    answer = sign_in(world.trader).post(_url(world.place(), "amend/"), _terms(quantity="100.0"))

    assert answer.status_code == 400
    assert "give quantity, limit_price, stop_price, trail_price or trail_percent" in visible_text(answer)


def test_a_market_order_has_no_limit_price_to_amend(world: World) -> None:
    order = world.place(type="market", limit_price=None)

    assert "limit_price" not in sign_in(world.trader).get(_url(order, "amend/")).context["form"].fields


def test_acts_are_offered_where_the_role_and_the_state_allow_them(world: World) -> None:
    order = world.place()
    offered = {
        role: [
            each for each in addresses(sign_in(in_role(role, world.firm)).get(_url(order))) if each in ACTS
        ]
        for role in ("trader", "risk_officer", "compliance_officer", "operator")
    }
    assert offered == {
        "trader": ["amend/", "cancel/"],
        "risk_officer": ["cancel/"],
        "compliance_officer": [],
        "operator": [],
    }


def test_a_filled_order_offers_nothing_and_takes_nothing(world: World) -> None:
    order = world.place()
    fill(order, "100")
    client = sign_in(world.trader)

    assert not [each for each in addresses(client.get(_url(order))) if each in ACTS]
    assert "takes no cancel" in visible_text(client.get(_url(order, "cancel/"), follow=True))
    answer = client.post(_url(order, "cancel/"), {"reason": "too late"})
    assert answer.status_code == 409
    assert "STATE_ORDER_NOT_OPEN" in visible_text(answer)


@pytest.mark.parametrize("rest", ["amend/", "cancel/"])
def test_who_only_watches_may_not_act(world: World, rest: str) -> None:
    order = world.place()
    client = sign_in(world.auditor)

    assert client.get(_url(order, rest)).status_code == 403
    assert client.post(_url(order, rest), _terms(quantity="200")).status_code == 403
    order.refresh_from_db()
    assert order.version == 1


ACTS = ("amend/", "cancel/")


def test_a_stop_is_amended_and_shown_by_its_own_terms(world: World) -> None:
    order = world.place(
        type="stop", limit_price=None, stop_price="105", time_in_force="gtd", expires_on="2013-10-11"
    )
    client = sign_in(world.trader)
    assert set(client.get(_url(order, "amend/")).context["form"].fields) == {
        "quantity",
        "stop_price",
        "reason",
        "revision",
    }

    given = {"quantity": "100", "stop_price": "104", "reason": "lower", "revision": "1"}
    assert client.post(_url(order, "amend/"), given).status_code == 302

    page = visible_text(client.get(reverse("admin:orders_order_change", args=[order.pk])))
    assert "Stop price 104" in page
    assert "gtd to 2013-10-11" in page
