"""What other limits would have changed, counted: by check, by limit, by account and by trader. Pure.

Memory is bounded by how many limits, accounts and traders there are, whatever the number of orders.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from orders.limit_kinds import KINDS
from orders.risk.denials import Denial, denial_of
from orders.risk.figures import Decision, Finding, LimitInForce
from orders.risk.rejudge import Rejudged, Verdict, verdict_of


class Change(StrEnum):
    """What would have become of an order that did not. NOT_JUDGED: a figure that could decide it was not kept."""

    REFUSED = "would_be_refused"
    ADMITTED = "would_be_admitted"
    WARNED = "would_be_warned"
    NO_LONGER_WARNED = "would_no_longer_be_warned"
    NOT_JUDGED = "not_judged"
    NONE = "unchanged"


def change_of(then: Verdict, now: Verdict) -> Change:
    """Return what changes between two verdicts."""
    if now is Verdict.NOT_JUDGED:
        return Change.NOT_JUDGED
    if now is then:
        return Change.NONE
    if now is Verdict.REFUSED:
        return Change.REFUSED
    if then is Verdict.REFUSED:
        return Change.ADMITTED
    return Change.WARNED if now is Verdict.WARNED else Change.NO_LONGER_WARNED


@dataclass(frozen=True, slots=True)
class Cause:
    """A finding that makes the change: of today where something is refused or warned, else of then.

    `then` and `now` are the limit as it was and as it is, None where it did not or does not apply, or may not be seen.
    """

    told: Denial
    then: LimitInForce | None
    now: LimitInForce | None


@dataclass(frozen=True, slots=True)
class Compared:
    """An order's decision of then beside what today's limits say of the same figures, as one may see them."""

    then: Decision
    now: Rejudged

    @property
    def change(self) -> Change:
        """What would have become of it."""
        return change_of(verdict_of(self.then), self.now.verdict)

    @property
    def causes(self) -> tuple[Cause, ...]:
        """What makes the change, in the order of the checks; nothing where there is none or it is not judged."""
        found, is_now = {
            Change.REFUSED: (self.now.decision.denials, True),
            Change.WARNED: (self.now.decision.warnings, True),
            Change.ADMITTED: (self.then.denials, False),
            Change.NO_LONGER_WARNED: (self.then.warnings, False),
        }.get(self.change, ((), True))
        other = {_key(each): each.limit for each in (self.then if is_now else self.now.decision).findings}
        return tuple(
            Cause(
                denial_of(each, self.then.currency),
                then=other.get(_key(each)) if is_now else each.limit,
                now=each.limit if is_now else other.get(_key(each)),
            )
            for each in found
        )


def _key(finding: Finding) -> tuple[str, UUID | None]:
    return finding.check, _id(finding.limit)


def _id(limit: LimitInForce | None) -> UUID | None:
    return None if limit is None else limit.id


@dataclass(slots=True)
class OfLimit:
    """What one limit would have changed. `limit` is None for all those together that one may not see."""

    check: str
    limit: LimitInForce | None
    changes: Counter[Change] = field(default_factory=Counter)


@dataclass(slots=True)
class Tally:
    """How many orders, and new terms of orders, would have become something else."""

    judged: int = 0
    new_terms: int = 0
    changes: Counter[Change] = field(default_factory=Counter)
    by_check: defaultdict[str, Counter[Change]] = field(default_factory=lambda: defaultdict(Counter))
    by_limit: dict[tuple[str, UUID | None], OfLimit] = field(default_factory=dict)
    by_account: defaultdict[str, Counter[Change]] = field(default_factory=lambda: defaultdict(Counter))
    by_trader: defaultdict[str, Counter[Change]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, compared: Compared, *, account: str, trader: str, is_of_new_terms: bool) -> Change:
        """Count one decision, and return its change."""
        change = compared.change
        self.judged += 1
        self.new_terms += is_of_new_terms
        self.changes[change] += 1
        if change is not Change.NONE:
            self.by_account[account][change] += 1
            self.by_trader[trader][change] += 1
            self._count_limits(change, compared)
        return change

    def _count_limits(self, change: Change, compared: Compared) -> None:
        limits: Iterable[tuple[str, LimitInForce | None]]
        if change is Change.NOT_JUDGED:
            limits = compared.now.not_judged
        else:
            limits = ((each.told.finding.check, each.now or each.then) for each in compared.causes)
        named = {(check, _id(limit)): limit for check, limit in limits}
        for (check, limit_id), limit in named.items():
            if check not in KINDS:
                continue  # Of limits that are missing there is none to name.
            self.by_limit.setdefault((check, limit_id), OfLimit(check, limit)).changes[change] += 1
        for check in {check for check, _limit_id in named}:
            self.by_check[check][change] += 1
