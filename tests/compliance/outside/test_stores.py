"""What every place that keeps checkpoints promises: a folder, and an S3-compatible server."""

import os

import pytest

from compliance.outside.contract import Contradicted, Silent
from compliance.outside.places import places
from compliance.transparency.notes import Signer
from tests.compliance.outside.servers import PATIENCE_S, running_bucket
from tests.compliance.outside.trees import ORIGIN, Log


@pytest.fixture(scope="module")
def bucket():
    with running_bucket() as server:
        yield server


@pytest.fixture(params=["folder", "s3"])
def opened(request, tmp_path):
    """Opens the store of a log by its name; each test has a place of its own."""
    if request.param == "folder":
        place = f"vault=folder://{tmp_path}/kept"
    else:
        place = request.getfixturevalue("bucket").place("vault", tmp_path.name)
    return lambda origin=ORIGIN: places(place, "", origin=origin, timeout_s=PATIENCE_S).stores[0]


def test_the_largest_tree_is_the_latest_in_whatever_order_they_came(opened):
    log, store = Log(), opened()
    assert store.latest() is None
    for size in (999, 1_001, 1_000, 7):
        store.keep(size, log.note(size))
    assert store.latest() == log.note(1_001)
    assert opened().latest() == log.note(1_001)


def test_the_same_checkpoint_may_come_again_under_other_signatures_and_the_first_stays(opened):
    log, store = Log(), opened()
    store.keep(5, log.note(5))
    store.keep(5, log.note(5, Signer.generate(ORIGIN)))
    assert store.latest() == log.note(5)


def test_another_root_for_a_size_is_refused_and_changes_nothing(opened):
    log, store = Log(), opened()
    store.keep(5, log.note(5))
    with pytest.raises(Contradicted, match="another checkpoint is kept for 5 entries"):
        store.keep(5, Log(log.signer, forked_at=3).note(5))
    assert store.latest() == log.note(5)


def test_two_logs_share_a_place_and_not_their_checkpoints(opened):
    log, other = Log(), Log(Signer.generate("qtweb.example/log/2"))
    opened().keep(5, log.note(5))
    opened("qtweb.example/log/2").keep(3, other.note(3))
    assert opened().latest() == log.note(5)
    assert opened("qtweb.example/log/2").latest() == other.note(3)


def test_who_may_only_add_to_a_place_hides_no_newer_checkpoint_with_an_older_one(opened):
    log, store = Log(), opened()
    store.keep(13, log.note(13))
    store.keep(999_999, log.note(5))
    with pytest.raises(Contradicted, match="what it keeps for 999,999 entries is no checkpoint of so many"):
        store.latest()


def test_what_the_log_does_not_write_is_named_where_it_hides_the_newest_checkpoint(tmp_path, bucket):
    folder = places(f"vault=folder://{tmp_path}", "", origin=ORIGIN).stores[0]
    bucket_store = places(bucket.place("vault", tmp_path.name), "", origin=ORIGIN).stores[0]
    for store in (folder, bucket_store):
        store.keep(13, Log().note(13))
    hidden = tmp_path / "qtweb.example%2Flog/999/999/999/999/99x.checkpoint"
    hidden.parent.mkdir(parents=True)
    hidden.write_text(Log().note(5))
    bucket.put(f"{tmp_path.name}/qtweb.example%2Flog/000000000000000-x", Log().note(5))
    for store in (folder, bucket_store):
        with pytest.raises(Contradicted, match="where the newest checkpoint is looked for"):
            store.latest()


def test_what_was_interrupted_in_the_middle_leaves_no_checkpoint(tmp_path):
    log, store = Log(), places(f"vault=folder://{tmp_path}", "", origin=ORIGIN).stores[0]
    store.keep(5, log.note(5))
    folder = next(tmp_path.rglob("005.checkpoint")).parent
    (folder / ".0123456789abcdef").write_text(log.note(6)[:40])
    (folder.parent / "001").mkdir()
    assert store.latest() == log.note(5)


def test_a_file_that_is_kept_cannot_be_written_to(tmp_path):
    log, store = Log(), places(f"vault=folder://{tmp_path}", "", origin=ORIGIN).stores[0]
    store.keep(5, log.note(5))
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [(path.name, oct(path.stat().st_mode & 0o777)) for path in kept] == [("005.checkpoint", "0o444")]


def test_a_folder_that_cannot_be_is_silent(tmp_path):
    (tmp_path / "file").touch()
    store = places(f"vault=folder://{tmp_path}/file/below", "", origin=ORIGIN).stores[0]
    with pytest.raises(Silent, match="the folder cannot be written: File exists"):
        store.keep(5, Log().note(5))
    (tmp_path / "qtweb.example%2Flog/000/000/000/000/005.checkpoint").mkdir(parents=True)
    with pytest.raises(Silent, match="the folder cannot be read: Is a directory"):
        places(f"vault=folder://{tmp_path}", "", origin=ORIGIN).stores[0].latest()


def test_a_bucket_that_does_not_answer_is_silent_and_tells_no_secret():
    with running_bucket() as server:
        store = places(server.place("archive"), "", origin=ORIGIN).stores[0]
        store.keep(5, Log().note(5))
    for act in (store.latest, lambda: store.keep(6, Log().note(6))):
        with pytest.raises(Silent, match="the bucket cannot be") as silent:
            act()
        assert os.environ["AWS_SECRET_ACCESS_KEY"] not in str(silent.value)
        assert "\n" not in str(silent.value)
