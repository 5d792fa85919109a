"""Ask that a person hold a role, that another stand in for them, or that a grant be taken back.

Nothing changes until another person has agreed. Who asks needs propose_roles on the whole scope; a role of one's own
may be delegated, and that taken back, without. Nobody asks for a role of their own, nor does who stands in for them.
"""

from datetime import datetime
from uuid import UUID

from compliance.actions import DELEGATE_ROLE, GRANT_ROLE, REVOKE_ROLE
from compliance.commands import ProposeDelegation, ProposeRevocation, ProposeRole
from compliance.errors import RoleGrantNotFound
from compliance.models import Approval, RoleGrant
from compliance.role_reads import grants_for, in_force, not_over, roles_by_name
from compliance.services.approvals import new_approval
from compliance.services.role_grants import require_delegable, require_fit, unfit
from compliance.services.role_payloads import (
    grant_payload,
    require_another,
    require_asker,
    revocation_payload,
)
from orders import authority
from orders.authority import Scope
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.ids import new_id
from orders.kernel.transactions import service
from orders.models import User
from orders.permissions import PROPOSE_ROLES
from orders.selectors import user_named


@service
def propose_role(*, actor: Actor, command: ProposeRole) -> Approval:
    """Ask that a person hold a role, and return the approval that waits for 24 hours.

    Raises NotAPerson for a process, RoleOwn, RoleUnfit for what there is not and for a scope on which `actor` may not
    ask, RoleHeldAlready, and RolesIncompatible with the name of the rule that it would break.
    """
    actor.person_id()
    kind, scope = _scope(actor, command)
    user = _person(command.user)
    role = roles_by_name().get(command.role)
    if role is None:
        raise unfit("role", f"there is no role {command.role}")
    now = recorded_now()
    grant = RoleGrant(
        pk=new_id(),
        user=user,
        role=role,
        effective_from=max(command.effective_from or now, now),
        effective_until=command.effective_until,
        **{kind: scope},
    )
    require_asker(actor, scope, None)
    require_another(actor, grant, now)
    require_fit(grant, now, asker=actor)
    payload = grant_payload(grant, effective_from=command.effective_from, now=now)
    return new_approval(actor, GRANT_ROLE, payload, scope=scope, reason=command.reason)


@service
def propose_delegation(*, actor: Actor, grant_id: UUID, command: ProposeDelegation) -> Approval:
    """Ask that another person stand in for who holds a grant, and return the approval that waits for 24 hours.

    Raises NotAPerson, RoleGrantNotFound for a grant that is not in force or hidden, NotPermitted for who neither holds
    it nor may propose roles there, RoleOwn, RoleNotDelegable, and what `propose_role` raises for the other person.
    """
    now = recorded_now()
    source = _grant(actor, grant_id, now, is_in_force=True)
    require_asker(actor, source.scope, source.user_id)
    grant = RoleGrant(
        pk=new_id(),
        user=_person(command.user),
        role=source.role,
        effective_from=max(command.effective_from, now),
        effective_until=command.effective_until,
        delegated_from=source,
        delegator=source.user,
        **{str(source.scope._meta.model_name): source.scope},
    )
    require_delegable(source, grant)
    require_another(actor, grant, now)
    require_fit(grant, now, asker=actor)
    payload = grant_payload(grant, effective_from=command.effective_from, now=now)
    return new_approval(actor, DELEGATE_ROLE, payload, scope=source.scope, reason=command.reason)


@service
def propose_revocation(*, actor: Actor, grant_id: UUID, command: ProposeRevocation) -> Approval:
    """Ask that a grant, and what was delegated from it, give nothing any more.

    Raises NotAPerson, RoleGrantNotFound for a grant that is over or hidden, NotPermitted for who neither delegated it
    nor may propose roles there, and RoleOwn.
    """
    now = recorded_now()
    grant = _grant(actor, grant_id, now)
    require_asker(actor, grant.scope, grant.delegator_id)
    require_another(actor, grant, now)
    payload = revocation_payload(grant, now)
    return new_approval(actor, REVOKE_ROLE, payload, scope=grant.scope, reason=command.reason)


def _grant(actor: Actor, grant_id: UUID, now: datetime, *, is_in_force: bool = False) -> RoleGrant:
    actor.person_id()
    standing = in_force(now) if is_in_force else not_over(now)
    row: RoleGrant | None = grants_for(actor).filter(standing, pk=grant_id).first()
    if row is None:
        raise RoleGrantNotFound("there is no such grant for you")
    return row


def _scope(actor: Actor, command: ProposeRole) -> tuple[str, Scope]:
    kind = next(name for name in authority.SCOPES if getattr(command, name) is not None)
    code = getattr(command, kind)
    found = authority.SCOPES[kind](actor, PROPOSE_ROLES).filter(code=code).first()
    if found is None:
        raise unfit(kind, f"there is no {kind} {code} for which you may ask")
    return kind, found


def _person(username: str) -> User:
    found = user_named(username)
    if found is None:
        raise unfit("user", f"there is no person {username}")
    return found
