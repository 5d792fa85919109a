"""How the work on an order stands, in words: what it waits for, and what somebody should look at."""

from collections.abc import Mapping
from enum import StrEnum

from execution.algorithms import Why
from execution.models import Run
from execution.models.run import UNDER_WAY, RunState

WHY: Mapping[str, str] = {
    Why.ON_SCHEDULE: "It is on its schedule",
    Why.BEFORE_START: "Its start has not come yet",
    Why.BEHIND_SCHEDULE: "It is behind its schedule",
    Why.PRICE_BEYOND_LIMIT: "The market is beyond its limit price",
    Why.PARTICIPATION_CAP: "Its participation cap leaves no room for more",
    Why.WOULD_PRICE: "The market is at its would price or better",
    Why.WAITING_FOR_VOLUME: "It waits for the market to trade",
    Why.WAITING_FOR_FILL: "It waits for what is live at the venue",
    Why.LIQUIDITY_FOUND: "It takes a part of a surge of volume",
    Why.COMPLETING: "All that remains goes out, for it must complete",
    Why.TIME_OVER: "Its time is over",
    Why.NO_VENUE: "No routing rule fits it, or no venue of the one that does takes it now",
}
"""What an algorithm's last look said, or what kept a slice that is due from going out."""

_STATES: Mapping[str, str] = {
    RunState.NEW: "It is about to be planned.",
    RunState.WAITING: "It waits for the market to trigger the order.",
    RunState.RECALLING: "What is live at the venue is being asked back.",
    RunState.STOPPING: "It is being stopped: nothing more is sent.",
    RunState.DONE: "The work is done.",
}


class Alarm(StrEnum):
    """What somebody should look at, the worst first."""

    DEAD_LETTER = "dead_letter"
    PRICE_BEYOND_LIMIT = "price_beyond_limit"
    BEHIND_SCHEDULE = "behind_schedule"
    NO_VENUE = "no_venue"
    PAUSED = "paused"


_WHYS = frozenset({Alarm.PRICE_BEYOND_LIMIT, Alarm.BEHIND_SCHEDULE, Alarm.NO_VENUE})


def alarm_of(run: Run) -> Alarm | None:
    """Return the worst alarm of a run; None where nothing needs anybody."""
    if run.state not in UNDER_WAY:
        return None
    if run.dead_lettered_at is not None:
        return Alarm.DEAD_LETTER
    if run.paused_at is not None:
        return Alarm.PAUSED
    return Alarm(run.why) if run.why in _WHYS else None


def sentence_of(run: Run) -> str:
    """Return what is happening with an order's work, and why."""
    if run.dead_lettered_at is not None and run.state in UNDER_WAY:
        return "Nobody tries to plan it any more: its error has to be looked at."
    if run.state == RunState.WORKING and run.paused_at is None:
        return f"{WHY[run.why]}." if run.why in WHY else "It is being worked."
    if run.state == RunState.NEW and run.paused_at is not None:
        return "Nothing is planned or sent until somebody resumes it."
    return _STATES.get(run.state, "Nothing more is sent until somebody resumes it.")
