"""The state of the log over the API."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from pydantic import BaseModel, Field

from compliance.log_state import LogState, log_state
from orders.kernel.api.views import ApiView, answer, endpoint
from orders.kernel.errors import NotPermitted


class Broken(BaseModel):
    """Where the log is broken. `sequence` and `leaf_id` are null where there is no such row."""

    since: datetime
    what: str
    sequence: int | None
    leaf_id: int | None


class Copy(BaseModel):
    """A place that keeps or signs checkpoints, and what the database itself had signed."""

    name: str
    kind: str = Field(description="folder, s3, witness, or database")
    state: str = Field(description="agrees, silent, differs, or withdrawn")
    detail: str
    tree_size: int | None = Field(description="the size of its newest checkpoint")
    since: datetime
    checked_at: datetime


class LogStateRepresentation(BaseModel):
    """What is known of the audit log now."""

    alerts: list[str] = Field(description="what needs somebody, the gravest first")
    is_watched: bool = Field(
        description="whether the continuous verification has said something within a minute"
    )
    verified_size: int = Field(description="so many entries from the first on are known to hold")
    last_pass_at: datetime | None = Field(
        description="when the last pass over all entries ended that found nothing"
    )
    last_pass_size: int | None
    broken: Broken | None
    copies: list[Copy]


def represent_log_state(state: LogState) -> LogStateRepresentation:
    """Represent the state of the log."""
    watch = state.watch
    return LogStateRepresentation(
        alerts=[alert.sentence for alert in state.alerts],
        is_watched=state.is_watched,
        verified_size=0 if watch is None else watch.verified_size,
        last_pass_at=None if watch is None else watch.whole_at,
        last_pass_size=None if watch is None else watch.whole_size,
        broken=_broken(watch),
        copies=[Copy.model_validate(copy, from_attributes=True) for copy in state.copies],
    )


def _broken(watch: Any) -> Broken | None:
    if watch is None or watch.broken_at is None:
        return None
    return Broken(
        since=watch.broken_at,
        what=watch.broken_what,
        sequence=watch.broken_sequence,
        leaf_id=watch.broken_leaf_id,
    )


class AuditState(ApiView):
    """What is known of the log now."""

    @endpoint(
        "get_audit_state",
        "Read how far the audit log is verified, and how its copies outside stand",
        answers={200: LogStateRepresentation},
        refusals=(NotPermitted,),
    )
    def get(self) -> HttpResponse:
        return answer(represent_log_state(log_state(self.actor)))
