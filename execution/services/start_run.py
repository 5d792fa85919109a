"""Start the work on an order that was admitted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Subquery

from execution.models import Run
from execution.selectors import last_closes
from execution.session import current_or_next_session
from execution.wake import WORK_RUN, wake_on_commit
from orders.kernel.clock import recorded_now
from orders.kernel.transactions import step


@step
def start_run(
    *,
    order_id: UUID,
    instrument_id: UUID,
    mic: str,
    instruction: Mapping[str, Any],
    market_time: datetime,
    effective_at: datetime | None,
) -> Run:
    """Write the run in the transaction that admits the order, in one query, and wake a worker after it."""
    plan_from = max(market_time, effective_at or market_time)
    run = Run.objects.create(
        order_id=order_id,
        algorithm=instruction["name"],
        algorithm_version=instruction["version"],
        parameters=instruction["parameters"],
        arrival_price=Subquery(  # type: ignore[misc]  # computed by the INSERT itself
            last_closes(instrument_id=instrument_id, market_time=market_time)[:1]
        ),
        session_close=current_or_next_session(plan_from, mic).close,
        plan_from=plan_from,
        market_time=market_time,
        recorded_at=recorded_now(),
    )
    wake_on_commit(WORK_RUN, str(run.pk))
    return run
