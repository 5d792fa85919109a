"""What happens to roles, approvals and tokens, in the past tense. Reasons stay in their rows: they are free text."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from compliance.leaves import timestamp
from orders.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class RoleDefined(Event):
    """A role has these permissions from now on."""

    object_type: ClassVar[str] = "role"

    name: str
    permissions: list[str]

    def facts(self) -> dict[str, Any]:
        return {"name": self.name, "permissions": self.permissions}


@dataclass(frozen=True, kw_only=True)
class RoleGrantEvent(Event):
    """A fact about one person's role on one firm, desk or account."""

    object_type: ClassVar[str] = "role_grant"

    user_id: UUID
    role: str
    scope_type: str
    scope_id: UUID

    def facts(self) -> dict[str, Any]:
        return {
            "user_id": str(self.user_id),
            "role": self.role,
            "scope_type": self.scope_type,
            "scope_id": str(self.scope_id),
        }


class RoleGranted(RoleGrantEvent):
    """The person holds the role from now on."""


class RoleRevoked(RoleGrantEvent):
    """The person no longer holds the role by this grant."""


@dataclass(frozen=True, kw_only=True)
class ApprovalEvent(Event):
    """A fact about what one person asked for and another decides. `subject` is the action that was asked for.

    The scope is where it counts: a firm, a desk, an account, or "everything" without an id.
    """

    object_type: ClassVar[str] = "approval"

    subject: str
    scope_type: str
    scope_id: UUID | None
    digest: str

    def facts(self) -> dict[str, Any]:
        return {
            "subject": self.subject,
            "scope_type": self.scope_type,
            "scope_id": None if self.scope_id is None else str(self.scope_id),
            "digest": self.digest,
        }


@dataclass(frozen=True, kw_only=True)
class ApprovalRequested(ApprovalEvent):
    """Someone asked for something that another person has to decide.

    `payload` is what would be done, in ids, codes and decimal strings.
    """

    payload: dict[str, Any]
    expires_at: datetime

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "payload": self.payload, "expires_at": timestamp(self.expires_at)}


@dataclass(frozen=True, kw_only=True)
class ApprovalDecision(ApprovalEvent):
    """A fact about an approval that a second person decided."""

    maker_id: UUID

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "maker_id": str(self.maker_id)}


class ApprovalGranted(ApprovalDecision):
    """The checker agreed, and the change is carried out in the same transaction."""


class ApprovalRefused(ApprovalDecision):
    """The checker did not agree."""


@dataclass(frozen=True, kw_only=True)
class TokenEvent(Event):
    """A fact about a person's token, named by its id: neither the token nor its digest leaves its table."""

    object_type: ClassVar[str] = "token"

    user_id: UUID
    expires_at: datetime | None

    def facts(self) -> dict[str, Any]:
        expires_at = None if self.expires_at is None else timestamp(self.expires_at)
        return {"user_id": str(self.user_id), "expires_at": expires_at}


class TokenCreated(TokenEvent):
    """A token was made and shown once."""


class TokenRevoked(TokenEvent):
    """The token opens nothing any more."""


@dataclass(frozen=True, kw_only=True)
class SubscriptionEvent(Event):
    """A fact about a subscription of an event plugin."""

    object_type: ClassVar[str] = "subscription"

    name: str
    plugin: str

    def facts(self) -> dict[str, Any]:
        return {"name": self.name, "plugin": self.plugin}


@dataclass(frozen=True, kw_only=True)
class SubscriptionSet(SubscriptionEvent):
    """The plugin hears these events, with the parameters of the approval, from now on or from its beginning."""

    events: list[str]
    next_sequence: int
    approval_id: UUID

    def facts(self) -> dict[str, Any]:
        return {
            **super().facts(),
            "events": self.events,
            "next_sequence": self.next_sequence,
            "approval_id": str(self.approval_id),
        }


class SubscriptionEndedByPlugin(SubscriptionEvent):
    """It stands still: the plugin says that its subscriber is gone."""


@dataclass(frozen=True, kw_only=True)
class SubscriptionOperated(SubscriptionEvent):
    """A person did something to it, for a reason that is kept like an operator's reasons elsewhere."""

    reason: str

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "reason": self.reason}


class SubscriptionHalted(SubscriptionOperated):
    """It stands still."""


class SubscriptionResumed(SubscriptionOperated):
    """It goes on where it stood."""


@dataclass(frozen=True, kw_only=True)
class DeliveriesRepeated(SubscriptionOperated):
    """So many deliveries are made again; `delivery_id` where it is one, None for all that were parked."""

    delivery_id: UUID | None
    number: int

    def facts(self) -> dict[str, Any]:
        delivery_id = None if self.delivery_id is None else str(self.delivery_id)
        return {**super().facts(), "delivery_id": delivery_id, "number": self.number}


class SignInFailure(StrEnum):
    """Why somebody did not get in."""

    UNKNOWN_NAME = "unknown_name"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105
    NOT_ACTIVE = "not_active"
    NOT_STAFF = "not_staff"


@dataclass(frozen=True, kw_only=True)
class SignInEvent(Event):
    """A fact about somebody at the sign-in. The object is the person by id, or "unknown" for a name that is none.

    A name that was typed and is nobody's is never kept, in no form: passwords are typed into that field.
    """

    object_type: ClassVar[str] = "sign_in"

    def facts(self) -> dict[str, Any]:
        return {}


class SignedIn(SignInEvent):
    """The person proved who they are."""


class SignedOut(SignInEvent):
    """The person ended the session."""


@dataclass(frozen=True, kw_only=True)
class SignInFailed(SignInEvent):
    """Somebody did not get in."""

    reason: SignInFailure

    def facts(self) -> dict[str, Any]:
        return {"reason": self.reason}


@dataclass(frozen=True, kw_only=True)
class AccessRefused(Event):
    """A person, or somebody unknown, was turned away: 401, 403, or 404 for what is absent or hidden alike.

    The object is what the address named, by its id, "none" where it names none. `route` is our own pattern of the
    address, never the address itself, and `method` one that HTTP knows.
    """

    object_type: ClassVar[str] = "refused_access"

    status: int
    code: str
    method: str
    route: str

    def facts(self) -> dict[str, Any]:
        return {"status": self.status, "code": self.code, "method": self.method, "route": self.route}


@dataclass(frozen=True, kw_only=True)
class RefusalsLeftOut(Event):
    """So many refusals of one person, or of everybody unknown, since then have no leaf of their own: too many came."""

    object_type: ClassVar[str] = "refused_access"

    number: int
    since: datetime

    def facts(self) -> dict[str, Any]:
        return {"number": self.number, "since": timestamp(self.since)}


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
class LogExported(Event):
    """Somebody took the whole log: of how many leaves, and the root over them in hex."""

    object_type: ClassVar[str] = "audit_file"

    tree_size: int
    root: str

    def facts(self) -> dict[str, Any]:
        return {"tree_size": self.tree_size, "root": self.root}


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
