"""Four eyes: a person asks for a change, another decides, and what was agreed to is carried out once.

Limits are asked for here, what is to be done to executions in `execution_changes`; both are decided here.

An approval is bound to the digest of its payload. The payload of a limit's change holds the limit's version, so the
approval dies when the limit changes meanwhile.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from compliance.commands import Decide, ProposeLimitChange
from compliance.errors import (
    ApprovalAltered,
    ApprovalExpired,
    ApprovalNotFound,
    ApprovalNotPending,
    ApprovalOutdated,
    ApprovalSamePerson,
    LimitNotFound,
    LimitUnchanged,
)
from compliance.events import ApprovalDecision, ApprovalGranted, ApprovalRefused, LimitChangeProposed
from compliance.models import Approval
from compliance.models.approval import ApprovalState
from compliance.selectors import CHANGE_LIMIT, approvals_for
from orders import authority
from orders.hooks import publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.errors import NotPermitted
from orders.kernel.transactions import service, step
from orders.models import Limit
from orders.permissions import APPROVE_EXECUTIONS, APPROVE_LIMITS, PROPOSE_LIMITS
from orders.selectors import limits_for, market_now
from orders.services import ExecutionChange, carry_out, change_limit
from orders.services.limits import limit_change_payload, payload_digest

TIME_TO_DECIDE = timedelta(hours=24)


@service
def propose_limit_change(*, actor: Actor, limit_id: UUID, value: Decimal | str, reason: str) -> Approval:
    """Ask that a limit get `value`, in the unit of its kind, and return the approval that waits for 24 hours.

    Raises pydantic.ValidationError for a value or reason that is none, NotPermitted for a process or
    without propose_limits on the account, LimitNotFound, and LimitUnchanged.
    """
    command = ProposeLimitChange.model_validate({"value": value, "reason": reason})
    if actor.user_id is None:
        raise NotPermitted("a limit's change is asked for by a person")
    limit = limits_for(actor).filter(pk=limit_id).first()
    if limit is None:
        raise LimitNotFound("there is no such limit for you")
    authority.require(actor, PROPOSE_LIMITS, limit.account_id)
    if command.value == limit.value:
        raise LimitUnchanged("the limit has this value already")
    payload = limit_change_payload(limit, command.value)
    approval = new_approval(actor, CHANGE_LIMIT, payload, account_id=limit.account_id, reason=command.reason)
    _announce_proposal(actor, approval, limit, command.value)
    return approval


@step
def new_approval(
    actor: Actor, action: str, payload: dict[str, Any], *, account_id: UUID, reason: str
) -> Approval:
    """Write down what a person asks for: it waits for another's decision for 24 hours."""
    now = recorded_now()
    return Approval.objects.create(
        action=action,
        payload=payload,
        digest=payload_digest(action, payload),
        account_id=account_id,
        maker_id=actor.person_id(),
        maker_reason=reason,
        expires_at=now + TIME_TO_DECIDE,
        recorded_at=now,
    )


@service
def approve(*, actor: Actor, approval_id: UUID, reason: str) -> Approval:
    """Agree to a change and carry it out in the same transaction, once.

    Raises pydantic.ValidationError for a reason that is none, ApprovalNotFound, NotPermitted without the right to
    approve such a change on the account, ApprovalSamePerson, ApprovalNotPending, ApprovalExpired, ApprovalAltered
    when the stored payload is not the one proposed, ApprovalOutdated when the limit has changed since, and what
    booking a change of executions raises.
    """
    approval = _decide(actor, approval_id, reason, ApprovalState.APPROVED)
    _announce_decision(ApprovalGranted, actor, approval)
    _carry_out(actor, approval)
    approval.refresh_from_db(fields=["used_at"])
    return approval


def _carry_out(actor: Actor, approval: Approval) -> None:
    if approval.action == CHANGE_LIMIT:
        change_limit(
            actor=actor,
            limit_id=UUID(approval.payload["limit_id"]),
            value=Decimal(approval.payload["value"]),
            approval_id=approval.pk,
        )
        return
    carry_out(
        actor=actor,
        change=ExecutionChange(approval.action),
        payload=approval.payload,
        approval_id=approval.pk,
        reason=approval.maker_reason,
    )


@service
def refuse(*, actor: Actor, approval_id: UUID, reason: str) -> Approval:
    """Decide against a change. Raises what `approve` raises, but for ApprovalOutdated."""
    approval = _decide(actor, approval_id, reason, ApprovalState.REFUSED)
    _announce_decision(ApprovalRefused, actor, approval)
    return approval


@step
def require_approval(*, approval_id: UUID, action: str, payload_digest: str) -> None:
    """Use up the approval of exactly this change: the hook by which orders' services insist on one.

    Raises ApprovalNotFound, ApprovalNotPending when it was not given or is used, ApprovalExpired, and
    ApprovalOutdated when it was given for something else.
    """
    approval = Approval.objects.select_for_update().filter(pk=approval_id, action=action).first()
    if approval is None:
        raise ApprovalNotFound("there is no such approval")
    if approval.state != ApprovalState.APPROVED or approval.used_at is not None:
        raise ApprovalNotPending("the approval was not given, or is used")
    _require_time(approval)
    if approval.digest != payload_digest:
        raise ApprovalOutdated("what was to be changed has changed since the approval was asked for")
    approval.used_at = recorded_now()
    approval.save(update_fields=["used_at"])


def _decide(actor: Actor, approval_id: UUID, reason: str, state: ApprovalState) -> Approval:
    command = Decide.model_validate({"reason": reason})
    if not approvals_for(actor).filter(pk=approval_id).exists():
        raise ApprovalNotFound("there is no such approval for you")
    approval = Approval.objects.select_for_update().get(pk=approval_id)
    authority.require(actor, permission_to_decide(approval.action), approval.account_id)
    _require_decidable(actor, approval)
    approval.state, approval.checker_id = state, actor.user_id
    approval.checker_reason, approval.decided_at = command.reason, recorded_now()
    approval.version += 1
    approval.save(update_fields=["state", "checker", "checker_reason", "decided_at", "version"])
    return approval


def permission_to_decide(action: str) -> str:
    """Return which permission on the account it takes to decide on such a change."""
    return APPROVE_LIMITS if action == CHANGE_LIMIT else APPROVE_EXECUTIONS


def _require_decidable(actor: Actor, approval: Approval) -> None:
    if approval.maker_id == actor.user_id:
        raise ApprovalSamePerson("you asked for this change yourself")
    if approval.state != ApprovalState.PENDING:
        raise ApprovalNotPending(f"the approval is {approval.state} already", approval_state=approval.state)
    _require_time(approval)
    if payload_digest(approval.action, approval.payload) != approval.digest:
        raise ApprovalAltered("the stored payload is not the one that was proposed")


def _require_time(approval: Approval) -> None:
    if approval.expires_at <= recorded_now():
        raise ApprovalExpired("nobody decided in time")


def _announce_proposal(actor: Actor, approval: Approval, limit: Limit, value: Decimal) -> None:
    publish(
        LimitChangeProposed(
            actor=actor,
            object_id=str(approval.pk),
            revision=approval.version,
            market_time=market_now(),
            account_id=limit.account_id,
            limit_id=limit.pk,
            limit_version=limit.version,
            before_value=limit.value,
            value=value,
            digest=approval.digest,
            expires_at=approval.expires_at,
        )
    )


def _announce_decision(event_class: type[ApprovalDecision], actor: Actor, approval: Approval) -> None:
    publish(
        event_class(
            actor=actor,
            object_id=str(approval.pk),
            revision=approval.version,
            market_time=market_now(),
            account_id=approval.account_id,
            subject=approval.action,
            digest=approval.digest,
            maker_id=approval.maker_id,
        )
    )
