"""Limits asked for, as tests need it: the rest of the command filled in."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from compliance.commands import ProposeLimit, ProposeLimitChange
from compliance.models import Approval
from compliance.services.approvals import approve
from compliance.services.limit_changes import propose_limit, propose_limit_change
from orders.kernel.context import Actor
from orders.models import Limit
from tests.world import World


def propose_value(*, actor: Actor, limit_id: UUID, value: Decimal | str, reason: str) -> Approval:
    """Ask for another value of a limit."""
    command = ProposeLimitChange.model_validate({"value": value, "reason": reason})
    return propose_limit_change(actor=actor, limit_id=limit_id, command=command)


def propose_new(actor: Actor, **terms: Any) -> Approval:
    """Ask for a new limit with these terms."""
    return propose_limit(actor=actor, command=ProposeLimit.model_validate({"reason": "as agreed", **terms}))


def agreed(world: World, approval: Approval) -> Limit:
    """The limit after the risk officer has approved."""
    approve(actor=world.risk_officer, approval_id=approval.pk, reason="agreed")
    return Limit.objects.get(pk=approval.payload["limit_id"])
