"""Engaging a kill switch in tests, and what the tasks then do."""

from typing import Any

from execution.services.stop_run import settle_all_stopped
from execution.tasks import EXECUTION, KILL_SWITCH
from orders import services
from orders.kernel.context import Actor
from orders.models import KillSwitch
from orders.terms import KillSwitchScope

FAR = "98"  # a limit that the day's prices do not reach


def engage(officer: Actor, scope: str, target: Any) -> KillSwitch:
    return services.engage_kill_switch(
        actor=officer, scope=KillSwitchScope(scope), target=target, reason="runaway"
    )


def swept(switch: KillSwitch) -> int:
    """What the tasks do, without their broker."""
    asked = services.sweep_kill_switch(actor=KILL_SWITCH, kill_switch_id=switch.pk)
    settle_all_stopped(actor=EXECUTION)
    return asked
