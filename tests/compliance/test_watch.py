"""The continuous verification: what somebody alters is told within a round, wherever it is, and until it is mended."""

import pytest

from compliance.models import Leaf, LogWatchStanding
from compliance.services import watch as module
from compliance.services.watch import NOTED_EVERY_S, ROUND_S, LogWatch, sole_watch
from tests.compliance.log import integrate, record, tamper

BODY_OF = "UPDATE compliance_leaf SET body = overlay(body placing 'X' from 20 for 1) WHERE id = {}"


class Hours:
    """A clock that goes as far as a test says."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Hours:
    return Hours()


@pytest.fixture
def log(committed_database, monkeypatch):
    """Eleven entries, read in pages of four: three pages to a round."""
    monkeypatch.setattr(module, "PAGE_ENTRIES", 4)
    record(*"abcdefghijk")
    integrate()
    return committed_database


def watch_for(watch: LogWatch, clock: Hours, seconds: float) -> None:
    """So long, with a turn each second."""
    for _ in range(round(seconds)):
        watch.turn()
        clock.seconds += 1


def standing() -> LogWatchStanding:
    return LogWatchStanding.objects.get()


def actions() -> list[str]:
    return list(Leaf.objects.filter(object_type="log").order_by("pk").values_list("action", flat=True))


def test_a_whole_log_is_told_with_its_size_and_the_time_of_the_pass(log, clock):
    watch = LogWatch(clock)
    with sole_watch() as held:
        assert held
        watch_for(watch, clock, ROUND_S)
    watch.turn()
    assert watch.rest_s == pytest.approx(ROUND_S / 3, abs=1.0)
    row = standing()
    assert (row.whole_size, row.verified_size, row.broken_at) == (11, 11, None)
    assert row.whole_at is not None
    assert row.whole_took_ms == pytest.approx(1000 * 2 / 3 * ROUND_S, abs=1500)
    assert actions() == []


def test_what_is_altered_behind_the_round_is_found_within_the_next_one(log, clock):
    watch = LogWatch(clock)
    watch_for(watch, clock, ROUND_S / 2)
    tamper(log, "compliance_leaf", BODY_OF.format(2))
    watch_for(watch, clock, ROUND_S + 1)
    row = standing()
    assert (row.broken_sequence, row.broken_leaf_id, row.broken_object) == (1, 2, "refusal b")
    assert row.broken_what == "the leaf's body does not have the entry's hash"
    assert row.broken_at is not None
    assert actions() == ["LogFoundBroken"]


def test_the_alert_stays_until_a_whole_pass_finds_nothing(log, clock):
    body = Leaf.objects.get(pk=9).body
    tamper(log, "compliance_leaf", BODY_OF.format(9))
    watch = LogWatch(clock)
    watch_for(watch, clock, 3 * ROUND_S)
    first = standing()
    assert (first.broken_sequence, first.verified_size) == (8, 8)
    tamper(log, "compliance_leaf", f"UPDATE compliance_leaf SET body = '{body}' WHERE id = 9")
    watch_for(watch, clock, 1)
    assert standing().broken_at == first.broken_at
    watch_for(watch, clock, 2 * ROUND_S)
    assert (standing().broken_at, standing().broken_what) == (None, "")
    assert actions() == ["LogFoundBroken", "LogFoundWhole"]


def test_new_entries_are_verified_at_the_next_turn(log, clock):
    watch = LogWatch(clock)
    watch_for(watch, clock, ROUND_S)
    record("l", "m")
    integrate()
    tamper(log, "compliance_leaf", BODY_OF.format(13))
    watch.turn()
    assert (standing().broken_sequence, standing().verified_size) == (12, 12)


def test_new_entries_do_not_keep_the_round_from_going_on(log, clock, monkeypatch):
    monkeypatch.setattr(module, "PAGE_ENTRIES", 1)
    monkeypatch.setattr(module, "NEW_PAGES", 2)
    watch = LogWatch(clock)
    watch_for(watch, clock, ROUND_S + 1)
    record(*"lmnop")
    integrate()
    clock.seconds += NOTED_EVERY_S
    watch.turn()
    assert standing().verified_size == 13
    watch.turn()
    watch.turn()
    clock.seconds += NOTED_EVERY_S
    watch.turn()
    assert standing().verified_size == 16


def test_that_all_is_as_it_was_is_told_now_and_then(log, clock):
    watch = LogWatch(clock)
    watch_for(watch, clock, ROUND_S)
    before = standing()
    watch_for(watch, clock, NOTED_EVERY_S + 1)
    assert standing().watched_at > before.watched_at
    assert standing().whole_at == before.whole_at


REWRITE = (
    "UPDATE compliance_leaf SET body = replace(body, 'RESOURCE', 'RESOURCF') WHERE id = 1",
    "UPDATE compliance_treeentry SET leaf_hash = (SELECT sha256('\\x00'::bytea || convert_to(body, 'UTF8'))"
    " FROM compliance_leaf WHERE id = 1) WHERE sequence = 0",
    "UPDATE compliance_checkpoint SET root_hash ="
    " (SELECT leaf_hash FROM compliance_treeentry WHERE sequence = 0) WHERE tree_size = 1",
)
"""Of a log of one entry: its leaf, its entry and its checkpoint agree with each other afterwards."""


def test_a_log_that_was_rewritten_as_a_whole_is_not_what_was_verified_before(committed_database, clock):
    record("a")
    integrate()
    watch = LogWatch(clock)
    watch_for(watch, clock, ROUND_S)
    for table, statement in zip(("leaf", "treeentry", "checkpoint"), REWRITE, strict=True):
        tamper(committed_database, f"compliance_{table}", statement)
    watch_for(watch, clock, ROUND_S + 1)
    expected = "the first 1 entries are not those that were verified before"
    assert (standing().broken_sequence, standing().broken_what) == (0, expected)
    watch_for(LogWatch(clock), clock, ROUND_S)
    assert standing().broken_what == expected


def test_a_log_that_shrank_is_found_at_once_and_by_a_new_process_too(log, clock):
    watch = LogWatch(clock)
    watch_for(watch, clock, ROUND_S)
    tamper(log, "compliance_checkpoint", "DELETE FROM compliance_checkpoint")
    watch.turn()
    expected = "the log had 11 entries and has fewer now"
    assert (standing().broken_sequence, standing().broken_what) == (0, expected)
    for table, rows in {"treenode": 8, "treeentry": 11}.items():
        with log.as_superuser() as superuser:
            superuser.execute(f"ALTER TABLE compliance_{table} DISABLE TRIGGER USER")
            assert superuser.execute(f"DELETE FROM compliance_{table}").rowcount == rows
    watch_for(LogWatch(clock), clock, ROUND_S)
    assert standing().broken_what == expected


def test_an_empty_log_is_whole(committed_database, clock):
    LogWatch(clock).turn()
    assert (standing().whole_size, standing().broken_at) == (0, None)
