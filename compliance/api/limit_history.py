"""How much of a limit was used over time, over the API."""

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from pydantic import BaseModel, Field

from compliance.errors import LimitNotFound
from orders.kernel.api.errors import MalformedCursor
from orders.kernel.api.paging import Keyset, Page, PageQuery
from orders.kernel.api.views import ApiView, answer, endpoint
from orders.kernel.money import Amount
from orders.limit_history import samples_of
from orders.limit_reads import limits_to_watch
from orders.models import LimitSample

NEWEST_FIRST = Keyset("sequence", int, descending=True)


class UtilisationRepresentation(BaseModel):
    """What was used of a limit from `market_time` on, until its next sample, and its terms then.

    Amounts in the unit of the kind; of cash_minimum what remained. `used` is null where it was not known.
    """

    sequence: int
    market_time: datetime
    recorded_at: datetime
    version: int
    value: Amount
    warn_at_percent: int
    used: Amount | None
    peak_used: Amount | None = Field(
        description="the nearest to the limit that it came since the sample before"
    )
    peak_percent: Amount | None = Field(
        description="how much of the limit that was; null where no percent tells it: much of a limit of nothing"
    )


class UtilisationPage(Page[UtilisationRepresentation]):
    """What was used, newest first. Where nothing changed there is no sample."""


class LimitUtilisation(ApiView):
    """What was used of one limit."""

    @endpoint(
        "list_limit_utilisation",
        "List how much of a limit was used from when on, newest first",
        query=PageQuery,
        answers={200: UtilisationPage},
        refusals=(MalformedCursor, LimitNotFound),
    )
    def get(self, limit_id: UUID, query: PageQuery) -> HttpResponse:
        limit = limits_to_watch(self.actor).filter(pk=limit_id).first()
        if limit is None:
            raise LimitNotFound("there is no such limit for you")
        samples, following = NEWEST_FIRST.page(samples_of(limit), query)
        return answer(UtilisationPage(items=list(map(_represent, samples)), next=following))


def _represent(sample: LimitSample) -> UtilisationRepresentation:
    return UtilisationRepresentation(
        **{name: getattr(sample, name) for name in UtilisationRepresentation.model_fields}
    )
