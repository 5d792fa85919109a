"""Who asks for roles and who agrees to them, and a clock of recorded time that a test moves."""

import sys
from datetime import datetime, timedelta
from typing import Any

import pytest

from compliance.commands import ProposeDelegation, ProposeRevocation, ProposeRole
from compliance.models import Approval, RoleGrant
from compliance.services.approvals import approve
from compliance.services.role_changes import propose_delegation, propose_revocation, propose_role
from compliance.services.roles import define_roles
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.moments import moment_text
from orders.models import User
from tests.sign_in import in_role
from tests.world import SETUP, World, person

HOUR = timedelta(hours=1)


class RecordedClock:
    """Recorded time as authority and the grants of roles read it: real time, moved on by what a test says."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.ahead = timedelta(0)
        for name, module in list(sys.modules.items()):
            if name.startswith(("compliance.", "orders.")) and hasattr(module, "recorded_now"):
                patch.setattr(module, "recorded_now", self.now)

    def now(self) -> datetime:
        return recorded_now() + self.ahead

    def after(self, hours: float) -> str:
        return moment_text(self.now() + hours * HOUR)


class Granting:
    """The house with its roles: a risk officer asks, a compliance officer agrees."""

    def __init__(self, world: World) -> None:
        define_roles(actor=SETUP)
        self.world = world
        self.asks = in_role("risk_officer", world.firm)
        self.agrees = in_role("compliance_officer", world.firm)

    def login(self, name: str) -> Actor:
        return person(name, None, ())

    def ask(self, user: str, role: str, *, actor: Actor | None = None, **where: Any) -> Approval:
        place = where if {"firm", "desk", "account"} & where.keys() else {"desk": "EQ1", **where}
        command = ProposeRole.model_validate({"user": user, "role": role, "reason": "a new task", **place})
        return propose_role(actor=actor or self.asks, command=command)

    def agree(self, approval: Approval, *, actor: Actor | None = None) -> Approval:
        return approve(actor=actor or self.agrees, approval_id=approval.pk, reason="so it is")

    def grant(self, user: str, role: str, **where: Any) -> RoleGrant:
        self.agree(approval := self.ask(user, role, **where))
        return RoleGrant.objects.get(approval=approval)

    def ask_to_delegate(self, grant: RoleGrant, user: str, since: str, until: str, **more: Any) -> Approval:
        command = ProposeDelegation.model_validate(
            {"user": user, "effective_from": since, "effective_until": until, "reason": "on holiday"}
        )
        holder = User.objects.get(pk=grant.user_id)
        own = Actor(name=holder.username, door=SETUP.door, user_id=holder.pk)
        return propose_delegation(actor=more.get("actor", own), grant_id=grant.pk, command=command)

    def delegate(self, grant: RoleGrant, user: str, since: str, until: str) -> RoleGrant:
        self.agree(approval := self.ask_to_delegate(grant, user, since, until))
        return RoleGrant.objects.get(approval=approval)

    def ask_to_revoke(self, grant: RoleGrant, *, actor: Actor | None = None) -> Approval:
        command = ProposeRevocation(reason="another task")
        return propose_revocation(actor=actor or self.asks, grant_id=grant.pk, command=command)

    def revoke(self, grant: RoleGrant) -> None:
        self.agree(self.ask_to_revoke(grant))
