"""What happens to roles, approvals and tokens, in the past tense. Reasons stay in their rows: they are free text."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from compliance.leaves import canonical, timestamp
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
    """A fact about one person's role on one firm, desk or account, for a period of recorded time.

    `delegated_from` is the grant of `delegator_id`, in whose place the person holds it; both None for one's own.
    """

    object_type: ClassVar[str] = "role_grant"

    user_id: UUID
    role: str
    scope_type: str
    scope_id: UUID
    effective_from: datetime
    effective_until: datetime | None
    delegated_from: UUID | None
    delegator_id: UUID | None

    def facts(self) -> dict[str, Any]:
        until, source, delegator = self.effective_until, self.delegated_from, self.delegator_id
        return {
            "user_id": str(self.user_id),
            "role": self.role,
            "scope_type": self.scope_type,
            "scope_id": str(self.scope_id),
            "effective_from": timestamp(self.effective_from),
            "effective_until": None if until is None else timestamp(until),
            "delegated_from": None if source is None else str(source),
            "delegator_id": None if delegator is None else str(delegator),
        }


@dataclass(frozen=True, kw_only=True)
class RoleGranted(RoleGrantEvent):
    """The person holds the role in its period. `approval_id` is None where a command of the house gave it."""

    approval_id: UUID | None

    def facts(self) -> dict[str, Any]:
        approval_id = None if self.approval_id is None else str(self.approval_id)
        return {**super().facts(), "approval_id": approval_id}


@dataclass(frozen=True, kw_only=True)
class RoleRevoked(RoleGrantEvent):
    """The person no longer holds the role by this grant: it was taken back, or what it was delegated from was."""

    approval_id: UUID | None

    def facts(self) -> dict[str, Any]:
        approval_id = None if self.approval_id is None else str(self.approval_id)
        return {**super().facts(), "approval_id": approval_id}


class RoleBegan(RoleGrantEvent):
    """The grant's time has come: what it gives is there from now on."""


class RoleEnded(RoleGrantEvent):
    """The grant's time is over, and what it gave was removed. It gave nothing since its end, whenever this is told."""


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

    `payload` is what would be done, in ids, codes and decimal strings. Parameters of a plugin, which may be addresses
    with a key in them, go in by their digest: the row has them.
    """

    payload: dict[str, Any]
    expires_at: datetime

    def facts(self) -> dict[str, Any]:
        payload = dict(self.payload)
        if "parameters" in payload:
            digest = hashlib.sha256(canonical(payload["parameters"]).encode()).hexdigest()
            payload["parameters"] = {"sha256": digest}
        return {**super().facts(), "payload": payload, "expires_at": timestamp(self.expires_at)}


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
    scopes: list[str]

    def facts(self) -> dict[str, Any]:
        expires_at = None if self.expires_at is None else timestamp(self.expires_at)
        return {"user_id": str(self.user_id), "expires_at": expires_at, "scopes": list(self.scopes)}


class TokenCreated(TokenEvent):
    """A token was made and shown once."""


@dataclass(frozen=True, kw_only=True)
class TokenRotated(TokenEvent):
    """Another token takes its place, and it is valid for a short time yet."""

    successor_id: UUID

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "successor_id": str(self.successor_id)}


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
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - the word for it, no password
    NOT_ACTIVE = "not_active"
    NOT_STAFF = "not_staff"
    LOCKED_OUT = "locked_out"


@dataclass(frozen=True, kw_only=True)
class SignInEvent(Event):
    """A fact about somebody at the sign-in. The object is the person by id, or "unknown" for a name that is none.

    A name that was typed and is nobody's is never kept, in no form: passwords are typed into that field.
    """

    object_type: ClassVar[str] = "sign_in"

    def facts(self) -> dict[str, Any]:
        return {}


@dataclass(frozen=True, kw_only=True)
class SessionEvent(SignInEvent):
    """A fact about one of the person's sessions, named by its id: its key is kept nowhere."""

    session_id: UUID

    def facts(self) -> dict[str, Any]:
        return {"session_id": str(self.session_id)}


class SignedIn(SessionEvent):
    """The person proved who they are, and a session began."""


class SignedOut(SessionEvent):
    """The person ended the session."""


@dataclass(frozen=True, kw_only=True)
class SessionEnded(SessionEvent):
    """The session is over otherwise: `because` says how. The reason is an operator's, kept like those elsewhere."""

    because: str
    reason: str

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "because": self.because, "reason": self.reason}


class PasswordChanged(SignInEvent):
    """The person has another password; the sessions beside the one that changed it are over."""


class PasswordUpgraded(SignInEvent):
    """The same password is kept under the hash of today."""


@dataclass(frozen=True, kw_only=True)
class PersonStanding(SignInEvent):
    """Whether a person may use the house at all has changed, for a reason that is kept like an operator's elsewhere."""

    reason: str

    def facts(self) -> dict[str, Any]:
        return {"reason": self.reason}


class PersonDeactivated(PersonStanding):
    """The person opens nothing any more: sessions and tokens are over."""


class PersonReactivated(PersonStanding):
    """The person may sign in again; what was ended stays so."""


@dataclass(frozen=True, kw_only=True)
class SignInFailed(SignInEvent):
    """Somebody did not get in."""

    reason: SignInFailure

    def facts(self) -> dict[str, Any]:
        return {"reason": self.reason}


@dataclass(frozen=True, kw_only=True)
class SignInLocked(SignInEvent):
    """Too many tries failed: until then none is looked at of the person, the address or the browser, as `counted` says.

    The object is the person, "unknown" for an address and for names that are nobody's.
    """

    counted: str
    failures: int
    until: datetime

    def facts(self) -> dict[str, Any]:
        return {"counted": self.counted, "failures": self.failures, "until": timestamp(self.until)}


@dataclass(frozen=True, kw_only=True)
class SignInLockLifted(SignInEvent):
    """An operator let tries be looked at again, for a reason that is kept like an operator's reasons elsewhere."""

    counted: list[str]
    reason: str

    def facts(self) -> dict[str, Any]:
        return {"counted": self.counted, "reason": self.reason}


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
