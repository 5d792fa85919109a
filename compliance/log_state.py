"""The state of the log as it is known now: what was verified, how the copies outside stand, and what needs somebody."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from compliance.models import Checkpoint, CopyState, LogWatchStanding, OutsideCopy, SearchEntry
from compliance.selectors import require_log
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor

UNWATCHED_AFTER = timedelta(seconds=60)
"""After so long without a word from it, nobody verifies the log."""
UNSEARCHED_AFTER = timedelta(seconds=60)
"""So long an entry may wait to be found by a search."""
OWN_KIND = "database"
"""The kind under which it stands what the database itself has of signed checkpoints: that is no copy outside."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that needs somebody. `is_grave`: the log itself, or another history of it."""

    sentence: str
    is_grave: bool


@dataclass(frozen=True, slots=True)
class LogState:
    """What is known at `at`: `watch` is None before the first word of the verification.

    `unsearched_since` is from when the oldest entry is that no search finds yet, None where there is none.
    """

    at: datetime
    watch: LogWatchStanding | None
    copies: tuple[OutsideCopy, ...]
    unsearched_since: datetime | None = None

    @property
    def is_watched(self) -> bool:
        """Whether the continuous verification has said something of late."""
        return self.watch is not None and self.at - self.watch.watched_at <= UNWATCHED_AFTER

    @property
    def is_broken(self) -> bool:
        """Whether a break was found that no whole pass has followed."""
        return self.watch is not None and self.watch.broken_at is not None

    @property
    def pass_age_s(self) -> int | None:
        """How many seconds ago the last pass over all entries ended that found nothing; None before the first."""
        whole_at = None if self.watch is None else self.watch.whole_at
        return None if whole_at is None else max(0, int((self.at - whole_at).total_seconds()))

    @property
    def outside(self) -> tuple[OutsideCopy, ...]:
        """The places outside the database that are asked."""
        return tuple(
            copy for copy in self.copies if copy.kind != OWN_KIND and copy.state != CopyState.WITHDRAWN
        )

    @property
    def log_alerts(self) -> list[Alert]:
        """What verification found, whether it goes on, and whether the search does."""
        found = [] if self.watch is None or not self.is_broken else [_broken(self.watch)]
        if not self.is_watched:
            found.append(_unwatched(self.watch))
        since = self.unsearched_since
        if since is not None and self.at - since > UNSEARCHED_AFTER:
            found.append(_unsearched(since))
        return found

    @property
    def copy_alerts(self) -> list[Alert]:
        """The places that differ, then those that are silent."""
        differing = [copy for copy in self.copies if copy.state == CopyState.DIFFERS]
        silent = [copy for copy in self.copies if copy.state == CopyState.SILENT]
        return [
            *(Alert(f"Nothing is signed, {each.name} differs: {each.detail}", True) for each in differing),
            *(Alert(f"{each.name} is silent: {each.detail}", False) for each in silent),
        ]

    @property
    def alerts(self) -> list[Alert]:
        """All of them, the gravest first."""
        return sorted([*self.log_alerts, *self.copy_alerts], key=lambda alert: not alert.is_grave)


def known_log_state() -> LogState:
    """Return the state of the log for our own processes (people use `log_state`)."""
    watch, copies = LogWatchStanding.objects.first(), tuple(OutsideCopy.objects.all())
    return LogState(recorded_now(), watch, copies, _unsearched_since())


def _unsearched_since() -> datetime | None:
    last = SearchEntry.objects.order_by("-sequence").values_list("sequence", flat=True).first()
    lacking = Checkpoint.objects.filter(tree_size__gt=0 if last is None else last + 1).order_by("tree_size")
    return lacking.values_list("recorded_at", flat=True).first()


def log_state(actor: Actor) -> LogState:
    """Return the state of the log. Raises NotPermitted unless `may_read_log`."""
    require_log(actor)
    return known_log_state()


def _broken(watch: LogWatchStanding) -> Alert:
    where = "" if watch.broken_sequence is None else f" at entry {watch.broken_sequence:,}"
    leaf = "" if watch.broken_leaf_id is None else f" (leaf {watch.broken_leaf_id}, {watch.broken_object})"
    return Alert(f"The log is broken{where}{leaf}: {watch.broken_what}", True)


def _unwatched(watch: LogWatchStanding | None) -> Alert:
    if watch is None:
        return Alert("Nobody has verified the log yet: is audit_watch running?", False)
    return Alert(f"Nobody verifies the log since {watch.watched_at:%Y-%m-%d %H:%M:%S} UTC", True)


def _unsearched(since: datetime) -> Alert:
    return Alert(
        f"No search finds what the log has since {since:%Y-%m-%d %H:%M:%S} UTC: see the log of audit_integrator",
        False,
    )
