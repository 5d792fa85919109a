"""Reactions to what happens to orders, in the transaction in which it happens. Wired in qtweb/wiring.py."""

from collections.abc import Sequence

from execution.selectors import has_run
from execution.services.reopen_run import reopen_run
from execution.services.start_run import start_run
from execution.services.stop_run import stop_run, stop_runs
from execution.wake import SWEEP, wake_on_commit
from orders.events import (
    CancelRequested,
    ExecutionBusted,
    ExecutionCorrected,
    KillSwitchEngaged,
    OrderPlaced,
    ReplaceRequested,
)
from orders.kernel.context import process_actor
from orders.terms import MANUAL

EXECUTION = process_actor("execution")


def start_working(event: OrderPlaced) -> None:
    """An admitted order has a run from the start: no order is ever forgotten. But for one worked by hand."""
    if event.details["instruction"]["name"] == MANUAL:
        return
    start_run(
        order_id=event.order_id,
        mic=event.details["mic"],
        instruction=event.details["instruction"],
        market_time=event.market_time,
        last_price=event.details["last_price"],
        effective_at=event.details.get("effective_at"),
    )


def stop_working(event: CancelRequested | ReplaceRequested) -> None:
    """A request to cancel or replace is a row before it is a message to the venue."""
    if has_run(event.order_id):
        stop_run(actor=EXECUTION, order_id=event.order_id)


def stop_working_on_all(events: Sequence[CancelRequested]) -> None:
    """The same for many orders at once; those that the desk works by hand have no run."""
    stop_runs(order_ids=[event.order_id for event in events])


def start_sweeping(event: KillSwitchEngaged) -> None:
    """A worker asks what is open in the switch's scope to be canceled; beat finds what nothing woke."""
    wake_on_commit(SWEEP)


def resume_closing(event: ExecutionBusted | ExecutionCorrected) -> None:
    """What a bust or a correction opens again ends with its session like anything open."""
    if has_run(event.order_id):
        reopen_run(actor=EXECUTION, order_id=event.order_id)
