"""A second venue and rules in force, as tests need them: asked for by a desk's head, agreed to by the risk officer."""

from typing import Any

from compliance.commands import ProposeRoutingRule
from compliance.models import Approval
from compliance.services.approvals import approve
from compliance.services.routing_changes import propose_routing_rule
from execution.commands import RegisterVenue
from execution.models import RoutingRule
from execution.services.register_venue import register_venue
from orders.kernel.context import Actor
from tests.sign_in import in_role
from tests.world import SETUP, World


def register(code: str = "MTF", *, calendar: str = "") -> None:
    """Let a second venue be known."""
    register_venue(actor=SETUP, command=RegisterVenue(code=code, name=f"Venue {code}", calendar=calendar))


class Router:
    """Who asks and who agrees, on the whole firm."""

    def __init__(self, world: World) -> None:
        self.operator: Actor = in_role("operator", world.firm)
        self.officer: Actor = in_role("compliance_officer", world.firm)

    def ask(self, **changes: Any) -> Approval:
        terms = {"name": "blocks", "place": 100, "venues": ["MTF", "SIM"], "reason": "less impact there"}
        return propose_routing_rule(
            actor=self.operator, command=ProposeRoutingRule.model_validate({**terms, **changes})
        )

    def agree(self, approval: Approval) -> None:
        approve(actor=self.officer, approval_id=approval.pk, reason="as the policy says")

    def rule(self, **changes: Any) -> RoutingRule:
        approval = self.ask(**changes)
        self.agree(approval)
        return RoutingRule.objects.filter(name=approval.payload["name"]).latest("recorded_at")


def end_all() -> None:
    """Let no rule hold: what is due then goes nowhere."""
    for row in RoutingRule.objects.filter(effective_until=None):
        row.effective_until = row.effective_from
        row.save(update_fields=["effective_until"])
