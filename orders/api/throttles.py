"""Throttles of repeated executions, and letting them go."""

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from pydantic import BaseModel

from orders import services
from orders.commands import ResetThrottle
from orders.errors import ThrottleNotFound
from orders.kernel.api.views import ApiView, answer, endpoint
from orders.kernel.errors import NotPermitted


class ThrottleResetRepresentation(BaseModel):
    """A throttle counts from zero since then."""

    id: UUID
    limit_id: UUID
    reset_by: UUID
    reason: str
    recorded_at: datetime


class ThrottleResetCollection(ApiView):
    """The resets of one throttle."""

    @endpoint(
        "reset_throttle",
        "Let a throttled algorithm be used again",
        body=ResetThrottle,
        answers={201: ThrottleResetRepresentation},
        refusals=(NotPermitted, ThrottleNotFound),
    )
    def post(self, limit_id: UUID, body: ResetThrottle) -> HttpResponse:
        """The limit of the kind repeated_executions counts from zero again, for every algorithm in its scope."""
        reset = services.reset_throttle(actor=self.actor, limit_id=limit_id, reason=body.reason)
        return answer(
            ThrottleResetRepresentation(
                id=reset.pk,
                limit_id=reset.limit_id,
                reset_by=reset.reset_by_id,
                reason=reset.reason,
                recorded_at=reset.recorded_at,
            ),
            status=201,
        )
