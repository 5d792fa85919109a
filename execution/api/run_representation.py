"""What the API tells of the work on an order."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from execution.algorithms import Why
from execution.models import Run
from execution.models.run import RunState
from execution.selectors import Progress
from orders.kernel.money import Amount


class ProgressRepresentation(BaseModel):
    """Where the units of the order are: together they are its quantity."""

    filled_quantity: Amount
    live_quantity: Amount = Field(description="at the venue, and not filled yet")
    planned_quantity: Amount = Field(description="in slices that wait for their time")
    unplanned_quantity: Amount = Field(
        description="not decided yet: the algorithm looks again, or its time is over"
    )
    next_due_at: datetime | None = Field(description="when the next slice falls due (market time)")


class RunRepresentation(BaseModel):
    """The work on one order. Times are market times, but for those of failures and pauses."""

    order_id: UUID
    algorithm: str
    version: int
    parameters: dict[str, Any]
    parameters_revision: int
    state: RunState
    is_paused: bool
    plan: int = Field(description="how often it was planned")
    why: Why | None = Field(description="what the algorithm's last look said")
    review_at: datetime | None = Field(description="when the algorithm looks again")
    works_until: datetime = Field(description="from when on nothing is sent, and what is live is asked back")
    progress: ProgressRepresentation
    last_error: str | None = Field(description="why it could not be worked, where it could not")
    dead_lettered_at: datetime | None = Field(description="since when nobody tries again")


def represent_run(run: Run, progress: Progress) -> RunRepresentation:
    """Return what the API tells of a run."""
    return RunRepresentation(
        order_id=run.order_id,
        algorithm=run.algorithm,
        version=run.algorithm_version,
        parameters=run.parameters,
        parameters_revision=run.parameters_revision,
        state=RunState(run.state),
        is_paused=run.paused_at is not None,
        plan=run.plan,
        why=Why(run.why) if run.why else None,
        review_at=run.review_at,
        works_until=run.works_until,
        progress=ProgressRepresentation(
            filled_quantity=progress.filled_quantity,
            live_quantity=progress.live_quantity,
            planned_quantity=progress.planned_quantity,
            unplanned_quantity=progress.unplanned_quantity,
            next_due_at=progress.next_due_at,
        ),
        last_error=run.last_error or None,
        dead_lettered_at=run.dead_lettered_at,
    )
