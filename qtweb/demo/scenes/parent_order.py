"""A TWAP parent is worked over the day by Celery workers, one of which is killed in the middle."""

import os
import signal
import time
from datetime import timedelta
from decimal import Decimal
from typing import Any

from execution.session import NEW_YORK
from qtweb.demo.claims import eventually
from qtweb.demo.errors import ClaimFailed
from qtweb.demo.progress import Progress
from qtweb.demo.stage import Stage
from qtweb.demo.timetable import PARENT_SHARES, PARENT_SLICES, REPLAY_SPEED

TITLE = f"A TWAP parent of {PARENT_SHARES:,} shares over the day, and a worker killed in the middle"
CLIENT_ORDER_ID = "demo-twap"

_LOOK_EVERY_S = 0.5
_BACK_S = 20.0
_ENDING = timedelta(seconds=20)
"""Real time that is left after the close for the last reports to arrive and the order to end."""
_SENT = "sent"


def play(stage: Stage) -> None:
    """Raises DemoError."""
    order_id = _place(stage)
    stage.run_market(REPLAY_SPEED)
    order = _worked(stage, order_id)
    stage.claims.check(
        "the parent completes exactly",
        (order["status"], Decimal(order["filled_quantity"])) == ("filled", PARENT_SHARES),
        f"{order['status']}, {Decimal(order['filled_quantity']):,} of {PARENT_SHARES:,}",
    )


def _worked(stage: Stage, order_id: str) -> dict[str, Any]:
    """The order once it has ended; half-way a worker is killed. Raises ClaimFailed when it does not end."""
    progress, was_killed = Progress(), False
    gives_up_at = stage.day.timetable.session.close + REPLAY_SPEED * _ENDING
    while True:
        order = stage.trader.order(order_id)
        sent = _slices_sent(stage, order_id)
        progress.show(_line(stage, order, sent))
        if order["leaves_quantity"] == "0":
            break
        if not was_killed and sent >= PARENT_SLICES // 2:
            _kill_worker(stage, progress)
            was_killed = True
        if stage.market_now() > gives_up_at:
            raise ClaimFailed(f"the parent ends with the session: it is {order['status']} long after it")
        time.sleep(_LOOK_EVERY_S)
    progress.end()
    stage.claims.check("a worker was killed in the middle of it", was_killed, f"{sent} slices sent in all")
    return order


def _slices_sent(stage: Stage, order_id: str) -> int:
    return sum(each["state"] == _SENT for each in stage.trader.items(f"/orders/{order_id}/slices"))


def _place(stage: Stage) -> str:
    placed = stage.trader.post(
        "/orders",
        {
            "account": stage.account,
            "client_order_id": CLIENT_ORDER_ID,
            "symbol": stage.day.symbol,
            "side": "buy",
            "type": "market",
            "time_in_force": "day",
            "quantity": f"{PARENT_SHARES}",
            "algorithm": {
                "name": "twap",
                "parameters": {"end": stage.day.timetable.parent_end.isoformat(), "slices": PARENT_SLICES},
            },
        },
    )
    stage.claims.require(
        f"buy {PARENT_SHARES:,} in {PARENT_SLICES} slices is admitted", placed.status == 201, placed
    )
    return str(placed.body["id"])


def _line(stage: Stage, order: dict[str, Any], sent: int) -> str:
    filled = Decimal(order["filled_quantity"])
    market_time = stage.market_now().astimezone(NEW_YORK)
    return f"{market_time:%H:%M} in New York   {sent:3} of {PARENT_SLICES} slices sent   {filled:>9,} shares filled"


def _kill_worker(stage: Stage, progress: Progress) -> None:
    pid = stage.supervisor.pid("worker")
    if pid is None:
        raise ClaimFailed("there is no worker to kill")
    os.kill(pid, signal.SIGKILL)
    progress.say(f"SIGKILL to the worker, pid {pid}")
    began = time.monotonic()
    successor = eventually(
        "another worker takes over",
        lambda: stage.supervisor.pid("worker"),
        lambda now: now not in (None, pid),
        patience_s=_BACK_S,
    )
    progress.say(f"its keeper started another after {time.monotonic() - began:.1f} s, pid {successor}")
