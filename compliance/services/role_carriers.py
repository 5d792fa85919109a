"""How a role that was asked for is given, delegated or taken back: judged again, under the lock of all grants."""

from typing import Any
from uuid import UUID

from compliance.errors import ApprovalAltered
from compliance.models import Approval
from compliance.services.role_grants import (
    end_grant,
    locked_grant,
    locked_roles,
    require_delegable,
    require_fit,
    write_grant,
)
from compliance.services.role_payloads import (
    grant_payload,
    read_grant,
    require_entitled,
    revocation_payload,
    scope_facts,
)
from orders.hooks import hooks
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.moments import parse_moment
from orders.kernel.transactions import step
from orders.services.limits import payload_digest


@step
def give_role(actor: Actor, approval: Approval) -> None:
    """Write the grant, or the delegation, that was agreed to.

    Raises what the approval's hook raises, ApprovalAltered for another scope than was proposed, MakerNotPermitted,
    RoleOwn, ApprovalOutdated where what is delegated is over, RoleNotDelegable, and what `require_fit` raises:
    incompatible roles above all.
    """
    roles, now, payload = locked_roles(), recorded_now(), approval.payload
    grant = read_grant(approval, roles[payload["role"]], now)
    start = payload["effective_from"]
    found = grant_payload(grant, effective_from=None if start is None else parse_moment(start), now=now)
    _use_up(approval, found)
    require_entitled(actor, approval, grant)
    if grant.delegated_from_id is not None:
        require_delegable(locked_grant(grant.delegated_from_id, now), grant)
    require_fit(grant, now)
    write_grant(actor, grant, now)


@step
def take_role(actor: Actor, approval: Approval) -> None:
    """End the grant, and what was delegated from it. Raises what `give_role` raises but for judgement of new roles."""
    locked_roles()
    now = recorded_now()
    grant = locked_grant(UUID(approval.payload["grant_id"]), now)
    _use_up(approval, revocation_payload(grant, now))
    require_entitled(actor, approval, grant)
    end_grant(actor, grant, now, approval_id=approval.pk)


def _use_up(approval: Approval, found: dict[str, Any]) -> None:
    if approval.scope is None or approval.payload.get("scope") != scope_facts(approval.scope):
        raise ApprovalAltered("it is not for the firm, desk or account that was proposed")
    hooks.require_approval(
        approval_id=approval.pk, action=approval.action, payload_digest=payload_digest(approval.action, found)
    )
