"""What a bust or a correction opens of an order that had ended: closed with its session, and not worked anew."""

from uuid import UUID

from execution.models.run import RunState
from execution.services.locks import lock_run
from orders.kernel.transactions import step
from orders.services import lock_order
from orders.states import OPEN


@step
def reopen_run(*, order_id: UUID) -> None:
    """Let the session's end find an order that is open again.

    Nothing is planned: whether what was taken back is to be bought or sold once more is a person's decision, who
    amends the order. At the session's close what is still open expires, or is planned for the next session.
    """
    order = lock_order(order_id)
    run = lock_run(order_id)
    if run.state != RunState.DONE or order.status not in OPEN:
        return
    run.state = RunState.WORKING
    run.version += 1
    run.save(update_fields=["state", "version"])
