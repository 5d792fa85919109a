"""The continuous verification: new entries at once, and all of them round by round, in pages with rests between.

A row that is altered is found when the round comes to it next, so within one round. A round takes ROUND_S, or twice
the time that its pages take where that is longer: that is the bound, and it grows with the log from there on.
"""

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from compliance.log_events import LogFoundBroken, LogFoundWhole
from compliance.log_metrics import BROKEN, LAST_PASS, VERIFIED
from compliance.merkle import Frontier
from compliance.models import Checkpoint, LogWatchStanding
from compliance.page_reads import read_page
from compliance.services.sole import sole
from compliance.services.verify import (
    PAGE_ENTRIES,
    Head,
    fault_beside_pages,
    kept_out,
    miscounted,
    miscounted_among,
    read_head,
    uncovered,
)
from compliance.verification import Break, first_break
from orders.hooks import publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import process_actor
from orders.kernel.transactions import service
from orders.selectors import market_now

WATCH = process_actor("audit_watch")
ROUND_S = 20.0
NOTED_EVERY_S = 5.0
"""How often it is written down that all is as it was."""
NEW_PAGES = 8
"""Of new entries so many pages are read in one turn: the round goes on meanwhile."""
_LOCK = 0x7174_7765_6200_0002  # beside the integrator's
_WHAT_CHARACTERS, _OBJECT_CHARACTERS = 300, 100

logger = logging.getLogger(__name__)


def sole_watch() -> AbstractContextManager[bool]:
    """Try to be the one that verifies this database all the time; yields whether we are."""
    return sole(_LOCK)


@dataclass(slots=True)
class _Round:
    """A pass over the entries that there were when it began."""

    head: Head
    began_s: float
    frontier: Frontier = field(default_factory=Frontier)

    @property
    def is_over(self) -> bool:
        return self.frontier.size >= self.head.size

    @property
    def slot_s(self) -> float:
        """How long one page may take, rest included, for the round to take ROUND_S."""
        return ROUND_S / max(1, -(-self.head.size // PAGE_ENTRIES))


class LogWatch:
    """What was verified, and what is next. `clock` tells seconds that only go forwards.

    What the tree was found to be is remembered beyond a round: a log that was rewritten as a whole agrees with itself
    and not with that.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known = _roots_known()
        self._new: Frontier | None = None
        self._round: _Round | None = None
        self._due_s = self._noted_s = clock()

    def turn(self) -> Break | None:
        """Verify new entries, and a page of the round if its time has come; write down what came of it.

        Returns the break that was found now, if one was. Raises the database's errors: the next turn goes on.
        """
        found = self._new_entries()
        if found is None and self._clock() >= self._due_s:
            found = self._next_of_round()
        if found is not None:
            self._note(_broken, found, self._verified)
            self._new = self._round = None
        elif self._clock() - self._noted_s >= NOTED_EVERY_S:
            self._note(_unchanged, self._verified)
        return found

    @property
    def rest_s(self) -> float:
        """How long nothing is to be done but to look for new entries."""
        return max(0.0, self._due_s - self._clock())

    @property
    def _verified(self) -> int:
        """How many entries, from the first on, are known to hold."""
        reached = self._new or (self._round and self._round.frontier)
        return reached.size if reached else 0

    def _new_entries(self) -> Break | None:
        if self._new is None:
            return None
        size = Checkpoint.objects.order_by("-tree_size").values_list("tree_size", flat=True).first() or 0
        if size < self._new.size:
            return Break(f"the log had {self._new.size} entries and has fewer now", size)
        for _ in range(NEW_PAGES):
            if size == self._new.size:
                return None
            start = self._new.size
            found = self._judge(self._new, min(size, start + PAGE_ENTRIES)) or miscounted_among(
                start, self._new.size
            )
            if found is not None:
                return found
        return None

    def _next_of_round(self) -> Break | None:
        began_s = self._clock()
        current = self._round or _Round(read_head(), began_s)
        self._round = current
        found = self._page_or_end(current)
        ended_s = self._clock()
        # From when it was due, not from when its turn came, or a round of many pages would take longer and longer.
        due_s = max(self._due_s, began_s - current.slot_s)
        self._due_s = max(ended_s + (ended_s - began_s), due_s + current.slot_s)
        return found

    def _page_or_end(self, current: _Round) -> Break | None:
        if not current.is_over:
            found = self._judge(
                current.frontier, min(current.head.size, current.frontier.size + PAGE_ENTRIES)
            )
            if found is not None or not current.is_over:
                return found
        found = self._shrunk(current) or uncovered(current.head) or kept_out(current.head.horizon)
        found = found or fault_beside_pages()
        if found is None and self._new is None:
            # From then on each new entry is held against its row's last one; what has its place cannot lose it unseen.
            found = miscounted()
        if found is None:
            self._whole(current)
        return found

    def _judge(self, frontier: Frontier, stop: int) -> Break | None:
        page = replace(read_page(frontier.size, stop), known_roots=self._known)
        return first_break(page, frontier)

    def _shrunk(self, current: _Round) -> Break | None:
        most = max(self._known, default=0)
        if most > current.head.size:
            return Break(f"the log had {most} entries and has fewer now", current.head.size)
        return None

    def _whole(self, current: _Round) -> None:
        self._known = {current.frontier.size: current.frontier.root()}
        self._new = self._new or deepcopy(current.frontier)
        took_ms = round(1000 * (self._clock() - current.began_s))
        self._note(_whole, current.frontier, took_ms, self._verified)
        self._round = None

    def _note(self, record: Callable[..., LogWatchStanding], *said: object) -> None:
        _show(record(*said))
        self._noted_s = self._clock()


def _roots_known() -> dict[int, bytes]:
    row = LogWatchStanding.objects.exclude(whole_size=None).first()
    return {} if row is None else {row.whole_size: bytes(row.whole_root)}  # type: ignore[dict-item,arg-type]


def _locked_row() -> LogWatchStanding:
    LogWatchStanding.objects.get_or_create(defaults={"watched_at": recorded_now()}, id=1)
    row = LogWatchStanding.objects.select_for_update().get()
    row.watched_at = recorded_now()
    return row


@service
def _unchanged(verified_size: int) -> LogWatchStanding:
    row = _locked_row()
    if row.broken_at is None:
        row.verified_size = verified_size
    row.save(update_fields=["watched_at", "verified_size"])
    return row


@service
def _broken(found: Break, verified_size: int) -> LogWatchStanding:
    row = _locked_row()
    was = (row.broken_what, row.broken_sequence, row.broken_leaf_id)
    row.verified_size = verified_size
    row.broken_what, row.broken_object = found.what[:_WHAT_CHARACTERS], found.object_name[:_OBJECT_CHARACTERS]
    row.broken_sequence, row.broken_leaf_id = found.sequence, found.leaf_id
    if was != (row.broken_what, row.broken_sequence, row.broken_leaf_id):
        row.broken_at, row.version = row.broken_at or row.watched_at, row.version + 1
        logger.error("audit: BROKEN at %s", found)
        publish(
            LogFoundBroken(
                **_about(row), what=row.broken_what, sequence=found.sequence, leaf_id=found.leaf_id
            )
        )
    row.save()
    return row


@service
def _whole(frontier: Frontier, took_ms: int, verified_size: int) -> LogWatchStanding:
    row = _locked_row()
    row.verified_size = verified_size
    row.whole_size, row.whole_root = frontier.size, frontier.root()
    row.whole_at, row.whole_took_ms = row.watched_at, took_ms
    if row.broken_at is not None:
        row.broken_at, row.broken_what, row.broken_object = None, "", ""
        row.broken_sequence = row.broken_leaf_id = None
        row.version += 1
        logger.warning("audit: whole again, %d entries", frontier.size)
        publish(LogFoundWhole(**_about(row)))
    row.save()
    return row


def _about(row: LogWatchStanding) -> dict[str, Any]:
    return {
        "actor": WATCH,
        "object_id": "log",
        "revision": row.version,
        "market_time": market_now(),
        "verified_size": row.verified_size,
    }


def _show(row: LogWatchStanding) -> None:
    VERIFIED.set(row.verified_size)
    LAST_PASS.set(0.0 if row.whole_at is None else row.whole_at.timestamp())
    BROKEN.set(float(row.broken_at is not None))
