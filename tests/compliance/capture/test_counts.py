"""Verification counts the changes of every row: one that is missing or told twice is found, in the tree or before."""

from itertools import count

import pytest
from django.db import DatabaseError, connection

from compliance.capture.attach import attach_all
from compliance.capture.declared import ByRow
from compliance.capture.registry import REGISTRY
from compliance.models import Leaf, LogWatchStanding, TreeEntry
from compliance.services.verify import miscounted, miscounted_among, verify
from compliance.services.watch import LogWatch
from compliance.verification import revision_fault
from orders.commands import CancelOrder
from orders.models import User
from orders.services import cancel
from tests.compliance.log import integrate
from tests.compliance.months import as_owner
from tests.conftest import CommittedDatabase
from tests.tokens import token_for
from tests.world import World

_OF_ORDER = "kind = 'row' AND object_type = 'orders_order' AND object_id = %s"


@pytest.fixture
def order_id(committed_world: World) -> str:
    """An order that was placed and cancelled: its row changed three times, and no leaf has its place yet."""
    order = committed_world.place()
    cancel(actor=committed_world.trader, order_id=order.pk, command=CancelOrder(reason="changed my mind"))
    return str(order.pk)


def test_a_log_in_which_every_change_is_told_once_is_whole(order_id: str) -> None:
    assert verify().broken is None
    integrate()
    assert verify().broken is None


def test_a_leaf_that_was_removed_before_it_had_its_place_is_missed(
    committed_database: CommittedDatabase, order_id: str
) -> None:
    with committed_database.as_superuser() as superuser:
        superuser.execute("ALTER TABLE compliance_leaf DISABLE TRIGGER append_only_rows")
        superuser.execute(f"DELETE FROM compliance_leaf WHERE {_OF_ORDER} AND revision = 2", [order_id])
        superuser.execute("ALTER TABLE compliance_leaf ENABLE ALWAYS TRIGGER append_only_rows")
    integrate()
    found = verify().broken
    assert found is not None
    assert found.object_name == f"orders_order {order_id}"
    assert found.what == "the update counts as change 3 of the row, but change 2 left no leaf"


def test_the_continuous_verification_misses_it_as_soon_as_the_next_change_has_its_place(
    committed_database: CommittedDatabase, order_id: str
) -> None:
    integrate()
    seconds = count()
    watch = LogWatch(lambda: float(next(seconds)))
    while not LogWatchStanding.objects.exclude(whole_at=None).exists():
        assert watch.turn() is None
    committed = "UPDATE orders_order SET version = version WHERE id = %s"
    with committed_database.as_superuser() as superuser:
        superuser.execute(committed, [order_id])
        superuser.execute("ALTER TABLE compliance_leaf DISABLE TRIGGER append_only_rows")
        superuser.execute(f"DELETE FROM compliance_leaf WHERE {_OF_ORDER} AND revision = 4", [order_id])
        superuser.execute("ALTER TABLE compliance_leaf ENABLE ALWAYS TRIGGER append_only_rows")
        superuser.execute(committed, [order_id])
    integrate()
    found = watch.turn()
    assert found is not None
    assert found.what == "the update counts as change 5 of the row, but change 4 left no leaf"


def test_a_leaf_that_somebody_wrote_once_more_is_found(
    committed_database: CommittedDatabase, order_id: str
) -> None:
    columns = "transaction_id, object_type, object_id, revision, action, actor, correlation_id, recorded_at, body, kind"
    with committed_database.as_superuser() as superuser:
        superuser.execute(
            f"INSERT INTO compliance_leaf ({columns}) SELECT {columns} FROM compliance_leaf"
            f" WHERE {_OF_ORDER} AND revision = 1",
            [order_id],
        )
    integrate()
    found = verify().broken
    assert found is not None
    assert found.what.startswith("the insert counts as change 1 of the row, which was at ")


def test_a_key_that_is_used_again_after_a_deletion_counts_anew(committed_database: CommittedDatabase) -> None:
    session = "INSERT INTO django_session (session_key, session_data, expire_date) VALUES ('k', 'x', now())"
    with committed_database.as_application() as application:
        for statement in (session, "DELETE FROM django_session", session):
            application.execute(statement)
    assert verify().broken is None


_VENUE = "INSERT INTO execution_venue (code, name, calendar, recorded_at) VALUES ('ZZ', 'n', 'XNYS', now())"


def test_a_key_that_is_used_again_in_a_table_that_was_emptied_counts_anew(
    committed_database: CommittedDatabase,
) -> None:
    with as_owner(committed_database) as owner:
        owner.execute(_VENUE)
        owner.execute("UPDATE execution_venue SET name = 'm' WHERE code = 'ZZ'")
        integrate()
        start = TreeEntry.objects.count()
        owner.execute("TRUNCATE execution_venue CASCADE")
        owner.execute(_VENUE)
        integrate()
        assert verify().broken is miscounted_among(start, TreeEntry.objects.count()) is None
        owner.execute("UPDATE execution_venue SET name = 'm' WHERE code = 'ZZ'")
        owner.execute("UPDATE execution_venue SET name = 'k' WHERE code = 'ZZ'")
    lost = "DELETE FROM compliance_leaf WHERE object_id = 'ZZ' AND id > {} AND revision <= 2"
    emptied = Leaf.objects.filter(object_type="execution_venue", action="truncate").latest("pk").pk
    with committed_database.as_superuser() as superuser:
        superuser.execute("ALTER TABLE compliance_leaf DISABLE TRIGGER USER")
        assert superuser.execute(lost.format(emptied)).rowcount == 2
    found = miscounted()
    assert found is not None
    assert found.what == "the update counts as change 3 of the row, but changes 1 to 2 left no leaf"


def test_what_a_leaf_names_a_row_by_stays_even_where_it_is_not_the_key(committed_world: World) -> None:
    person = User.objects.get(pk=committed_world.trader.user_id)
    token_for(person)
    with pytest.raises(DatabaseError, match="the key of a row never changes"), connection.cursor() as cursor:
        cursor.execute("UPDATE compliance_apitoken SET id = gen_random_uuid()")


def test_a_table_that_is_declared_later_names_its_rows_as_before(
    committed_database: CommittedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    with as_owner(committed_database) as owner:
        owner.execute("CREATE TABLE made_later (code text PRIMARY KEY, worth int)")
        assert attach_all(owner.cursor(), owner.transaction) == ["made_later"]
        owner.execute("INSERT INTO made_later VALUES ('a', 1)")
        monkeypatch.setitem(REGISTRY, "made_later", ByRow("code worth"))
        assert attach_all(owner.cursor(), owner.transaction) == ["made_later"]
        assert attach_all(owner.cursor(), owner.transaction) == []
        owner.execute("UPDATE made_later SET worth = 2")
    leaves = Leaf.objects.filter(object_type="made_later").order_by("pk")
    assert leaves[0].object_id == leaves[1].object_id != "a"
    assert '"after":{"worth":2}' in leaves[1].body
    assert miscounted() is None


def test_several_changes_that_are_missing_are_told_as_several() -> None:
    assert (
        revision_fault("update", 5, 1)
        == "the update counts as change 5 of the row, but changes 2 to 4 left no leaf"
    )
