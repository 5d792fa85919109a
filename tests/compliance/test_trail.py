"""Who reads which part of the log: an order's own trail, and the whole."""

import json
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from compliance.merkle import leaf_hash
from compliance.models import Leaf, TreeEntry
from compliance.panels import TRAIL
from compliance.selectors import LogFilter, leaf_hash_text, log_for, may_read_log, trail_of
from orders.commands import CancelOrder
from orders.errors import OrderNotFound
from orders.hooks import hooks
from orders.kernel.context import process_actor
from orders.kernel.errors import NotPermitted
from orders.kernel.ids import new_id
from orders.models import User
from orders.permissions import VIEW_AUDIT, VIEW_ORDERS
from orders.selectors import order_for
from orders.services import cancel
from tests.compliance.log import forge, integrate
from tests.tokens import EVERYTHING
from tests.world import person


def client_of(actor) -> APIClient:
    client = APIClient()
    client.force_authenticate(User.objects.get(pk=actor.user_id), EVERYTHING)
    return client


def audit_of(actor, order, **query):
    return client_of(actor).get(f"/api/v1/orders/{order.pk}/audit", query)


@pytest.fixture
def order(world):
    """An order that was placed and cancelled, beside another one."""
    placed = world.place()
    world.place()
    cancel(actor=world.trader, order_id=placed.pk, command=CancelOrder(reason="changed my mind"))
    return placed


def test_a_trail_is_the_leaves_of_one_order_in_order(world, order):
    trail = list(trail_of(world.trader, order))
    assert trail[0].action == "OrderPlaced"
    assert "OrderCanceled" in [leaf.action for leaf in trail]
    assert {leaf.object_id for leaf in trail} == {str(order.pk)}
    assert [leaf.revision for leaf in trail] == list(range(1, len(trail) + 1))


def test_a_leaf_has_its_place_once_it_is_integrated(world, order):
    assert {(leaf.sequence, leaf_hash_text(leaf)) for leaf in trail_of(world.trader, order)} == {(None, None)}
    integrate()
    for leaf in trail_of(world.trader, order):
        assert leaf.sequence == TreeEntry.objects.get(leaf_id=leaf.pk).sequence
        assert leaf_hash_text(leaf) == leaf_hash(leaf.body.encode()).hex()


def test_a_trail_takes_the_right_to_audit_the_account(world, order):
    looker = person("looker", world.desk, (VIEW_ORDERS,))
    with pytest.raises(NotPermitted):
        trail_of(looker, order_for(looker, order.pk))


def test_the_api_gives_a_trail_that_a_client_can_hash_again(world, order):
    integrate()
    answer = audit_of(world.auditor, order)
    assert answer.status_code == 200
    items = answer.json()["items"]
    assert [item["id"] for item in items] == [leaf.pk for leaf in trail_of(world.auditor, order)]
    for item in items:
        assert item["leaf_hash"] == leaf_hash(item["body"].encode()).hex()
        assert json.loads(item["body"])["object"] == {
            "id": str(order.pk),
            "revision": item["revision"],
            "type": "order",
        }
        assert json.loads(item["body"])["action"] == item["action"]


def test_the_api_says_null_until_a_leaf_is_integrated(world, order):
    for item in audit_of(world.trader, order).json()["items"]:
        assert (item["sequence"], item["leaf_hash"]) == (None, None)


def test_the_api_pages_through_a_trail_without_gap_or_repetition(world, order):
    whole = [item["id"] for item in audit_of(world.trader, order).json()["items"]]
    found, query = [], {"limit": "1"}
    while True:
        page = audit_of(world.trader, order, **query).json()
        found += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert found == whole
    assert len(whole) >= 2


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "x"}, {"cursor": "?"}, {"unknown": "1"}])
def test_the_api_refuses_a_query_that_it_does_not_know(world, order, query):
    answer = audit_of(world.trader, order, **query)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_the_api_gives_each_change_of_an_orders_row_before_and_after(world, order):
    integrate()
    answer = client_of(world.auditor).get(f"/api/v1/orders/{order.pk}/changes")
    assert answer.status_code == 200
    items = answer.json()["items"]
    assert [item["revision"] for item in items] == list(range(1, len(items) + 1))
    assert items[0]["action"] == "insert"
    assert items[0]["after"]["client_order_id"] == order.client_order_id
    assert items[-1]["after"]["status"] == "canceled"
    assert items[-1]["before"]["status"] == items[-2]["after"]["status"]
    for item in items:
        assert item["leaf_hash"] == leaf_hash(item["body"].encode()).hex()
        assert item["role"] == "qtweb_app"


def test_the_changes_of_an_order_take_the_right_to_audit_the_account(world, order):
    looker = person("looker", world.desk, (VIEW_ORDERS,))
    assert client_of(looker).get(f"/api/v1/orders/{order.pk}/changes").status_code == 403


def test_a_trail_of_another_desk_is_as_absent_as_one_of_no_order(world, order):
    hidden = audit_of(world.stranger, order)
    absent = client_of(world.stranger).get(f"/api/v1/orders/{new_id()}/audit")
    assert hidden.status_code == absent.status_code == 404
    assert hidden.json()["code"] == absent.json()["code"] == OrderNotFound.code
    assert hidden.json()["detail"] == absent.json()["detail"]


def test_a_visible_order_whose_trail_is_not_for_the_asker_is_403(world, order):
    looker = person("looker", world.desk, (VIEW_ORDERS,))
    answer = audit_of(looker, order)
    assert (answer.status_code, answer.json()["code"]) == (403, "AUTH_NOT_PERMITTED")


def test_the_panel_shows_people_by_login_name_and_hashes_once_there_are_any(world, order):
    before = TRAIL.render(world.trader, order)
    assert "OrderPlaced" in before
    assert "waiting" in before
    assert ">trader<" in before
    integrate()
    after = TRAIL.render(world.trader, order)
    assert "waiting" not in after
    first = trail_of(world.trader, order).first()
    assert leaf_hash_text(first)[:16] in after


def test_the_panel_escapes_what_a_leaf_says(world, order):
    forge(
        object_type="order",
        object_id=str(order.pk),
        revision=9,
        action="<b>forged</b>",
        actor="process:<b>forger</b>",
        body="<script>alert(1)</script>",
    )
    shown = TRAIL.render(world.trader, order)
    assert "forger" in shown
    assert "<script>" not in shown
    assert "<b>" not in shown


def test_the_panel_is_among_those_of_an_order_and_needs_the_right_to_audit():
    assert TRAIL in hooks.order_panels
    assert TRAIL.permission == VIEW_AUDIT


def test_the_whole_log_opens_to_who_may_audit_every_account(world, order):
    assert may_read_log(world.auditor)
    assert log_for(world.auditor).count() == Leaf.events.count()
    for actor in (world.trader, world.head, world.nobody, process_actor("worker")):
        assert not may_read_log(actor)
        with pytest.raises(NotPermitted):
            log_for(actor)


def test_without_any_account_nobody_reads_the_log(db):
    assert not may_read_log(process_actor("worker"))


def test_the_log_is_read_newest_first_by_object_action_and_actor(world, order):
    newest = log_for(world.auditor)
    assert [leaf.pk for leaf in newest] == sorted((leaf.pk for leaf in newest), reverse=True)
    about = log_for(world.auditor, LogFilter(object_id=str(order.pk)))
    assert {leaf.object_id for leaf in about} == {str(order.pk)}
    placed = log_for(world.auditor, LogFilter(action="OrderPlaced", actor=world.trader.reference))
    assert {leaf.action for leaf in placed} == {"OrderPlaced"}
    assert len(placed) == 2
    assert not log_for(world.auditor, LogFilter(actor=f"user:{UUID(int=0)}")).exists()


def test_a_page_of_the_log_is_one_query_beside_the_check_of_the_right(
    world, order, django_assert_num_queries
):
    with django_assert_num_queries(3):
        assert len(log_for(world.auditor)[:50]) > 10
