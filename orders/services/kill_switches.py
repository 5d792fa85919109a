"""Engage a kill switch, and lift it: from the one commit to the other nothing in scope is admitted, amended or sent."""

import logging
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection, transaction

from orders import authority
from orders.errors import KillSwitchEngagedAlready, KillSwitchNotLiftable
from orders.events import KillSwitchEngaged, KillSwitchLifted
from orders.hooks import hooks, publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.transactions import service, step
from orders.models import KillSwitch, KillSwitchGate
from orders.permissions import ENGAGE_KILL_SWITCH
from orders.risk.kill_switch import close_gate, key
from orders.risk.kill_switch_evidence import Target, target_id
from orders.selectors import market_now
from orders.services.limits import payload_digest
from orders.terms import KillSwitchScope

LIFT = "lift_kill_switch"
"""The action that an approval to lift a switch names."""

PATIENCE_MS = 2_000
"""How long whoever engages waits for those under way before they are put out.

Longer than a request to the venue may take (execution.venue_access.TIMEOUT_S): what was put out sends nothing later.
"""
_PUT_OUT = """
    WITH holder AS MATERIALIZED (
        SELECT DISTINCT activity.pid
        FROM pg_stat_activity AS activity
        JOIN pg_locks AS held ON held.pid = activity.pid AND held.granted
            AND held.relation = 'orders_killswitchgate'::regclass AND held.database = activity.datid
        WHERE activity.datname = current_database() AND activity.usename = current_user
            AND activity.pid <> pg_backend_pid()
            AND CASE held.mode
                WHEN 'RowShareLock' THEN activity.xact_start < clock_timestamp() - %(patience)s::interval
                -- Who closes it may have waited as long as we did: stuck is who has asked for nothing since.
                WHEN 'ExclusiveLock' THEN activity.state = 'idle in transaction'
                    AND activity.state_change < clock_timestamp() - %(patience)s::interval
            END
    )
    SELECT pid, pg_terminate_backend(pid) FROM holder
"""

logger = logging.getLogger(__name__)


@service
def engage_kill_switch(*, actor: Actor, scope: KillSwitchScope, target: Target, reason: str) -> KillSwitch:
    """Stop all orders of `target`, which is what `scope` names: a row, or an algorithm's name.

    Who is under way commits first; from this commit on nobody else does. The open orders are asked to be canceled
    afterwards (orders.services.sweep). Raises NotPermitted and KillSwitchEngagedAlready.
    """
    switch = KillSwitch(
        scope=scope,
        key=key(scope, target_id(target)),
        reason=reason,
        engaged_by_id=actor.person_id(),
        market_time=market_now(),
        **{scope: target},
    )
    # A trader, an algorithm and an instrument reach into every account.
    authority.require_on(actor, ENGAGE_KILL_SWITCH, switch.holder)
    _close_gate_at_any_price()
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


def named(switch: KillSwitch) -> dict[str, Any]:
    """Return what every event says of the switch that it is about."""
    return {"scope": str(switch.scope), "target_id": switch.key.partition(":")[2]}


@step
def _close_gate_at_any_price() -> None:
    """Wait until all who hold the gate have committed, and let nobody hold it until we have.

    The lock is the table's: row locks have no queue, so a stream of sharers could keep us out for ever. Whoever holds
    the gate for longer than PATIENCE_MS, or closed it and is stuck, is put out, with nothing committed: a stuck process
    does not keep orders going.
    """
    if _is_closed_in_time():
        return
    with connection.cursor() as cursor:
        cursor.execute(_PUT_OUT, {"patience": f"{PATIENCE_MS} ms"})
        for pid, _is_ended in cursor.fetchall():
            logger.error("session %s held the gate of the kill switches for too long and was ended", pid)
    close_gate()


def _is_closed_in_time() -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{PATIENCE_MS}ms"])
            close_gate()
    except OperationalError:
        # What is worse than a wait that was too long shows itself in the next statement.
        return False
    return True


@step
def set_gate() -> None:
    """Let the gate name what is engaged now."""
    keys = KillSwitch.objects.filter(lifted_at=None).order_by("key").values_list("key", flat=True)
    KillSwitchGate.objects.update(engaged=list(keys))


@step
def lift_payload(kill_switch_id: UUID) -> dict[str, Any]:
    """Return what an approval to lift a switch is bound to. Raises KillSwitchNotLiftable."""
    switch = _lock_liftable(kill_switch_id)
    return {"kill_switch_id": str(switch.pk), "key": switch.key, "version": switch.version}


@step
def lift_kill_switch(*, actor: Actor, kill_switch_id: UUID, approval_id: UUID) -> KillSwitch:
    """Take orders in scope again from the commit on, once. `actor` is who approved: not the one who engaged it.

    Raises KillSwitchNotLiftable, and what the approval's hook raises.
    """
    payload = lift_payload(kill_switch_id)
    switch = KillSwitch.objects.get(pk=kill_switch_id)
    if switch.engaged_by_id == actor.person_id():
        raise KillSwitchNotLiftable(
            "you engaged it yourself: another person has to approve that it is lifted"
        )
    hooks.require_approval(approval_id=approval_id, action=LIFT, payload_digest=payload_digest(LIFT, payload))
    # The row first, then the gate: who holds the gate may wait for an order, and who sweeps holds orders and this row.
    _close_gate_at_any_price()
    switch.lifted_at, switch.lifted_by_id = recorded_now(), actor.person_id()
    switch.version += 1
    switch.save(update_fields=["lifted_at", "lifted_by", "version"])
    set_gate()
    publish(
        KillSwitchLifted(
            actor=actor,
            object_id=str(switch.pk),
            revision=switch.version,
            market_time=market_now(),
            approval_id=approval_id,
            **named(switch),
        )
    )
    return switch


def _lock_liftable(kill_switch_id: UUID) -> KillSwitch:
    switch = KillSwitch.objects.select_for_update().get(pk=kill_switch_id)
    if not switch.is_engaged:
        raise KillSwitchNotLiftable("it was lifted already")
    if switch.swept_at is None:
        raise KillSwitchNotLiftable("its open orders have not all been asked to be canceled yet")
    return switch
