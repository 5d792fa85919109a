"""What was the state at a moment: the log alone says the same of a row as the row itself did then."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from compliance.capture.declared import ByRow
from compliance.capture.registry import REGISTRY
from compliance.columns_at import RowChange, Standing, row_at
from compliance.errors import LeafArchived
from compliance.models import Leaf
from compliance.services.archives import archive_month
from compliance.services.sign_checkpoint import sign_checkpoint
from compliance.states import TABLES, state_for, state_on_machine
from orders import services
from orders.commands import CancelOrder
from orders.kernel.context import Actor, process_actor
from orders.kernel.ids import new_id
from orders.models import Lot, Position, User
from tests.compliance.log import indexed
from tests.compliance.months import open_next_month
from tests.compliance.test_account_months import acts_on
from tests.conftest import CommittedDatabase
from tests.orders.fills import fill
from tests.sign_in import addresses, sign_in, visible_text
from tests.tokens import EVERYTHING
from tests.world import World

URL = "/api/v1/audit/states"
names = st.sampled_from("abc")
rows = st.dictionaries(names, st.integers(0, 2), min_size=3)


class Life(NamedTuple):
    """The changes of a row, oldest first, and the row before the first and after each; None where it is not there."""

    changes: list[RowChange]
    rows: list[dict[str, int | None] | None]


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """A row that may be older than the log, is changed and may be removed and made again."""
    standing: dict[str, int | None] | None = draw(st.none() | rows)
    changes, states, revision = [], [standing], 0
    for _ in range(draw(st.integers(0, 8))):
        if standing is None:
            after, revision = draw(rows), 1
            change = RowChange(None, "insert", 1, {}, after)
        else:
            revision += 1
            after = draw(st.none() | st.dictionaries(names, st.none() | st.integers(0, 2), min_size=1))
            if after is None:
                said = {name: value for name, value in standing.items() if value is not None}
                change = RowChange(None, "delete", revision, said, {})
            else:
                before = {name: standing[name] for name in after}
                change = RowChange(None, "update", revision, before, after)
                after = {**standing, **after}
        standing = after
        changes.append(change)
        states.append(standing)
    return Life(changes, states)


@given(lives())
def test_what_is_told_of_a_row_at_any_moment_is_what_it_was_and_only_what_nothing_changed_is_not(
    life: Life,
) -> None:
    for place, row in enumerate(life.rows):
        earlier, later = life.changes[:place][::-1], life.changes[place:]
        found = row_at(earlier, later)
        told = {column.name: column.value for column in found.columns}
        if row is None:
            assert not told
            expected = Standing.REMOVED if earlier else Standing.NOT_YET
            assert found.standing == expected or not life.changes
            continue
        assert found.standing == Standing.THERE
        assert told.items() <= row.items()
        if found.is_whole:
            assert told == {name: value for name, value in row.items() if value is not None or name in told}
        else:
            assert not any(change.action == "insert" for change in earlier)
            assert not any(change.action == "delete" for change in later)


@given(lives(), st.data())
def test_where_a_change_is_lost_or_told_by_digest_alone_nothing_beyond_it_is_believed(
    life: Life, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(life.rows) - 1))
    row = life.rows[place]
    digested = data.draw(st.sets(st.integers(0, 8), max_size=2))
    lost = data.draw(st.sets(st.integers(0, 8), max_size=2)) - {place - 1}
    changes = {
        number: replace(change, before={}, after={}, is_told=False) if number in digested else change
        for number, change in enumerate(life.changes)
        if number not in lost
    }
    earlier = [change for number, change in changes.items() if number < place][::-1]
    later = [change for number, change in changes.items() if number >= place]
    found = row_at(earlier, later)
    if row is not None and found.standing == Standing.THERE:
        assert {column.name: column.value for column in found.columns}.items() <= row.items()


ACTS = {
    "fill": lambda order, number: fill(order, "1", price=str(90 + number)),
    "price": lambda order, number: by_hand(
        "UPDATE orders_order SET limit_price = %s WHERE id = %s", number + 1, order.pk
    ),
    "detail": lambda order, number: by_hand(
        "UPDATE orders_order SET denial_detail = %s, current_client_order_id = %s WHERE id = %s",
        f"d{number}",
        f"c{number}",
        order.pk,
    ),
    "mark": lambda order, number: by_hand(
        "UPDATE orders_position SET mark = %s, last_trade_time = NULL WHERE account_id = %s",
        number + 1,
        order.account_id,
    ),
}
"""What is done to an order and its position: by a service, or by SQL."""


def by_hand(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def now_and_rows(ids: dict[str, str]) -> tuple[datetime, dict[str, dict[str, Any]]]:
    """The database's clock, and each row as it is."""
    found = {}
    with connection.cursor() as cursor:
        for table, row_id in ids.items():
            cursor.execute(f"SELECT to_jsonb(kept)::text FROM {table} AS kept WHERE id = %s", [row_id])
            found[table] = json.loads(cursor.fetchone()[0], parse_float=Decimal)
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0], found


def is_told(said: Any, kept: Any) -> bool:
    """Whether the log's spelling of a value is of this value of a row."""
    if isinstance(kept, Decimal) or (isinstance(kept, int) and isinstance(said, str)):
        return Decimal(said) == kept
    if isinstance(kept, str) and isinstance(said, str) and said.endswith("Z"):
        return datetime.fromisoformat(said) == datetime.fromisoformat(kept)
    return bool(said == kept)


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(ACTS)), st.integers(0, 9)), min_size=1, max_size=6))
def test_of_every_moment_the_log_alone_says_what_the_rows_were(
    world: World, acts: list[tuple[str, int]]
) -> None:
    """Of an order, its position and its account's exposure: what is in clear, and of the rest its digest."""
    order = world.place()
    fill(order, "1")
    position = Position.objects.get(account=order.account, instrument=order.instrument)
    ids = {"orders_order": order.pk, "orders_position": position.pk, "orders_exposure": order.account_id}
    moments = [now_and_rows(ids)]
    for act, number in acts:
        ACTS[act](order, number)
        moments.append(now_and_rows(ids))
    indexed()
    committed: dict[Any, Any] = {}
    for at, rows_then in moments:
        for table, row_then in rows_then.items():
            state = state_for(world.auditor, table, str(ids[table]), at)
            assert (state.row.standing, state.row.is_whole, state.missing) == (Standing.THERE, True, "")
            assert state.row.last is not None
            assert state.row.last.revision == row_then["audit_revision"]
            told = {column.name: column.value for column in state.row.columns}
            declared = REGISTRY[table]
            assert isinstance(declared, ByRow)
            for name in declared.shown.split():
                assert is_told(told.get(name), row_then[name]), (table, name, told.get(name), row_then[name])
            for name in declared.committed.split():
                assert (told[name] == "") is (row_then[name] == "")
                key = (table, ids[table], name, row_then[name])
                assert committed.setdefault(key, told[name]) == told[name]


def test_each_column_names_who_changed_it_last_and_when(world: World) -> None:
    order = world.place()
    placed_at, _rows = now_and_rows({})
    services.cancel(actor=world.trader, order_id=order.pk, command=CancelOrder(reason="changed my mind"))
    canceled_at, _rows = now_and_rows({})
    indexed()
    then = {
        each.name: each for each in state_for(world.auditor, "order", str(order.pk), placed_at).row.columns
    }
    now = {
        each.name: each for each in state_for(world.auditor, "order", str(order.pk), canceled_at).row.columns
    }
    assert (then["status"].value, now["status"].value) == ("new", "canceled")
    assert now["quantity"].change.leaf == then["quantity"].change.leaf
    changes = Leaf.objects.filter(object_type="orders_order", object_id=str(order.pk)).order_by("pk")
    assert then["status"].change.leaf.recorded_at < now["status"].change.leaf.recorded_at
    assert now["version"].change.leaf == changes.last()
    before = state_on_machine("order", str(order.pk), changes[0].recorded_at - timedelta(microseconds=1))
    assert (before.row.standing, before.row.columns, before.missing) == (Standing.NOT_YET, (), "")
    at_once = state_on_machine("order", str(order.pk), changes[0].recorded_at)
    assert at_once.row.last is not None and at_once.row.last.revision == 1


def test_what_is_hidden_is_absent_and_what_no_leaf_tells_of_is_said_so(world: World) -> None:
    order = world.place()
    indexed()

    def get(actor: Actor, object_type: str, object_id: object) -> Any:
        client = APIClient()
        client.force_authenticate(User.objects.get(pk=actor.user_id), EVERYTHING)
        asked = {"object_type": object_type, "object_id": object_id, "at": "2199-01-01T00:00:00Z"}
        return client.get(URL, asked)

    assert get(world.auditor, "order", order.pk).json()["table"] == "orders_order"
    hidden, absent = get(world.trader, "order", order.pk), get(world.trader, "order", new_id())
    assert hidden.json().items() - absent.json().items() == {
        ("correlation_id", hidden.json()["correlation_id"])
    }
    assert (hidden.status_code, hidden.json()["code"]) == (404, "RESOURCE_STATE_NOT_FOUND")
    for table, told in (
        ("execution_bar", "told by statement alone: market data"),
        ("compliance_leaf", "told by no leaf: the log itself"),
        ("thing", "there is no table thing"),
    ):
        answer = get(world.auditor, table, "1")
        assert answer.status_code == 400
        assert told in answer.json()["detail"]


def test_objects_of_events_are_rows_of_the_tables_that_are_named_for_them(world: World) -> None:
    """Each has a table with rows that are told of, and its events name those by their ids."""
    for act in acts_on(world).values():
        act()
    for event, table in TABLES.items():
        assert isinstance(REGISTRY[table], ByRow)
        ids = Leaf.events.filter(object_type=event).values_list("object_id", flat=True)
        assert set(ids) <= set(Leaf.objects.filter(object_type=table).values_list("object_id", flat=True))


def test_of_archived_months_it_says_what_later_changes_still_tell(
    committed_world: World, committed_database: CommittedDatabase, tmp_path: Path
) -> None:
    """So of a row that is gone with all of its table, though the leaves that told of it are archived."""
    order = committed_world.place()
    fill(order, "1")
    lot = str(Lot.objects.get().pk)
    in_first, _rows = now_and_rows({})
    first, _second = open_next_month(committed_database)
    between, rows_then = now_and_rows({"orders_order": str(order.pk)})
    services.cancel(actor=committed_world.trader, order_id=order.pk, command=CancelOrder(reason="x"))
    with committed_database.as_superuser() as superuser:
        superuser.execute("TRUNCATE orders_lot")
    indexed()
    sign_checkpoint()
    archive_month(actor=process_actor("archivist"), month=first, folder=tmp_path)
    state = state_on_machine("order", str(order.pk), between)
    assert (state.row.standing, state.row.last) == (Standing.THERE, None)
    assert state.missing == f"columns of which the archive of {first:%Y-%m} tells, or one before it"
    told = {each.name: each.value for each in state.row.columns}
    assert told["status"] == rows_then["orders_order"]["status"] == "partially_filled"
    assert "account_id" not in told
    assert all(each.is_before for each in state.row.columns)
    assert state_on_machine("orders_lot", lot, between).row.standing == Standing.THERE
    assert state_on_machine("orders_lot", lot, between + timedelta(days=1)).row.standing == Standing.REMOVED
    with pytest.raises(LeafArchived, match=f"after that moment are in the archive of {first:%Y-%m}"):
        state_on_machine("order", str(order.pk), in_first - timedelta(days=1))


def test_the_command_prints_the_state_and_what_is_not_known(world: World) -> None:
    order = world.place()
    indexed()
    said = StringIO()
    call_command("audit", "state", "order", str(order.pk), "--at", "2199-01-01T00:00:00Z", stdout=said)
    head, *columns = said.getvalue().splitlines()
    assert head == f"audit: orders_order {order.pk} at 2199-01-01T00:00:00Z: there"
    assert any(
        line.startswith('status = "new"  (by leaf ') and world.trader.reference in line for line in columns
    )
    with pytest.raises(CommandError, match="must be a moment with its offset"):
        call_command("audit", "state", "order", str(order.pk), "--at", "yesterday")
    with pytest.raises(CommandError, match="no such object"):
        call_command("audit", "state", "order", str(new_id()), "--at", "2199-01-01T00:00:00Z")


def test_the_timeline_shows_an_object_as_it_was(world: World) -> None:
    order = world.place()
    at, _rows = now_and_rows({})
    services.cancel(actor=world.trader, order_id=order.pk, command=CancelOrder(reason="changed my mind"))
    indexed()
    client, page = sign_in(world.auditor), reverse("admin:compliance_leaf_timeline")
    asked = {"object_type": "orders_order", "object_id": str(order.pk)}
    plain = client.get(page, asked)
    assert "As at (UTC)" in visible_text(plain)
    thens = [address for address in addresses(plain) if "&at=" in address.replace("&amp;", "&")]
    assert len(thens) == len(plain.context["steps"])
    assert "status new trader" in visible_text(client.get(page + thens[0].replace("&amp;", "&")))

    shown = visible_text(client.get(page, {**asked, "object_type": "order", "at": at.isoformat()}))
    assert "status new trader" in shown
    assert "Columns that are not shown were empty" in shown
    assert "was not there yet" in visible_text(client.get(page, {**asked, "at": "2013-10-04T16:00:00Z"}))
    assert "Give a moment with its offset" in visible_text(client.get(page, {**asked, "at": "noon"}))
    of_work = client.get(page, {"correlation_id": "evening-1"})
    assert "As at" not in visible_text(of_work)
