"""What a bust or a correction opens of an order that had ended: closed with its session, and not worked anew."""

from uuid import UUID

from execution.algorithms import is_bound
from execution.events import RunPaused
from execution.models.run import UNDER_WAY, RunState
from execution.services.locks import lock_run
from execution.services.run_for import account_facts
from orders.hooks import publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.transactions import step
from orders.services import lock_order
from orders.states import OPEN


@step
def reopen_run(*, actor: Actor, order_id: UUID) -> None:
    """Let the end of its time find an order that is open again.

    Nothing is planned: whether what was taken back is to be bought or sold once more is a person's decision, who
    amends the order. An algorithm that would look again at what remains is paused, until a person resumes it. What is
    still open when its time is over expires, or is planned for the next session.
    """
    order = lock_order(order_id)
    run = lock_run(order_id)
    if order.status not in OPEN or run.state not in UNDER_WAY | {RunState.DONE}:
        return
    if run.state == RunState.DONE:
        run.state = RunState.WORKING
    if is_bound(run.algorithm, run.algorithm_version) and run.paused_at is None:
        run.paused_at = recorded_now()
        publish(RunPaused(**account_facts(actor, order), reason="an execution was busted or corrected"))
    run.version += 1
    run.save(update_fields=["state", "paused_at", "version"])
