"""Let a throttled algorithm be used again: a named person's decision (RTS 6, Reg. 2017/589, Art. 15(3))."""

from uuid import UUID

from orders import authority
from orders.commands import ResetThrottle
from orders.errors import ThrottleNotFound
from orders.events import ThrottleWasReset
from orders.hooks import publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.transactions import service
from orders.limit_kinds import LimitKind
from orders.models import ThrottleReset
from orders.permissions import RESET_THROTTLES
from orders.selectors import limits_for, market_now


@service
def reset_throttle(*, actor: Actor, limit_id: UUID, reason: str) -> ThrottleReset:
    """Let a limit of repeated executions count from zero again, for every algorithm, and return the record of it.

    Raises pydantic.ValidationError, NotAPerson for a process, ThrottleNotFound for a limit that is hidden from the
    actor, ended, absent or of another kind, and NotPermitted without reset_throttles on its holder: on every account
    where that is a trader or everybody.
    """
    command = ResetThrottle(reason=reason)
    person = actor.person_id()
    limit = limits_for(actor).filter(pk=limit_id, kind=LimitKind.REPEATED_EXECUTIONS).first()
    if limit is None:
        raise ThrottleNotFound("there is no such throttle for you")
    authority.require_on(actor, RESET_THROTTLES, limit.firm or limit.desk or limit.account)
    reset = ThrottleReset.objects.create(
        limit=limit, reset_by_id=person, reason=command.reason, recorded_at=recorded_now()
    )
    publish(
        ThrottleWasReset(
            actor=actor,
            object_id=str(limit.pk),
            revision=limit.version,
            market_time=market_now(),
            reset_id=reset.pk,
        )
    )
    return reset
