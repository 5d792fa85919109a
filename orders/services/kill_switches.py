"""Engage a kill switch: from the commit nothing in its scope is admitted, amended, planned or sent."""

from typing import Any

from django.db import connection

from orders import authority
from orders.errors import KillSwitchEngagedAlready
from orders.events import KillSwitchEngaged
from orders.hooks import publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.transactions import service, step
from orders.models import KillSwitch, KillSwitchGate
from orders.models.kill_switch import KillSwitchScope
from orders.permissions import ENGAGE_KILL_SWITCH
from orders.risk.kill_switch import key
from orders.selectors import Target, market_now


@service
def engage_kill_switch(*, actor: Actor, scope: KillSwitchScope, target: Target, reason: str) -> KillSwitch:
    """Stop all orders of `target`, which is what `scope` names: a row, or an algorithm's name.

    Who is under way commits first; from this commit on nobody else does. The open orders are asked to be canceled
    afterwards (orders.services.sweep). Raises NotPermitted and KillSwitchEngagedAlready.
    """
    require_on_target(actor, ENGAGE_KILL_SWITCH, target)
    switch = KillSwitch(
        scope=scope,
        key=key(scope, target_id(target)),
        reason=reason,
        engaged_by_id=actor.person_id(),
        market_time=market_now(),
        **{scope: target},
    )
    _close_gate()
    if KillSwitch.objects.filter(key=switch.key, lifted_at=None).exists():
        raise KillSwitchEngagedAlready(f"a kill switch is engaged for {switch} already")
    switch.engaged_at = recorded_now()
    switch.save(force_insert=True)
    set_gate()
    publish(
        KillSwitchEngaged(
            actor=actor,
            object_id=str(switch.pk),
            revision=1,
            market_time=switch.market_time,
            **named(switch),
        )
    )
    return switch


def require_on_target(actor: Actor, permission: str, target: Target) -> None:
    """Raise NotPermitted unless `actor` holds `permission` on all that the switch would stop.

    A trader, an algorithm and an instrument reach into every account.
    """
    authority.require_on(actor, permission, target if isinstance(target, authority.Scope) else None)


def target_id(target: Target) -> str:
    """Return what the gate and the log know a target by."""
    return target if isinstance(target, str) else str(target.pk)


def named(switch: KillSwitch) -> dict[str, Any]:
    """Return what every event says of the switch that it is about."""
    return {"scope": str(switch.scope), "target_id": switch.key.partition(":")[2]}


@step
def _close_gate() -> None:
    """Wait until all who hold the gate have committed, and let nobody hold it until we have.

    The lock is the table's: row locks have no queue, so a stream of sharers could keep us out for ever.
    """
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE orders_killswitchgate IN EXCLUSIVE MODE")


@step
def set_gate() -> None:
    """Let the gate name what is engaged now."""
    keys = KillSwitch.objects.filter(lifted_at=None).order_by("key").values_list("key", flat=True)
    KillSwitchGate.objects.update(engaged=list(keys))
