"""Months are archived and put back: guarded at every step, verified all along, and nothing vanishes without a word."""

import time
from contextlib import ExitStack
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DataError, OperationalError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.errors import DatabaseError
from rest_framework.test import APIClient

from compliance import verify as alone
from compliance.commands import OperateSubscription
from compliance.disclosure import bundle_leaves, leaf_body_for, proof_for
from compliance.errors import AuditTreeBroken, LeafArchived, LeafTooLarge, MonthNotFound, MonthNotReady
from compliance.models import EventDelivery, EventSubscription, Leaf, SearchEntry, TreeEntry
from compliance.month_reads import archived_through, months_away
from compliance.search import AskedLeaves, newest_leaves
from compliance.services import archive_files, archives, repeat_deliveries
from compliance.services import verify as verify_module
from compliance.services.archive_files import archived_month
from compliance.services.archives import archive_month, attach_month
from compliance.services.hand_over import export_log
from compliance.services.sign_checkpoint import sign_checkpoint
from compliance.services.verify import miscounted, verify
from compliance.services.verify_months import month_fault
from compliance.services.watch import LogWatch
from compliance.signing_keys import keyring
from compliance.transparency.archives import InvalidArchive
from compliance.verification import Break
from orders.kernel.clock import recorded_now
from orders.kernel.context import process_actor
from orders.kernel.postgresql import patience
from orders.models import Account, User
from tests.compliance.log import forge, indexed, insert, record, tamper
from tests.compliance.months import as_owner, open_next_month, part
from tests.compliance.test_months import require_guarded
from tests.conftest import CommittedDatabase
from tests.tokens import EVERYTHING
from tests.world import World

ARCHIVIST = process_actor("archivist")


def settled() -> None:
    indexed()
    sign_checkpoint()


@pytest.fixture
def two_months(committed_database: CommittedDatabase) -> tuple[CommittedDatabase, Any, Any]:
    """A committed log: five leaves in a month that is over, two in the next one, all of it signed."""
    record(*"abcde")
    ended, begun = open_next_month(committed_database)
    record("f", "g")
    settled()
    return committed_database, ended, begun


def test_an_archived_month_is_out_of_the_table_and_guarded_and_comes_back_as_it_was(two_months, tmp_path):
    database, ended, begun = two_months
    before = list(Leaf.objects.filter(pk__lte=5).order_by("pk").values_list())
    require_guarded(database, part(ended))

    file = archive_month(actor=ARCHIVIST, month=ended, folder=tmp_path)
    assert sorted(each.name for each in tmp_path.iterdir()) == [file.name] == [f"audit-{ended:%Y-%m}.archive"]
    assert not Leaf.objects.filter(pk__lte=5).exists()
    assert archived_through() == ended
    require_guarded(database, part(ended), part(begun))
    assert alone.main(["archive", str(file), "--key", keyring().verifiers[0].vkey]) == 0

    attach_month(actor=ARCHIVIST, month=ended)
    require_guarded(database, part(ended), part(begun))
    assert list(Leaf.objects.filter(pk__lte=5).order_by("pk").values_list()) == before
    assert archived_through() is None
    told = Leaf.events.filter(object_type="log_month", object_id=f"{ended:%Y-%m}").order_by("pk")
    assert list(told.values_list("action", "revision", "actor")) == [
        ("LeafMonthArchived", 1, "process:archivist"),
        ("LeafMonthAttached", 2, "process:archivist"),
    ]
    rows = Leaf.objects.filter(object_type="compliance_monthstanding").order_by("pk")
    assert list(rows.values_list("actor", flat=True)) == ["process:archivist"] * 2
    settled()
    assert (verify().broken, verify().archived) == (None, ())
    with pytest.raises(MonthNotReady, match="is there already: move it, or name another folder"):
        archive_month(actor=ARCHIVIST, month=ended, folder=tmp_path)
    kept = file.rename(tmp_path / "kept").read_bytes()
    assert archive_month(actor=ARCHIVIST, month=ended, folder=tmp_path) == file
    assert (tmp_path / "kept").read_bytes() == kept


def test_the_file_of_an_archived_month_stays_when_the_answer_to_its_commit_is_lost(
    two_months, tmp_path, monkeypatch
):
    _database, ended, _begun = two_months
    record_archived = archives._record_archived

    def lose_the_answer(**given: Any) -> None:
        record_archived(**given)
        raise OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as patch:
        patch.setattr(archives, "_record_archived", lose_the_answer)
        with pytest.raises(OperationalError, match="server closed"):
            archive_month(actor=ARCHIVIST, month=ended, folder=tmp_path)
    settled()
    assert archived_through() == ended
    assert verify(archives=tmp_path).broken is None


def test_verification_says_what_it_knew_by_hash_alone_or_reads_the_archive(two_months, tmp_path):
    _database, ended, _begun = two_months
    archive_month(actor=ARCHIVIST, month=ended, folder=tmp_path)
    settled()
    said = StringIO()
    call_command("audit", "verify", stdout=said)
    whole, by_hash = said.getvalue().splitlines()
    assert whole.startswith(f"audit: verified {verify().leaves} leaves, root ")
    assert by_hash == (
        f"audit: BY THEIR HASH ALONE: 5 leaves among the entries 0 to 4, whose month {ended:%Y-%m} is archived"
    )
    said = StringIO()
    call_command("audit", "verify", "--archives", str(tmp_path), stdout=said)
    assert said.getvalue().splitlines()[1] == (
        f"audit: 5 leaves among the entries 0 to 4 were read in the archive of {ended:%Y-%m},"
        f" {tmp_path}/audit-{ended:%Y-%m}.archive"
    )
    watch = LogWatch()
    assert [watch.turn() for _ in range(3)] == [None] * 3


def test_no_writer_waits_long_for_an_archive_that_waits_for_a_reader(two_months, tmp_path, monkeypatch):
    """The archive gives up its place in the queue within half a second, and has its turn when the reader is gone."""
    database, ended, _begun = two_months
    waits_s: list[float] = []
    with ExitStack() as reading:
        reader = reading.enter_context(database.as_application())
        reading.enter_context(reader.transaction())
        reader.execute("SELECT count(*) FROM compliance_leaf WHERE id > 5")
        monkeypatch.setattr(
            patience.time, "sleep", lambda pause_s: (waits_s.append(pause_s), reading.close())
        )
        began_s = time.monotonic()
        archive_month(actor=ARCHIVIST, month=ended, folder=tmp_path)
    assert waits_s == [patience.PAUSES_S[0]]
    assert time.monotonic() - began_s < 10
    assert archived_through() == ended


def test_every_flipped_bit_of_an_archive_is_caught(two_months, tmp_path):
    _database, ended, _begun = two_months
    file = archive_month(actor=ARCHIVIST, month=ended, folder=tmp_path)
    whole, [month] = file.read_bytes(), months_away()
    assert archived_month(month, tmp_path)[1] is None

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.integers(0, len(whole) - 1), st.integers(0, 7))
    def check(at: int, bit: int) -> None:
        altered = bytearray(whole)
        altered[at] ^= 1 << bit
        file.write_bytes(altered)
        assert archived_month(month, tmp_path)[1] is not None

    check()
    said = StringIO()
    with pytest.raises(SystemExit):
        call_command("audit", "verify", "--archives", str(tmp_path), stdout=said)
    assert said.getvalue().startswith("audit: BROKEN at entry 0")
    file.unlink()
    assert "cannot be read" in verify(archives=tmp_path).broken.what


def test_a_valid_archive_of_another_month_or_log_is_not_this_ones(two_months, tmp_path):
    database, ended, begun = two_months
    archive_month(actor=ARCHIVIST, month=ended, folder=tmp_path)
    open_next_month(database)
    settled()
    later = archive_month(actor=ARCHIVIST, month=begun, folder=tmp_path)
    later.rename(tmp_path / f"audit-{ended:%Y-%m}.archive")
    assert "of another month" in verify(archives=tmp_path).broken.what


def test_hashes_and_leaves_beside_an_archived_month_are_still_held_to_the_root(two_months, tmp_path):
    database, ended, _begun = two_months
    archive_month(actor=ARCHIVIST, month=ended, folder=tmp_path)
    first = Leaf.objects.order_by("pk")[0].pk
    tamper(database, "compliance_leaf", f"DELETE FROM compliance_leaf WHERE id = {first}")
    assert str(verify().broken) == f"entry 5 (leaf {first}, object unknown): the leaf is missing"
    tamper(
        database,
        "compliance_treeentry",
        "UPDATE compliance_treeentry SET leaf_hash = sha256('x') WHERE sequence = 3",
    )
    assert verify().broken.sequence == 3


def test_no_leaf_goes_behind_an_archived_month_by_an_id_of_its_own(two_months, tmp_path):
    """An entry's id is in no hash: what names a leaf of an archived month stands among its entries, and is counted."""
    database, ended, _begun = two_months
    archive_month(actor=ARCHIVIST, month=ended, folder=tmp_path)
    settled()
    point = "UPDATE compliance_treeentry SET leaf_id = {} WHERE sequence = {}"
    first = Leaf.objects.order_by("pk")[0].pk
    tamper(database, "compliance_leaf", f"DELETE FROM compliance_leaf WHERE id = {first}")
    tamper(database, "compliance_treeentry", point.format(777, 5))
    assert str(verify(archives=tmp_path).broken) == "entry 5 (leaf 777, object unknown): the leaf is missing"

    tamper(database, "compliance_treeentry", point.format(first, 5), point.format(999, 1))
    named = f"of 5 leaves of the archived month {ended:%Y-%m} 4 have their entries"
    assert month_fault().what == named
    tamper(database, "compliance_treeentry", point.format(20_000_000_000, 1))
    assert month_fault().what == f"the archived month {ended:%Y-%m} had 5 leaves, and 4 entries name one"
    assert month_fault().sequence == 0


def test_the_continuous_verification_counts_the_entries_of_archived_months(two_months, tmp_path):
    database, ended, _begun = two_months
    archive_month(actor=ARCHIVIST, month=ended, folder=tmp_path)
    settled()
    tamper(
        database, "compliance_treeentry", "UPDATE compliance_treeentry SET leaf_id = 999 WHERE sequence = 1"
    )
    assert verify().broken.what == "a search does not find it as the leaf says"
    tamper(
        database,
        "compliance_searchentry",
        "UPDATE compliance_searchentry SET leaf_id = 999 WHERE sequence = 1",
    )
    found = LogWatch().turn()
    assert found is not None
    assert found == verify(archives=tmp_path).broken == month_fault()
    with database.as_superuser() as superuser:
        superuser.execute(f"DROP TABLE {part(ended)}")
    assert "are not in the database any more" in month_fault().what


def test_a_month_that_nobody_told_of_archiving_is_named(two_months, tmp_path):
    """The application's role may ask the database for it: then there is no event, and no file either."""
    database, ended, begun = two_months
    archive_month(actor=ARCHIVIST, month=ended, folder=tmp_path)
    settled()
    open_next_month(database)
    settled()
    archive_month(actor=ARCHIVIST, month=begun, folder=tmp_path)
    settled()
    assert verify().broken is None  # the event of the first is in the second, whose leaves are away as well
    with database.as_application() as application:
        application.execute("SELECT qtweb_attach_leaf_month(%s)", [begun])
    settled()
    found = verify().broken
    assert found is not None
    assert found.what == f"the month {begun:%Y-%m} was attached, and no LeafMonthAttached tells who did it"
    assert LogWatch().turn() == found


def test_a_month_that_goes_while_the_log_is_verified_is_no_break_and_is_told(
    committed_world: World, committed_database: CommittedDatabase, tmp_path: Path, monkeypatch
) -> None:
    """An account's first change is in the month that goes, and its second one stays."""
    ended, _begun = open_next_month(committed_database)
    Account.objects.filter(pk=committed_world.account.pk).update(code="MOVED")
    settled()
    read_months, first, kept = verify_module.months_away, TreeEntry.objects.count() - 1, []

    def read_and_archive() -> Any:
        away = read_months()
        if not kept:
            kept.append(tmp_path / f"audit-{ended:%Y-%m}.archive")
            archive_month(actor=ARCHIVIST, month=ended, folder=tmp_path)
        return away

    with monkeypatch.context() as patch:
        patch.setattr(verify_module, "months_away", read_and_archive)
        assert verify_module.miscounted_among(first, first + 1) is None
    attach_month(actor=ARCHIVIST, month=ended)
    kept[0].unlink()
    settled()

    def archive_now(_done: int, _total: int) -> None:
        archive_month(actor=ARCHIVIST, month=ended, folder=tmp_path)

    assert [month.month for month in verify(archive_now).archived] == [f"{ended:%Y-%m}"]


def test_the_name_of_an_archive_survives_the_machine_before_its_leaves_go(two_months, tmp_path, monkeypatch):
    _database, ended, _begun = two_months
    synced: list[tuple[str, bool]] = []

    def sync(folder: Path) -> None:
        [file] = folder.iterdir()
        synced.append((file.name, Leaf.objects.filter(pk=1).exists()))

    monkeypatch.setattr(archive_files, "sync", sync)
    file = archive_month(actor=ARCHIVIST, month=ended, folder=tmp_path)
    assert synced == [(file.name, True)]


def test_what_came_late_into_the_month_before_is_archived_with_it(committed_database, tmp_path, monkeypatch):
    monkeypatch.setattr(patience, "PAUSES_S", (0.01,))
    record("a")
    with committed_database.as_application() as slow, slow.transaction():
        insert(slow, "late")
        ended, _begun = open_next_month(committed_database)
        record("b")
        settled()
        with pytest.raises(MonthNotReady, match="somebody reads or writes"):
            archive_month(actor=ARCHIVIST, month=ended, folder=tmp_path)
        assert list(tmp_path.iterdir()) == []
    with pytest.raises(MonthNotReady, match="of which 1 are not sequenced"):
        archive_month(actor=ARCHIVIST, month=ended, folder=tmp_path)
    settled()
    archive_month(actor=ARCHIVIST, month=ended, folder=tmp_path)
    assert [(month.leaves, month.first_sequence, month.end_sequence) for month in months_away()] == [
        (2, 0, 3)
    ]
    assert verify(archives=tmp_path).broken is None


def test_months_go_when_they_are_over_signed_and_searched_the_oldest_first_and_come_back_the_newest_first(
    committed_database, tmp_path
):
    def refused(month: Any, why: str, act: Any = archive_month) -> None:
        with pytest.raises(MonthNotReady, match=why):
            act(actor=ARCHIVIST, month=month, **({"folder": tmp_path} if act is archive_month else {}))

    record("a")
    settled()
    first, second = open_next_month(committed_database)
    refused(second, "has no leaf in the tree")
    refused(first, "the month is attached", attach_month)
    record("b")
    settled()
    refused(second, "not over")
    with pytest.raises(MonthNotFound):
        attach_month(actor=ARCHIVIST, month=first.replace(year=2199))
    _second, third = open_next_month(committed_database)
    refused(second, "an earlier month")
    record("c")
    indexed()
    refused(third, "the newest signed checkpoint has 2 leaves")
    archive_month(actor=ARCHIVIST, month=first, folder=tmp_path)
    refused(first, "archived already")
    archive_month(actor=ARCHIVIST, month=second, folder=tmp_path)
    refused(first, "a later month", attach_month)
    attach_month(actor=ARCHIVIST, month=second)
    attach_month(actor=ARCHIVIST, month=first)
    settled()
    assert verify().broken is None


def test_a_month_that_is_not_indexed_stays(two_months, tmp_path, monkeypatch):
    _database, ended, _begun = two_months
    monkeypatch.setattr(SearchEntry, "objects", SearchEntry.objects.filter(sequence__lt=4))
    with pytest.raises(MonthNotReady, match="not all indexed"):
        archive_month(actor=ARCHIVIST, month=ended, folder=tmp_path)


def test_the_database_itself_refuses_what_the_log_does_not_say(two_months):
    database, ended, _begun = two_months
    ask = "SELECT qtweb_archive_leaf_month(%s, %s, %s, %s, %s, %s)"
    digest = "0" * 64
    with database.as_application() as application:
        for values in ((4, 0, 5, digest, 7), (5, 1, 5, digest, 7), (5, 0, 5, digest, 6), (5, 0, 5, "?", 7)):
            with pytest.raises(DatabaseError, match=r"month has|no signed checkpoint"):
                application.execute(ask, (ended, *values))
    assert archived_through() is None


def test_who_needs_an_archived_leaf_is_told_so_and_its_proof_is_still_given(
    two_months, tmp_path, monkeypatch
):
    _database, ended, _begun = two_months
    archive_month(actor=ARCHIVIST, month=ended, folder=tmp_path)
    settled()
    for module in ("disclosure", "selectors", "search"):
        monkeypatch.setattr(f"compliance.{module}.may_read_log", lambda _actor: True)
    assert proof_for(ARCHIVIST, 3).startswith("c2sp.org/tlog-proof@v1\nindex 3\n")
    with pytest.raises(LeafArchived, match=f"leaf 3 is in the archive of {ended:%Y-%m}"):
        leaf_body_for(ARCHIVIST, 3)
    assert leaf_body_for(ARCHIVIST, 5).startswith("{")
    with pytest.raises(LeafArchived, match="is archived"):
        export_log(actor=ARCHIVIST, folder=tmp_path / "export")
    found = newest_leaves(ARCHIVIST, AskedLeaves(), before=None, most=100)
    assert {leaf.pk for leaf in found} == set(Leaf.objects.values_list("pk", flat=True))


def test_an_orders_bundle_is_whole_or_refused_and_its_rows_changes_are_counted_on(
    committed_world: World, committed_database: CommittedDatabase, tmp_path: Path
) -> None:
    order = committed_world.place()
    ended, _begun = open_next_month(committed_database)
    later = committed_world.place()
    settled()
    archive_month(actor=ARCHIVIST, month=ended, folder=tmp_path)
    assert miscounted() is None
    with pytest.raises(LeafArchived, match="leaves of the order"):
        bundle_leaves(order.pk)
    assert bundle_leaves(later.pk)[1]
    client = APIClient()
    client.force_authenticate(User.objects.get(pk=committed_world.auditor.user_id), EVERYTHING)
    for what in ("audit", "changes"):
        answer = client.get(f"/api/v1/orders/{order.pk}/{what}").json()
        assert (answer["items"], answer["archived_through"]) == ([], str(ended))
    Account.objects.filter(pk=committed_world.account.pk).update(code="MOVED")
    Account.objects.filter(pk=committed_world.account.pk).update(code="AGAIN")
    leaf = Leaf.objects.filter(object_type="orders_account").latest("pk")
    assert miscounted() is None
    tamper(
        committed_database,
        "compliance_leaf",
        f"UPDATE compliance_leaf SET revision = revision + 1 WHERE id = {leaf.pk}",
    )
    found = miscounted()
    assert found is not None
    assert found.leaf_id == leaf.pk


def test_the_command_archives_and_puts_back(two_months, tmp_path):
    _database, ended, _begun = two_months
    name = f"{ended:%Y-%m}"
    said = StringIO()
    call_command("audit", "archive", name, str(tmp_path), stdout=said)
    call_command("audit", "attach", name, stdout=said)
    assert said.getvalue().splitlines() == [
        f"audit: {name} is in {tmp_path}/audit-{name}.archive, its leaves are out of the table",
        f"audit: to be checked with compliance/verify.py archive {tmp_path}/audit-{name}.archive --key VKEY",
        f"audit: {name} is in the table again; its archive stays valid",
    ]
    with pytest.raises(CommandError, match=r"the month is attached\. Months are archived once"):
        call_command("audit", "attach", name)


def test_only_one_archives_at_a_time_and_only_of_a_log_that_counts(two_months, tmp_path, monkeypatch):
    database, ended, _begun = two_months
    with database.as_superuser() as other:
        other.execute("SELECT pg_advisory_lock(%s)", [archives._LOCK])
        with pytest.raises(MonthNotReady, match="somebody archives"):
            archive_month(actor=ARCHIVIST, month=ended, folder=tmp_path)
        other.execute("SELECT pg_advisory_unlock(%s)", [archives._LOCK])
    monkeypatch.setattr(archives, "miscounted", lambda: Break("change 2 left no leaf"))
    with pytest.raises(AuditTreeBroken, match="change 2 left no leaf"):
        archive_month(actor=ARCHIVIST, month=ended, folder=tmp_path)
    with pytest.raises(DataError), transaction.atomic():
        archives._ask("SELECT 1 / 0", [])


def test_what_is_no_true_archive_never_gets_its_name(two_months, tmp_path, monkeypatch):
    database, ended, _begun = two_months

    def refuse(*_given: Any) -> None:
        raise InvalidArchive("its leaves do not lead there")

    with monkeypatch.context() as patch:
        patch.setattr(archive_files, "check_archive", refuse)
        with pytest.raises(AuditTreeBroken, match="do not lead there"):
            archive_month(actor=ARCHIVIST, month=ended, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []
    tamper(database, "compliance_leaf", "UPDATE compliance_leaf SET body = body || ' ' WHERE id = 3")
    with pytest.raises(AuditTreeBroken, match="not the one that was sequenced"):
        archive_month(actor=ARCHIVIST, month=ended, folder=tmp_path)
    assert archived_through() is None


def test_an_earlier_archive_of_the_month_and_another_name_are_not_the_one_in_the_log(two_months, tmp_path):
    _database, ended, _begun = two_months
    file = archive_month(actor=ARCHIVIST, month=ended, folder=tmp_path)
    earlier = file.read_bytes()
    file.unlink()
    attach_month(actor=ARCHIVIST, month=ended)
    settled()
    archive_month(actor=ARCHIVIST, month=ended, folder=tmp_path)
    for content, why in (
        (earlier, "another SHA-256"),
        (earlier.replace(f"{ended:%Y-%m}".encode(), b"1999-01", 1), "not the one of that month"),
    ):
        file.write_bytes(content)
        assert why in verify(archives=tmp_path).broken.what


def test_a_month_stays_while_an_event_plugin_needs_it_and_parked_deliveries_stay_parked(
    two_months, tmp_path, monkeypatch
):
    _database, ended, _begun = two_months
    row = EventSubscription.objects.create(
        name="s", plugin="p", events=["X"], parameters={}, next_sequence=4, recorded_at=recorded_now()
    )
    with pytest.raises(MonthNotReady, match=r"the subscription s has not looked at all of it yet$"):
        archive_month(actor=ARCHIVIST, month=ended, folder=tmp_path)
    EventSubscription.objects.update(stopped_at=recorded_now(), stopped_because="x")
    with pytest.raises(MonthNotReady, match="and stands still"):
        archive_month(actor=ARCHIVIST, month=ended, folder=tmp_path)
    EventSubscription.objects.update(next_sequence=5)
    delivery = EventDelivery.objects.create(subscription=row, entry_id=0, next_attempt_at=recorded_now())
    with pytest.raises(MonthNotReady, match="waits for its next attempt"):
        archive_month(actor=ARCHIVIST, month=ended, folder=tmp_path)
    EventDelivery.objects.update(state="parked", next_attempt_at=None, parked_at=recorded_now())
    archive_month(actor=ARCHIVIST, month=ended, folder=tmp_path)
    monkeypatch.setattr(repeat_deliveries, "lock_to_operate", lambda *_given: row)
    again = OperateSubscription(reason="once more")
    with pytest.raises(LeafArchived):
        repeat_deliveries.repeat_delivery(actor=ARCHIVIST, delivery_id=delivery.pk, command=again)
    assert repeat_deliveries.repeat_parked(actor=ARCHIVIST, subscription_id=row.pk, command=again) == 0


def test_a_leaf_from_before_there_were_bounds_is_named_by_an_export_and_its_month_comes_back(
    two_months: Any, tmp_path: Path
) -> None:
    database, ended, _begun = two_months
    bounds = import_module("compliance.migrations.0013_leaf_bounds").Migration.operations[0]
    with as_owner(database) as owner:
        owner.execute("SET ROLE qtweb_owner")
        owner.execute(bounds.reverse_sql)
        with transaction.atomic():
            forge(object_type="x", object_id="x", body="x" * 65_536)
        settled()
        with pytest.raises(LeafTooLarge, match="the leaf at place 7 has 65536 bytes"):
            export_log(actor=ARCHIVIST, folder=tmp_path / "export")
        archive_month(actor=ARCHIVIST, month=ended, folder=tmp_path)
        owner.execute(bounds.sql)
    attach_month(actor=ARCHIVIST, month=ended)
    assert Leaf.objects.filter(pk__lte=5).count() == 5
