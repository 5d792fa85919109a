"""Ask for a retention rule, or that a legal hold be lifted: nothing changes until another person has agreed.

Who asks needs propose_retention on everything, who agrees approve_retention.
"""

from datetime import date
from uuid import UUID

from compliance.actions import LIFT_HOLD, SET_RETENTION
from compliance.commands import ProposeHoldLift, ProposeRetention
from compliance.errors import RetentionUnfit
from compliance.models import Approval, LegalHold, RetentionRule
from compliance.services.approvals import new_approval
from compliance.services.holds import hold_in_force, hold_payload
from compliance.services.retention import follows, newest_rule
from orders import authority
from orders.kernel.context import Actor
from orders.kernel.transactions import service
from orders.permissions import PROPOSE_RETENTION


@service
def propose_retention(*, actor: Actor, command: ProposeRetention) -> Approval:
    """Ask for a rule, and return the approval that waits for 24 hours.

    Raises NotAPerson for a process, NotPermitted without propose_retention on everything, and RetentionUnfit for a day
    that is not after the one from which the newest rule of that regime and class is in force.
    """
    actor.person_id()
    authority.require_on(actor, PROPOSE_RETENTION, None)
    newest = newest_rule(command.regime, command.record_class)
    _require_later(newest, command.effective_from)
    payload = {
        "regime": command.regime,
        "record_class": command.record_class,
        "years": command.years,
        "effective_from": command.effective_from.isoformat(),
        "source": command.source,
        **follows(newest),
    }
    return new_approval(actor, SET_RETENTION, payload, scope=None, reason=command.reason)


@service
def propose_hold_lift(*, actor: Actor, hold_id: UUID, command: ProposeHoldLift) -> Approval:
    """Ask that a hold be lifted. Raises NotAPerson, NotPermitted as above, and HoldNotFound for one that is lifted."""
    actor.person_id()
    authority.require_on(actor, PROPOSE_RETENTION, None)
    row = hold_in_force(LegalHold.objects.all(), hold_id)
    return new_approval(actor, LIFT_HOLD, hold_payload(row), scope=None, reason=command.reason)


def _require_later(newest: RetentionRule | None, effective_from: date) -> None:
    if newest is None or effective_from > newest.effective_from:
        return
    detail = f"a rule of that regime and class is in force from {newest.effective_from}: give a later day"
    raise RetentionUnfit(detail, errors=[{"pointer": "/effective_from", "detail": detail}])
