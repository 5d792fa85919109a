"""Four eyes: a person asks for something, another decides, and what was agreed to is carried out once.

What can be asked for and who decides stands in compliance/actions.py, how it is carried out in `carriers`, and the
asking in a file for each subject (`limit_changes`, `execution_changes`).

An approval is bound to the digest of its action and payload: what was agreed to is exactly that, or nothing.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from compliance.actions import ACTIONS, ROLE_ACTIONS
from compliance.commands import Decide
from compliance.errors import (
    ApprovalAltered,
    ApprovalExpired,
    ApprovalNotFound,
    ApprovalNotPending,
    ApprovalOutdated,
    ApprovalSamePerson,
    MakerNotPermitted,
)
from compliance.events import ApprovalDecision, ApprovalGranted, ApprovalRefused, ApprovalRequested
from compliance.models import Approval
from compliance.models.approval import ApprovalState
from compliance.role_reads import persons_counted
from compliance.selectors import approvals_for
from compliance.services.carriers import CARRIERS
from compliance.services.role_grants import locked_roles
from orders import authority
from orders.authority import Scope
from orders.hooks import publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.transactions import service, step
from orders.selectors import market_now
from orders.services.limits import payload_digest

TIME_TO_DECIDE = timedelta(hours=24)


@step
def new_approval(
    actor: Actor, action: str, payload: dict[str, Any], *, scope: Scope | None, reason: str
) -> Approval:
    """Write down what a person asks for: it waits for another's decision for 24 hours.

    `action` is one of ACTIONS; `payload` holds ids, codes and decimal strings, never free text, since the log keeps
    it; `scope` says on what the decider needs the right, None for everything. Whether the person may ask is the
    caller's to check.
    """
    now = recorded_now()
    held_on = {} if scope is None else {str(scope._meta.model_name): scope}
    approval = Approval.objects.create(
        action=action,
        payload=payload,
        digest=payload_digest(action, payload),
        maker_id=actor.person_id(),
        maker_persons=persons_counted(actor.person_id(), now),
        maker_reason=reason,
        expires_at=now + TIME_TO_DECIDE,
        recorded_at=now,
        **held_on,
    )
    publish(
        ApprovalRequested(payload=payload, expires_at=approval.expires_at, **_common_facts(actor, approval))
    )
    return approval


@service
def approve(*, actor: Actor, approval_id: UUID, reason: str) -> Approval:
    """Agree to what was asked for and carry it out in the same transaction, once.

    Raises pydantic.ValidationError for a reason that is none, ApprovalNotFound, NotPermitted without the right to
    approve such a thing on the approval's scope, ApprovalSamePerson for who asked, for who stands in for them and for
    whom they stand in, ApprovalNotPending, ApprovalExpired,
    ApprovalAltered when the stored payload is not the one proposed, MakerNotPermitted when who asked for it
    may no longer, ApprovalOutdated when what it was about has changed since, and what carrying it out raises.
    """
    approval = _decide(actor, approval_id, reason, ApprovalState.APPROVED)
    _require_entitled_maker(actor, approval)
    _announce_decision(ApprovalGranted, actor, approval)
    CARRIERS[approval.action](actor, approval)
    approval.refresh_from_db(fields=["used_at"])
    return approval


@service
def refuse(*, actor: Actor, approval_id: UUID, reason: str) -> Approval:
    """Decide against it. Raises what `approve` raises, but for MakerNotPermitted and ApprovalOutdated."""
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
    if approval.action in ROLE_ACTIONS:
        locked_roles()  # First: who decides, and as whom they count, may change while another's grant is waited for.
    authority.require_on(actor, ACTIONS[approval.action].decided_with, approval.scope)
    _require_decidable(actor, approval)
    now = recorded_now()
    approval.state, approval.checker_id = state, actor.person_id()
    approval.checker_reason, approval.decided_at = command.reason, now
    _count_persons(actor, approval, now)
    approval.version += 1
    approval.save(update_fields=[*_DECISION, "version"])
    return approval


_DECISION = ("state", "checker", "checker_reason", "decided_at", "maker_persons", "checker_persons")


def _count_persons(actor: Actor, approval: Approval, now: datetime) -> None:
    """Who stands in for another counts as that one, too: when it was asked for, and now. A constraint holds it."""
    approval.checker_persons = persons_counted(actor.person_id(), now)
    approval.maker_persons = sorted({*approval.maker_persons, *persons_counted(approval.maker_id, now)})
    if {*approval.maker_persons} & {*approval.checker_persons}:
        raise ApprovalSamePerson("one of you stands in for the other, or you both for the same person")


def _require_decidable(actor: Actor, approval: Approval) -> None:
    if approval.maker_id == actor.user_id:
        raise ApprovalSamePerson("you asked for this change yourself")
    if approval.state != ApprovalState.PENDING:
        raise ApprovalNotPending(f"the approval is {approval.state} already", approval_state=approval.state)
    _require_time(approval)
    if payload_digest(approval.action, approval.payload) != approval.digest:
        raise ApprovalAltered("the stored payload is not the one that was proposed")


def _require_entitled_maker(actor: Actor, approval: Approval) -> None:
    """Two who may: a proposal of who has lost the right meanwhile is one person's decision."""
    maker = replace(actor, name=approval.maker.username, user_id=approval.maker_id)
    asked_with = ACTIONS[approval.action].asked_with
    if not approval.maker.is_active:
        raise MakerNotPermitted("who asked for it is not let in any more")
    if asked_with is not None and not authority.may_on(maker, asked_with, approval.scope):
        raise MakerNotPermitted("who asked for it may no longer ask for such a thing")


def _require_time(approval: Approval) -> None:
    if approval.expires_at <= recorded_now():
        raise ApprovalExpired("nobody decided in time")


def _announce_decision(event_class: type[ApprovalDecision], actor: Actor, approval: Approval) -> None:
    publish(event_class(maker_id=approval.maker_id, **_common_facts(actor, approval)))


def _common_facts(actor: Actor, approval: Approval) -> dict[str, Any]:
    scope = approval.scope
    return {
        "actor": actor,
        "object_id": str(approval.pk),
        "revision": approval.version,
        "market_time": market_now(),
        "subject": approval.action,
        "scope_type": "everything" if scope is None else scope._meta.model_name,
        "scope_id": None if scope is None else scope.pk,
        "digest": approval.digest,
    }
