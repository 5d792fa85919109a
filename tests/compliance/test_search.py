"""The log is searched by person, object, time, action and piece of work; who sees a part finds no trace of the rest."""

import re
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from compliance.handlers import record_leaf
from compliance.models import Leaf, SearchEntry
from compliance.search import AskedLeaves, Place, newest_leaves, oldest_leaves, searched_through
from compliance.services.index_leaves import index_batch
from compliance.services.sign_checkpoint import sign_checkpoint
from execution.events import ParametersChanged, RunPaused
from orders.commands import AmendOrder, CancelOrder
from orders.kernel.context import Actor, correlated
from orders.kernel.ids import new_id
from orders.kernel.rows import insert_values
from orders.models import Order, User
from orders.permissions import VIEW_AUDIT, VIEW_ORDERS
from orders.services import amend, cancel
from tests.compliance.log import MOMENT, forge, indexed, record
from tests.tokens import EVERYTHING
from tests.world import World, person

URL = "/api/v1/audit/leaves"


def get(asker: Actor, /, **query: Any) -> Any:
    client = APIClient()
    client.force_authenticate(User.objects.get(pk=asker.user_id), EVERYTHING)
    return client.get(URL, query)


def found(asker: Actor, /, **asked: Any) -> list[int]:
    leaves = newest_leaves(asker, AskedLeaves(**asked), before=None, most=1_000)
    return [leaf.pk for leaf in leaves]


def written(**columns: Any) -> list[int]:
    """The same, looked for in the log itself."""
    rows = Leaf.objects.filter(**columns).order_by("-recorded_at", "-id")
    return list(rows.values_list("pk", flat=True))


@pytest.fixture
def order(world: World) -> Order:
    """An order that was placed and cancelled in one piece of work, another one beside it, and one of the other desk."""
    with correlated("morning-1"):
        placed = world.place(client_order_id="mine-1")
        cancel(actor=world.trader, order_id=placed.pk, command=CancelOrder(reason="changed my mind"))
    world.place()
    indexed()
    return placed


def test_each_criterion_finds_what_the_log_says(world: World, order: Order) -> None:
    leaf = Leaf.objects.get(object_id=str(order.pk), action="OrderCanceled")
    for column in ("object_type", "object_id", "action", "correlation_id"):
        value = getattr(leaf, column)
        assert found(world.auditor, **{column: value}) == written(**{column: value}) != []
    for name in ("trader", str(world.trader.user_id), world.trader.reference):
        assert found(world.auditor, actor=name) == written(actor=world.trader.reference) != []
    assert found(world.auditor, actor="process:setup") == written(actor="process:setup") != []
    assert found(world.auditor) == written()
    assert found(world.auditor, action="OrderPlaced", correlation_id="morning-1") == written(
        action="OrderPlaced", correlation_id="morning-1"
    )
    assert found(world.auditor, action="OrderplaceD") == []


def test_the_first_moment_counts_and_the_last_does_not(world: World, order: Order) -> None:
    moments = list(Leaf.objects.order_by("recorded_at").values_list("recorded_at", flat=True))
    first, last = moments[3], moments[-3]
    expected = written(recorded_at__gte=first, recorded_at__lt=last)
    assert found(world.auditor, recorded_from=first, recorded_to=last) == expected != []


def test_an_order_is_found_by_any_id_of_its_chain(world: World) -> None:
    order = world.place(client_order_id="first-id")
    amend(
        actor=world.trader,
        order_id=order.pk,
        expected_revision=order.terms_revision,
        command=AmendOrder(client_order_id="second-id", quantity="90"),
    )
    indexed()
    expected = written(object_id=str(order.pk))
    assert found(world.auditor, client_order_id="first-id") == expected != []
    assert found(world.auditor, client_order_id="second-id") == expected
    assert found(world.stranger, client_order_id="second-id") == []


def test_oldest_first_is_the_other_way_round(world: World, order: Order) -> None:
    asked = AskedLeaves(correlation_id="morning-1")
    oldest = [leaf.pk for leaf in oldest_leaves(world.auditor, asked, most=100)]
    assert oldest == found(world.auditor, correlation_id="morning-1")[::-1]
    assert len(oldest_leaves(world.auditor, asked, most=1)) == 1


def test_what_is_not_indexed_yet_waits_and_the_answer_says_through_when(world: World, order: Order) -> None:
    later = world.place()
    answer = get(world.auditor, object_id=str(later.pk)).json()
    assert answer["items"] == []
    last = SearchEntry.objects.order_by("-sequence")[0]
    assert answer["searched_through"] == last.recorded_at.isoformat().replace("+00:00", "Z")
    assert searched_through(world.auditor) == last
    assert get(world.trader).json()["searched_through"] is None

    indexed()
    items = get(world.auditor, object_id=str(later.pk)).json()["items"]
    assert {item["object_id"] for item in items} == {str(later.pk)}
    assert all(item["sequence"] is not None and item["leaf_hash"] for item in items)


def test_others_find_the_leaves_of_orders_whose_accounts_they_audit(world: World, order: Order) -> None:
    mine = Leaf.objects.filter(object_type="order").order_by("-recorded_at", "-id")
    assert found(world.trader) == list(mine.values_list("pk", flat=True)) != []
    assert found(world.stranger) == []
    looker = person("looker", world.desk, (VIEW_ORDERS,))
    assert found(looker) == []
    of_account = person("of.account", world.account, (VIEW_AUDIT, VIEW_ORDERS))
    assert found(of_account) == found(world.trader)
    assert found(of_account, object_type="role") == []


def test_search_trail_and_proof_open_by_the_same_rights(world: World, order: Order) -> None:
    sign_checkpoint()
    sequence = SearchEntry.objects.get(object_id=str(order.pk), action="OrderPlaced").sequence
    opened = {}
    for name, rights in {
        "both": (VIEW_AUDIT, VIEW_ORDERS),
        "audit": (VIEW_AUDIT,),
        "orders": (VIEW_ORDERS,),
    }.items():
        client = APIClient()
        client.force_authenticate(User.objects.get(pk=person(name, world.desk, rights).user_id), EVERYTHING)
        answers = (
            client.get(f"/api/v1/orders/{order.pk}/audit"),
            client.get(f"/api/v1/audit/leaves/{sequence}/proof"),
        )
        found = client.get(URL, {"object_id": str(order.pk)}).json()["items"]
        opened[name] = ([answer.status_code for answer in answers], bool(found))
    assert opened == {"both": ([200, 200], True), "audit": ([404, 404], False), "orders": ([403, 403], False)}


def test_nothing_tells_a_hidden_order_from_an_absent_one(world: World, order: Order) -> None:
    hidden = get(world.stranger, object_id=str(order.pk))
    absent = get(world.stranger, object_id=str(new_id()))
    assert (hidden.status_code, hidden.content) == (absent.status_code, absent.content)
    by_name = get(world.stranger, client_order_id="mine-1")
    assert (by_name.status_code, by_name.content) == (absent.status_code, absent.content)


def test_a_leaf_that_is_no_order_s_belongs_to_no_account_whatever_it_says(world: World) -> None:
    account = f'{{"facts":{{"account_id":"{world.account.pk}"}}}}'
    for object_type, body in (
        ("role", account),
        ("order", account.replace("-", "x")),
        ("order", "<script>"),
        ("order", '{"facts":"\\u0000"}'),
        ("order", "[1]"),
        ("order", '{"facts":{"account_id":"\\ud800"}}'),
        ("order", '{"facts":{"account_id":' + "[" * 30_000 + "]" * 30_000 + "}}"),
        ("order", '{"door":"' + account.replace('"', '\\"') + '"}'),
        ("order", account.replace('{"account_id"', '{"after":{"account_id"') + "}"),
        ("run", account),
    ):
        forge(object_type=object_type, object_id="forged", body=body)
    indexed()
    entries = SearchEntry.objects.filter(object_id="forged").order_by("sequence")
    assert [entry.account_id for entry in entries] == [None] * 9 + [world.account.pk]


def test_the_account_stands_first_in_what_every_event_of_an_order_says(world: World, order: Order) -> None:
    said = {"actor": world.trader, "object_id": str(order.pk), "revision": 9, "market_time": MOMENT}
    run = {**said, "account_id": order.account_id, "reason": 'so "it" is'}
    record_leaf(RunPaused(**run))
    record_leaf(ParametersChanged(**run, parameters_revision=2, before={"a": "1"}, after={"a": "2"}))
    indexed()
    about = SearchEntry.objects.filter(object_id=str(order.pk), object_type__in=("order", "run"))
    assert {entry.action for entry in about} >= {"OrderPlaced", "RunPaused", "ParametersChanged"}
    assert {entry.account_id for entry in about} == {order.account_id}


def test_rows_that_somebody_else_put_into_the_search_do_not_end_it(world: World) -> None:
    record("first")
    indexed()
    beyond = {"object_type": "x", "object_id": "x", "action": "x", "actor": "x", "correlation_id": "x"}
    next_leaf = Leaf.objects.latest("pk").pk + 1
    insert_values(SearchEntry, leaf_id=next_leaf, sequence=10**9, recorded_at=MOMENT, **beyond)
    record("second", "third")
    indexed()
    assert set(SearchEntry.objects.filter(object_type="refusal").values_list("object_id", flat=True)) == {
        "first",
        "third",
    }


def test_pages_follow_each_other_without_gap_or_repetition_where_moments_are_equal(world: World) -> None:
    moment = MOMENT
    for number in range(7):
        forge(
            object_type="thing",
            object_id="same",
            revision=number,
            action="Happened",
            recorded_at=moment + timedelta(seconds=number // 3),
            body="{}",
        )
    indexed()
    paged, query = [], {"object_id": "same", "limit": "2"}
    while True:
        page = get(world.auditor, **query).json()
        paged += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert paged == found(world.auditor, object_id="same")
    assert len(paged) == 7


@pytest.mark.parametrize(
    "text", ["", "x~1", "2024-03-08T14:30:00~1", "2024-03-08T14:30:00+00:00~", "~", f"~{'9' * 19}"]
)
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Place.parse(text)


@pytest.mark.parametrize(
    "query",
    [{"recorded_from": "yesterday"}, {"limit": "0"}, {"cursor": "?"}, {"unknown": "1"}, {"action": ""}],
)
def test_the_api_refuses_what_is_no_search(world: World, query: dict[str, str]) -> None:
    answer = get(world.auditor, **query)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_a_search_takes_the_same_queries_whatever_it_finds(
    world: World, order: Order, django_assert_max_num_queries: Any
) -> None:
    for query in ({}, {"actor": "trader"}, {"client_order_id": "mine-1", "limit": "1"}):
        with django_assert_max_num_queries(9):
            assert get(world.auditor, **query).json()["items"]


def test_the_index_goes_on_where_it_stood(committed_world: World) -> None:
    before = indexed()
    record("a", "b")
    assert indexed() == before + 2
    assert indexed() == before + 2
    assert list(SearchEntry.objects.order_by("sequence").values_list("sequence", flat=True)) == list(
        range(before + 2)
    )


GENERATE = """
    INSERT INTO compliance_leaf
        (object_type, object_id, revision, action, actor, correlation_id, recorded_at, body)
    SELECT CASE n %% 3 WHEN 0 THEN 'run' ELSE 'order' END, md5((n / 20)::text), n %% 20,
        'Action' || n %% 40, 'user:' || md5((n %% 200)::text), md5((n / 5)::text),
        timestamptz '2024-03-08 14:30Z' + n * interval '20 ms',
        '{"facts":{"account_id":"' || %s || '"}}'
    FROM generate_series(1, %s) AS n;
    INSERT INTO compliance_treeentry (sequence, leaf_id, leaf_hash)
    SELECT coalesce((SELECT max(sequence) FROM compliance_treeentry), -1)
        + row_number() OVER (ORDER BY id), id, '' FROM compliance_leaf AS leaf
    WHERE NOT EXISTS (SELECT FROM compliance_treeentry WHERE leaf_id = leaf.id)
"""
SEARCHES: list[dict[str, str]] = [
    {},
    {"actor": "user:3c59dc048e8850243be8079a5c74d079"},
    {"action": "Action7"},
    {"object_type": "run"},
    {"object_id": "c20ad4d76fe97759aa27a0c99bff6710"},
    {"correlation_id": "c20ad4d76fe97759aa27a0c99bff6710"},
    {"recorded_from": "2024-03-08T14:31:00Z", "recorded_to": "2024-03-08T14:32:00Z"},
    {"actor": "user:3c59dc048e8850243be8079a5c74d079", "recorded_to": "2024-03-08T14:33:00Z"},
    {"client_order_id": "mine-1"},
]


MOST_PAGES = 600
"""Of 8 KiB, that a page of 50 rows may read, whatever the number of leaves."""


@pytest.mark.parametrize("leaves", [20_000, pytest.param(1_000_000, marks=pytest.mark.long)])
def test_among_very_many_leaves_every_search_goes_by_an_index(
    committed_database: Any, committed_world: World, leaves: int
) -> None:
    committed_world.place(client_order_id="mine-1")
    with connection.cursor() as cursor:
        cursor.execute(GENERATE, [str(committed_world.account.pk), leaves])
    began = time.monotonic()
    while index_batch():
        pass
    assert SearchEntry.objects.count() > leaves
    print(f"{leaves} leaves indexed in {time.monotonic() - began:.1f} s, {_bytes_per_row()} bytes for each")
    with committed_database.as_superuser() as superuser:
        superuser.execute("ANALYZE")
    middle = Place(MOMENT + timedelta(milliseconds=10 * leaves), leaves // 2)
    for asker in (committed_world.auditor, committed_world.trader, committed_world.stranger):
        for query in SEARCHES:
            for before in (None, middle):
                _goes_by_an_index(asker, AskedLeaves.model_validate(query), before)


def _bytes_per_row() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_total_relation_size('compliance_searchentry') / count(*) FROM compliance_searchentry"
        )
        return int(cursor.fetchone()[0])


def _goes_by_an_index(asker: Actor, asked: AskedLeaves, before: Place | None) -> None:
    with CaptureQueriesContext(connection) as queries:
        newest_leaves(asker, asked, before=before, most=51)
    searches = [each["sql"] for each in queries if "compliance_searchentry" in each["sql"]]
    if not searches:
        return  # nothing can be found, and nothing is asked: no order of this id that the asker may audit
    (search,) = searches
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {search}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert not re.search("Seq Scan on compliance_", plan), plan
    pages = re.search(r"Buffers: shared( hit=(\d+))?( read=(\d+))?", plan)
    assert pages is not None
    assert int(pages[2] or 0) + int(pages[4] or 0) < MOST_PAGES, plan
    taken = re.search(r"Execution Time: (.*)", plan)
    print(asker.name, asked.model_dump(exclude_none=True), before is not None, pages[0], taken and taken[1])
