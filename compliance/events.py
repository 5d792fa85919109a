"""What happens to roles, approvals and tokens, in the past tense. Reasons stay in their rows: they are free text."""

from dataclasses import dataclass
from datetime import datetime
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
