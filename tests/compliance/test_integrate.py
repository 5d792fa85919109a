"""The integrator finds every leaf, however late it commits, and gives each one place."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from compliance.errors import AuditTreeBroken
from compliance.merkle import Frontier, leaf_hash, node_count
from compliance.models import Checkpoint, Leaf, TreeEntry, TreeNode
from compliance.services import integrate as module
from compliance.services.integrate import Integrator
from compliance.services.verify import verify
from tests.compliance.log import insert, integrate, record, sequenced_ids


def naive_root() -> bytes:
    frontier = Frontier()
    for leaf_id in sequenced_ids():
        frontier.append(leaf_hash(Leaf.objects.get(pk=leaf_id).body.encode()))
    return frontier.root()


def test_leaves_are_sequenced_lowest_id_first_and_checkpointed(db):
    record("a", "b", "c", "d", "e")
    assert integrate() == 5
    assert sequenced_ids() == list(Leaf.objects.order_by("id").values_list("id", flat=True))
    assert list(TreeEntry.objects.values_list("sequence", flat=True)) == [0, 1, 2, 3, 4]
    assert TreeNode.objects.count() == node_count(5)
    checkpoint = Checkpoint.objects.get()
    assert (checkpoint.tree_size, bytes(checkpoint.root_hash)) == (5, naive_root())


def test_a_later_batch_grows_the_same_tree(db):
    for names in ("ab", "c", "defg"):
        record(*names)
        integrate()
    assert list(Checkpoint.objects.values_list("tree_size", flat=True)) == [2, 3, 7]
    assert bytes(Checkpoint.objects.get(tree_size=7).root_hash) == naive_root()


def test_nothing_new_leaves_no_checkpoint(db):
    assert integrate() == 0
    assert not Checkpoint.objects.exists()


def test_batches_are_bounded_and_end_with_the_same_tree(db, monkeypatch):
    monkeypatch.setattr(module, "BATCH_LEAVES", 3)
    record(*"abcdefgh")
    integrator = Integrator()
    assert [integrator.run_batch() for _ in range(4)] == [3, 3, 2, 0]
    assert bytes(Checkpoint.objects.get(tree_size=8).root_hash) == naive_root()
    assert integrator.size == Integrator().size == 8


def test_a_checkpoint_of_a_full_batch_does_not_claim_to_be_complete(db, monkeypatch):
    monkeypatch.setattr(module, "BATCH_LEAVES", 2)
    record(*"abc")
    integrate()
    first, second = Checkpoint.objects.order_by("tree_size")
    assert first.horizon == 0
    assert second.horizon > 0


def test_the_lower_id_that_commits_last_is_not_lost(committed_database):
    with committed_database.as_application() as early, committed_database.as_application() as late:
        late.autocommit = False
        low, high = insert(late, "low"), insert(early, "high")
        integrator = Integrator()
        assert integrator.run_batch() == 1
        # However often the integrator looks meanwhile, and though other leaves come and go above it:
        assert [integrator.run_batch() for _ in range(5)] == [0] * 5
        higher = insert(early, "higher")
        assert [integrator.run_batch() for _ in range(3)] == [1, 0, 0]
        late.commit()
        assert integrator.run_batch() == 1
    assert sequenced_ids() == [high, higher, low]
    assert verify().broken is None


def test_a_transaction_numbered_above_all_that_have_ended_is_waited_for(committed_database):
    # pg_snapshot_xmax would not cover this one: nothing numbered above it has ended when the floor is considered.
    with committed_database.as_application() as late:
        late.autocommit = False
        only = insert(late)
        integrator = Integrator()
        assert [integrator.run_batch() for _ in range(3)] == [0, 0, 0]
        late.commit()
        assert integrator.run_batch() == 1
    assert sequenced_ids() == [only]


def test_an_id_that_was_rolled_back_leaves_no_gap_in_the_sequence(committed_database):
    with committed_database.as_application() as application:
        first = insert(application)
        application.autocommit = False
        insert(application)
        application.rollback()
        last = insert(application)
        application.commit()
    assert integrate() == 2
    assert sequenced_ids() == [first, last]
    assert list(TreeEntry.objects.values_list("sequence", flat=True)) == [0, 1]


def reads_of_a_batch(integrator):
    with CaptureQueriesContext(connection) as queries:
        integrator.run_batch()
    return len([query for query in queries if query["sql"].startswith("SELECT")])


def test_an_idle_integrator_reads_one_row_once_all_transactions_have_ended(committed_database):
    record("a", "b")
    integrator = Integrator()
    # Transactions of the whole server count, those of other tests too: wait until all of ours is behind them.
    deadline = time.monotonic() + 60
    while (reads := reads_of_a_batch(integrator)) != 1:
        assert time.monotonic() < deadline, f"an idle batch still makes {reads} reads"
        time.sleep(0.05)


def test_an_integrator_that_starts_anew_looks_at_the_whole_log(committed_database):
    with committed_database.as_application() as late:
        late.autocommit = False
        low = insert(late)
        record("high")
        assert integrate() == 1
        late.commit()
    assert integrate() == 1
    assert sequenced_ids()[-1] == low


def test_a_transaction_has_its_number_before_its_leaf_has_an_id(committed_database):
    """Holds record_leaf up at the allocation of the id, and looks whether it has a transaction number by then."""
    # Two connections: PostgreSQL shows a transaction the same list of activities each time that it looks.
    with (
        committed_database.as_superuser() as holder,
        committed_database.as_superuser() as superuser,
        ThreadPoolExecutor(1) as executor,
    ):
        with holder.transaction():
            holder.execute("ALTER SEQUENCE compliance_leaf_id_seq INCREMENT 1")  # its lock stops nextval
            writing = executor.submit(_record_in_this_thread)
            number = _transaction_number_of_the_waiting(superuser)
        writing.result()
    assert number is not None


def _record_in_this_thread() -> None:
    try:
        record("a")
    finally:
        connection.close()


def _transaction_number_of_the_waiting(superuser) -> object:
    """PostgreSQL reads a session's number a little before its wait: the look that finds the wait is made again."""
    deadline = time.monotonic() + 60
    while _waiting(superuser) is None:
        assert time.monotonic() < deadline, "the insert did not wait for its id"
        time.sleep(0.02)
    (number,) = _waiting(superuser)
    return number


def _waiting(superuser) -> tuple | None:
    return superuser.execute(
        "SELECT backend_xid FROM pg_stat_activity"
        " WHERE datname = current_database() AND backend_type = 'client backend' AND wait_event_type = 'Lock'"
    ).fetchone()


def test_a_tree_without_its_last_checkpoint_is_not_built_upon(committed_database):
    record("a")
    integrate()
    with committed_database.as_superuser() as superuser:
        superuser.execute("ALTER TABLE compliance_checkpoint DISABLE TRIGGER ALL")
        superuser.execute("DELETE FROM compliance_checkpoint")
    with pytest.raises(AuditTreeBroken):
        Integrator()


def test_a_tree_with_a_missing_subtree_is_not_built_upon(committed_database):
    record("a", "b")
    integrate()
    with committed_database.as_superuser() as superuser:
        superuser.execute("ALTER TABLE compliance_treenode DISABLE TRIGGER ALL")
        superuser.execute("DELETE FROM compliance_treenode")
    with pytest.raises(AuditTreeBroken):
        Integrator()
