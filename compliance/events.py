"""What happens to roles, approvals and tokens, in the past tense. Reasons stay in their rows: they are free text."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from compliance.leaves import timestamp
from orders.kernel.events import Event
from orders.kernel.money import decimal_text


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
class LimitChangeProposed(Event):
    """Someone asked for another value of a limit."""

    object_type: ClassVar[str] = "approval"

    account_id: UUID
    limit_id: UUID
    limit_version: int
    before_value: Decimal
    value: Decimal
    digest: str
    expires_at: datetime

    def facts(self) -> dict[str, Any]:
        return {
            "account_id": str(self.account_id),
            "limit_id": str(self.limit_id),
            "limit_version": self.limit_version,
            "before": decimal_text(self.before_value),
            "value": decimal_text(self.value),
            "digest": self.digest,
            "expires_at": timestamp(self.expires_at),
        }


@dataclass(frozen=True, kw_only=True)
class ExecutionChangeProposed(Event):
    """Someone asked for a bust, a correction or a fill by hand. `payload` is what would be done, ids and decimals."""

    object_type: ClassVar[str] = "approval"

    account_id: UUID
    subject: str
    payload: dict[str, Any]
    digest: str
    expires_at: datetime

    def facts(self) -> dict[str, Any]:
        return {
            "account_id": str(self.account_id),
            "subject": self.subject,
            "payload": self.payload,
            "digest": self.digest,
            "expires_at": timestamp(self.expires_at),
        }


@dataclass(frozen=True, kw_only=True)
class ApprovalDecision(Event):
    """A fact about an approval that a second person decided."""

    object_type: ClassVar[str] = "approval"

    account_id: UUID
    subject: str
    digest: str
    maker_id: UUID

    def facts(self) -> dict[str, Any]:
        return {
            "account_id": str(self.account_id),
            "subject": self.subject,
            "digest": self.digest,
            "maker_id": str(self.maker_id),
        }


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
