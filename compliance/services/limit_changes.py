"""Ask for another value of a limit: nothing changes until another person has agreed.

The payload holds the limit's version, so the approval dies when the limit changes meanwhile.
"""

from decimal import Decimal
from uuid import UUID

from compliance.actions import CHANGE_LIMIT
from compliance.commands import ProposeLimitChange
from compliance.errors import LimitNotFound, LimitUnchanged
from compliance.models import Approval
from compliance.services.approvals import new_approval
from orders import authority
from orders.kernel.context import Actor
from orders.kernel.errors import NotPermitted
from orders.kernel.transactions import service
from orders.permissions import PROPOSE_LIMITS
from orders.selectors import limits_for
from orders.services.limits import limit_change_payload


@service
def propose_limit_change(*, actor: Actor, limit_id: UUID, value: Decimal | str, reason: str) -> Approval:
    """Ask that a limit get `value`, in the unit of its kind, and return the approval that waits for 24 hours.

    Raises pydantic.ValidationError for a value or reason that is none, NotPermitted for a process or
    without propose_limits on the limit's scope, LimitNotFound, and LimitUnchanged.
    """
    command = ProposeLimitChange.model_validate({"value": value, "reason": reason})
    if actor.user_id is None:
        raise NotPermitted("a limit's change is asked for by a person")
    limit = limits_for(actor).filter(pk=limit_id).first()
    if limit is None:
        raise LimitNotFound("there is no such limit for you")
    authority.require_on(actor, PROPOSE_LIMITS, limit.scope)
    if command.value == limit.value:
        raise LimitUnchanged("the limit has this value already")
    payload = limit_change_payload(limit, command.value)
    return new_approval(actor, CHANGE_LIMIT, payload, scope=limit.scope, reason=command.reason)
