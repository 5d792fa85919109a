"""Start the work on an order that was admitted."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from execution import algorithms
from execution.models import Run
from execution.services.instructions import works_until
from execution.session import current_or_next_session
from execution.wake import WORK_RUNS, wake_on_commit
from orders.kernel.clock import recorded_now
from orders.kernel.ids import new_id
from orders.kernel.rows import insert_values
from orders.kernel.transactions import step


@step
def start_run(
    *,
    order_id: UUID,
    mic: str,
    instruction: Mapping[str, Any],
    market_time: datetime,
    last_price: Decimal | None,
    effective_at: datetime | None,
) -> None:
    """Write the run in the transaction that admits the order, and wake a worker after it.

    `last_price` is the last one in the market when the order came in, in the instrument's currency.
    """
    plan_from = max(market_time, effective_at or market_time)
    algorithm = algorithms.algorithm(instruction["name"], instruction["version"])
    session = current_or_next_session(plan_from, mic)
    run_id = new_id()
    insert_values(
        Run,
        id=run_id,
        order_id=order_id,
        algorithm=instruction["name"],
        algorithm_version=instruction["version"],
        parameters=instruction["parameters"],
        arrival_price=last_price,
        works_until=works_until(algorithm, instruction["parameters"], session),
        plan_from=plan_from,
        market_time=market_time,
        recorded_at=recorded_now(),
    )
    wake_on_commit(WORK_RUNS, str(run_id))
