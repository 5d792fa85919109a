"""Keep that a run could not be worked: it is tried again later, and at last becomes a dead letter."""

from collections.abc import Mapping
from uuid import UUID

from execution.backoff import MOST_ATTEMPTS, error_text, next_attempt
from execution.models import Run
from orders.kernel.clock import recorded_now
from orders.kernel.transactions import service, step


@service
def record_run_failure(*, run_id: UUID, error: Exception) -> None:
    """Count a failed attempt of one run."""
    count_failures({run_id: error})


@step
def count_failures(errors: Mapping[UUID, Exception]) -> None:
    """Count a failed attempt of each of these runs; failures are few, and written one by one."""
    now = recorded_now()
    for run in Run.objects.select_for_update(no_key=True).filter(pk__in=errors).order_by("pk"):
        run.attempts += 1
        run.last_error = error_text(errors[run.pk])
        run.next_attempt_at = next_attempt(now, run.attempts)
        run.dead_lettered_at = now if run.attempts >= MOST_ATTEMPTS else None
        run.version += 1
        run.save(update_fields=["attempts", "last_error", "next_attempt_at", "dead_lettered_at", "version"])
