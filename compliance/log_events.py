"""What happens to the log itself: its copies outside, its verification, its months, and what is taken from it."""

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from orders.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class OutsideCopyEvent(Event):
    """A fact about a place outside the database that keeps checkpoints or signs them.

    `tree_size` is the size of the newest checkpoint there, None where none is known; `database_size` is the tree here.
    """

    object_type: ClassVar[str] = "outside_copy"

    kind: str
    tree_size: int | None
    database_size: int

    def facts(self) -> dict[str, Any]:
        return {"kind": self.kind, "tree_size": self.tree_size, "database_size": self.database_size}


class OutsideCopyAgreed(OutsideCopyEvent):
    """What is kept there is of this log."""


class OutsideCopyFellSilent(OutsideCopyEvent):
    """It does not answer."""


class OutsideCopyDiffered(OutsideCopyEvent):
    """It knows another history of this log than the database, or more of it: nothing is signed."""


class OutsideCopyWithdrawn(OutsideCopyEvent):
    """The environment no longer names it."""


@dataclass(frozen=True, kw_only=True)
class LogWatchEvent(Event):
    """A fact about the continuous verification of this log. `verified_size` entries from the first on hold."""

    object_type: ClassVar[str] = "log"

    verified_size: int

    def facts(self) -> dict[str, Any]:
        return {"verified_size": self.verified_size}


@dataclass(frozen=True, kw_only=True)
class LogFoundBroken(LogWatchEvent):
    """Verification found where the log is broken: `sequence` and `leaf_id` are None where there is no such row."""

    what: str
    sequence: int | None
    leaf_id: int | None

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "what": self.what, "sequence": self.sequence, "leaf_id": self.leaf_id}


class LogFoundWhole(LogWatchEvent):
    """A pass over all entries found nothing, after one had found a break."""


@dataclass(frozen=True, kw_only=True)
class BundleTaken(Event):
    """Somebody took an order's bundle of the log: of how many leaves, and the SHA-256 of the file."""

    object_type: ClassVar[str] = "audit_file"

    order_id: UUID
    leaves: int
    digest: str

    def facts(self) -> dict[str, Any]:
        return {"order_id": str(self.order_id), "leaves": self.leaves, "sha256": self.digest}


@dataclass(frozen=True, kw_only=True)
class LogExportEvent(Event):
    """A fact about an export of the whole log: of how many leaves, and the root over them in hex."""

    object_type: ClassVar[str] = "audit_file"

    tree_size: int
    root: str

    def facts(self) -> dict[str, Any]:
        return {"tree_size": self.tree_size, "root": self.root}


class LogExportBegun(LogExportEvent):
    """Somebody is taking the whole log: from here on there may be files of it."""


class LogExported(LogExportEvent):
    """Somebody took the whole log: every file of it is written."""


@dataclass(frozen=True, kw_only=True)
class LeafMonthEvent(Event):
    """A fact about a month of this log: its leaves are among the entries from `first_sequence` up to `end_sequence`.

    `digest` is the SHA-256 of its archive in hex, which leads to the signed tree of `tree_size` leaves.
    """

    object_type: ClassVar[str] = "log_month"

    leaves: int
    first_sequence: int
    end_sequence: int
    digest: str
    tree_size: int

    def facts(self) -> dict[str, Any]:
        return {
            "leaves": self.leaves,
            "first_sequence": self.first_sequence,
            "end_sequence": self.end_sequence,
            "sha256": self.digest,
            "tree_size": self.tree_size,
        }


class LeafMonthArchived(LeafMonthEvent):
    """Its leaves are in an archive, and no longer in the table of leaves."""


class LeafMonthAttached(LeafMonthEvent):
    """Its leaves are in the table again."""


@dataclass(frozen=True, kw_only=True)
class RetentionRuleSet(Event):
    """From a day on a regime asks for records of a class for so many years, None: for nothing any more."""

    object_type: ClassVar[str] = "retention_rule"

    regime: str
    record_class: str
    years: int | None
    effective_from: date
    source: str
    approval_id: UUID

    def facts(self) -> dict[str, Any]:
        return {
            "regime": self.regime,
            "record_class": self.record_class,
            "years": self.years,
            "effective_from": self.effective_from.isoformat(),
            "source": self.source,
            "approval_id": str(self.approval_id),
        }


@dataclass(frozen=True, kw_only=True)
class LegalHoldEvent(Event):
    """A fact about a legal hold: what it keeps, and the days between which, None where that is open."""

    object_type: ClassVar[str] = "legal_hold"

    kind: str
    subject: str
    since: date | None
    until: date | None

    def facts(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "subject": self.subject,
            "since": None if self.since is None else self.since.isoformat(),
            "until": None if self.until is None else self.until.isoformat(),
        }


class LegalHoldPlaced(LegalHoldEvent):
    """Months with leaves of the subject are not destroyed from now on."""


@dataclass(frozen=True, kw_only=True)
class LegalHoldLifted(LegalHoldEvent):
    """The hold keeps nothing any more."""

    approval_id: UUID

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "approval_id": str(self.approval_id)}


@dataclass(frozen=True, kw_only=True)
class CaseEvent(Event):
    """A fact about a case: what was found in the log for somebody's question. The words are in the case alone."""

    object_type: ClassVar[str] = "audit_case"


@dataclass(frozen=True, kw_only=True)
class CaseRequested(CaseEvent):
    """Somebody asked for a case. `digest` is the SHA-256 of its terms, with a salt that is among them."""

    digest: str
    through: int

    def facts(self) -> dict[str, Any]:
        return {"terms_sha256": self.digest, "through": self.through}


@dataclass(frozen=True, kw_only=True)
class CaseExported(CaseEvent):
    """A case was written. `digest` is the SHA-256 of its manifest, and this leaf what the log signs of it.

    `leaves` of the tree of `tree_size` are in it.
    """

    digest: str
    leaves: int
    tree_size: int

    def facts(self) -> dict[str, Any]:
        return {"sha256": self.digest, "leaves": self.leaves, "tree_size": self.tree_size}


@dataclass(frozen=True, kw_only=True)
class CaseTaken(CaseEvent):
    """Somebody took a case. `digest` is the SHA-256 of the file, of `size_bytes`."""

    digest: str
    size_bytes: int

    def facts(self) -> dict[str, Any]:
        return {"sha256": self.digest, "size_bytes": self.size_bytes}
