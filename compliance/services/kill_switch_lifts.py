"""Ask that a kill switch be lifted: it stays engaged until another person has agreed."""

from uuid import UUID

from compliance.commands import ProposeLift
from compliance.models import Approval
from compliance.services.approvals import new_approval
from orders import authority
from orders.kernel.context import Actor
from orders.kernel.transactions import service
from orders.permissions import ENGAGE_KILL_SWITCH
from orders.risk.kill_switch_evidence import kill_switch_for
from orders.services import LIFT, lift_payload


@service
def propose_lift(*, actor: Actor, kill_switch_id: UUID, command: ProposeLift) -> Approval:
    """Ask that a switch be lifted, and return the approval that waits for 24 hours.

    Raises KillSwitchNotFound, NotPermitted without engage_kill_switch on all that it stops, and KillSwitchNotLiftable.
    """
    switch = kill_switch_for(actor, kill_switch_id)
    authority.require_on(actor, ENGAGE_KILL_SWITCH, switch.holder)
    payload = lift_payload(switch.pk)
    return new_approval(actor, LIFT, payload, scope=switch.holder, reason=command.reason)
