"""The integrator as a process: one at a time, ended in order or killed at any instant, it loses and doubles nothing."""

import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest

from compliance.models import Leaf, SignedCheckpoint, TreeEntry
from compliance.services.integrate import sole_integrator
from compliance.services.verify import verify
from qtweb.embedded.instance import CHECKOUT
from tests.compliance.log import insert, integrate, record

PATIENCE_SECONDS = 120


@contextmanager
def integrator(database, **environment: str):
    """A running integrator; killed at the end of the block unless it has ended."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "audit_integrator"],
        cwd=CHECKOUT,
        env={**database.environment, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_until(condition, what: str, process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert process.poll() is None, f"the integrator ended: {process.communicate()[0]}"
        assert time.monotonic() < deadline, f"not within {PATIENCE_SECONDS} s: {what}"
        time.sleep(0.05)


def all_sequenced() -> bool:
    return TreeEntry.objects.count() == Leaf.objects.count()


def test_a_running_integrator_sequences_what_is_committed_and_ends_on_sigterm(committed_database):
    record("a", "b")
    with integrator(committed_database) as process:
        wait_until(all_sequenced, "the first leaves are in the tree", process)
        record("c")
        wait_until(all_sequenced, "the next leaf is in the tree", process)
        signed = SignedCheckpoint.objects.filter(checkpoint_id=3)
        wait_until(signed.exists, "the tree of three leaves is signed", process)
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    assert "audit integrator: the tree has 0 leaves\n" in output
    assert verify().leaves == 3


def test_a_search_that_cannot_be_filled_keeps_no_leaf_from_its_place_and_its_signature(committed_database):
    with committed_database.as_superuser() as superuser:
        superuser.execute("REVOKE INSERT ON compliance_searchentry FROM qtweb_app")
    record("a")
    with integrator(committed_database) as process:
        wait_until(
            SignedCheckpoint.objects.filter(checkpoint_id=1).exists, "the first leaf is signed", process
        )
        record("b")
        wait_until(SignedCheckpoint.objects.filter(checkpoint_id=2).exists, "the next leaf as well", process)
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert output.count("the pass search over the log failed, tried again in 15 s") == 1
    assert process.returncode == 0


def test_in_production_an_integrator_without_a_private_key_ends(committed_database):
    production = {"QTWEB_ENVIRONMENT": "production", "QTWEB_AUDIT_KEY_FILE": ""}
    with integrator(committed_database, **production) as process:
        output, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 1
    assert "there is no private key, see QTWEB_AUDIT_KEY_FILE" in output


def test_a_second_integrator_waits_for_the_first(committed_database):
    record("a")
    with integrator(committed_database) as second:
        with sole_integrator() as held:
            assert held
            wait_until_it_asks_for_the_lock(committed_database)
            assert not TreeEntry.objects.exists()
        wait_until(all_sequenced, "the second takes over", second)
        assert second.poll() is None
        with sole_integrator() as held:
            assert not held


def wait_until_it_asks_for_the_lock(database):
    """The second session that asks: the first is this test's own."""
    asking = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%advisory%'"
    )
    deadline = time.monotonic() + PATIENCE_SECONDS
    with database.as_superuser() as superuser:
        while superuser.execute(f"{asking} AND pid <> pg_backend_pid()").fetchone()[0] < 2:
            assert time.monotonic() < deadline, "the second integrator never asked for the lock"
            time.sleep(0.05)


def test_an_integrator_that_waits_ends_on_sigterm(committed_database):
    with sole_integrator(), integrator(committed_database) as second:
        wait_until_it_asks_for_the_lock(committed_database)
        second.send_signal(signal.SIGTERM)
        second.communicate(timeout=PATIENCE_SECONDS)
    assert second.returncode == 0


def test_a_broken_tree_stops_the_integrator_with_advice(committed_database):
    record("a")
    integrate()
    with committed_database.as_superuser() as superuser:
        superuser.execute("ALTER TABLE compliance_checkpoint DISABLE TRIGGER USER")
        superuser.execute("UPDATE compliance_checkpoint SET root_hash = sha256('x')")
    with integrator(committed_database) as process:
        output, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 1
    assert "manage.py audit verify" in output


class Writers:
    """Connections that write leaves and end their transactions late, in any order, some by rolling back."""

    def __init__(self, database, seed: int, count: int = 4) -> None:
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._write, args=(database, random.Random(seed * 100 + number)))
            for number in range(count)
        ]

    def _write(self, database, chance: random.Random) -> None:
        with database.as_application() as connection:
            connection.autocommit = False
            while not self._stopped.is_set():
                for _ in range(chance.randint(1, 5)):
                    insert(connection, f"object-{chance.randint(1, 9)}")
                time.sleep(chance.random() * 0.1)
                if chance.random() < 0.2:
                    connection.rollback()
                else:
                    connection.commit()

    def __enter__(self) -> "Writers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()


def kill_repeatedly(database, seed: int, kills: int) -> None:
    chance = random.Random(seed)
    with Writers(database, seed):
        for _ in range(kills):
            with integrator(database) as process:
                size = TreeEntry.objects.count()
                wait_until(lambda size=size: TreeEntry.objects.count() > size, "the tree grows", process)
                time.sleep(chance.random() * 0.7)
    with integrator(database) as process:
        wait_until(all_sequenced, "every leaf is in the tree", process)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE_SECONDS)


def require_whole(database) -> None:
    assert Leaf.objects.count() > 50
    sequences = list(TreeEntry.objects.values_list("sequence", flat=True))
    assert sequences == list(range(Leaf.objects.count()))
    result = verify()
    assert result.broken is None, str(result)


def test_an_integrator_killed_at_any_instant_loses_and_doubles_no_leaf(committed_database):
    kill_repeatedly(committed_database, seed=1, kills=3)
    require_whole(committed_database)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 6))
def test_an_integrator_killed_five_times_in_a_row_loses_and_doubles_no_leaf(committed_database, seed):
    kill_repeatedly(committed_database, seed=seed, kills=5)
    require_whole(committed_database)
