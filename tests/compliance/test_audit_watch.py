"""The processes that watch and sign, real ones: alterations are told within a minute, kills contradict nothing."""

import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from compliance.models import CopyState, LogWatchStanding, OutsideCopy, SignedCheckpoint
from compliance.outside.contract import head_of
from compliance.outside.places import places
from compliance.transparency.notes import Signer
from compliance.tree_reads import root_at
from qtweb.embedded.children import spawn
from qtweb.embedded.instance import CHECKOUT
from tests.compliance.log import record, tamper
from tests.compliance.outside.servers import running_bucket, running_witness
from tests.compliance.outside.trees import ORIGIN
from tests.execution.site import wait_until

ALERT_S = 60


@contextmanager
def running(command, environment):
    """A process of ours; killed at the end of the block unless it has ended."""
    process = spawn(
        [sys.executable, "manage.py", command],
        signal.SIGKILL,
        cwd=CHECKOUT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def standing():
    return LogWatchStanding.objects.first() or LogWatchStanding()


def test_the_watch_tells_of_a_whole_log_and_ends_on_sigterm(committed_database):
    with running("audit_watch", committed_database.environment) as watch:
        wait_until(lambda: standing().whole_at is not None, "the first pass is over")
        watch.send_signal(signal.SIGTERM)
        assert watch.wait(ALERT_S) == 0


@pytest.mark.long
def test_an_altered_leaf_is_told_within_a_minute(committed_database):
    environment = committed_database.environment
    with running("audit_integrator", environment), running("audit_watch", environment) as watch:
        record(*"abcdefgh")
        wait_until(lambda: standing().verified_size == 8, "all is verified")
        tamper(
            committed_database,
            "compliance_leaf",
            "UPDATE compliance_leaf SET body = replace(body, 'RESOURCE', 'RESOURCF') WHERE id = 3",
        )
        began = time.monotonic()
        wait_until(lambda: standing().broken_at is not None, "the alert is there")
        assert time.monotonic() - began < ALERT_S
        assert (standing().broken_sequence, standing().broken_leaf_id) == (2, 3)
        assert watch.poll() is None


@pytest.mark.long
def test_an_integrator_that_is_killed_again_and_again_leaves_one_history_everywhere(
    committed_database, tmp_path
):
    """With a folder, an S3-compatible store and a witness, all of them real; each place ends at the same checkpoint."""
    signer = Signer.generate(ORIGIN)
    with (
        running_bucket() as bucket,
        running_witness(tmp_path / "witness", origin=ORIGIN, log_vkey=signer.verifier.vkey) as witness,
    ):
        stores = f"vault=folder://{tmp_path}/vault,{bucket.place('archive')}"
        environment = {
            **committed_database.environment,
            "QTWEB_AUDIT_KEYS": signer.secret,
            "QTWEB_AUDIT_KEY_FILE": "",
            "QTWEB_CHECKPOINT_STORES": stores,
            "QTWEB_CHECKPOINT_WITNESSES": witness.place,
            "QTWEB_CHECKPOINT_INTERVAL_S": "0.5",
        }
        for pause_s in (2.0, 2.6, 3.1, 3.4):
            with running("audit_integrator", environment):
                until = time.monotonic() + pause_s
                while time.monotonic() < until:
                    record("thing")
                    time.sleep(0.05)
        with running("audit_integrator", environment):
            wait_until(_all_at_the_last_checkpoint, "every place has the last checkpoint")
        # A store keeps a checkpoint before it is committed: it may have one that the last kill cut off.
        found = places(stores, "", origin=ORIGIN).stores
        for kept in (head_of(store.latest()) for store in found):
            assert root_at(kept.size) == kept.root


def _all_at_the_last_checkpoint():
    last = SignedCheckpoint.objects.order_by("-id").first()
    rows = set(OutsideCopy.objects.values_list("state", "tree_size"))
    return (
        last is not None
        and OutsideCopy.objects.count() == 4
        and rows == {(CopyState.AGREES, last.checkpoint_id)}
    )
