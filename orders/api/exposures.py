"""What accounts, desks and firms have at risk now."""

from datetime import UTC, date
from uuid import UUID

from django.http import HttpResponse
from pydantic import BaseModel, Field

from orders.kernel.api.errors import MalformedCursor
from orders.kernel.api.paging import Keyset, Page, PageQuery
from orders.kernel.api.views import ApiView, answer, endpoint
from orders.kernel.money import Amount
from orders.models import Exposure
from orders.risk.figures import Holder
from orders.selectors import exposures_for, market_now

BY_ID = Keyset("id", UUID)


class ExposureRepresentation(BaseModel):
    """One holder's exposure in the firm's currency, open orders at their worst. The id is the holder's own."""

    id: UUID
    holder: Holder
    code: str
    currency: str
    gross_notional: Amount = Field(description="the sum of the positions, each at its worst")
    net_notional: Amount = Field(description="of what is held, at its marks; negative for short")
    open_buy_notional: Amount
    open_sell_notional: Amount
    cash: Amount = Field(description="what was brought in and what trades moved")
    day_loss: Amount | None = Field(description="since the market day's first valuation; null before it")


class ExposurePage(Page[ExposureRepresentation]):
    """Exposures by the id of their holder."""


class ExposureCollection(ApiView):
    """The exposures of the accounts, desks and firms on which the asker sees orders."""

    @endpoint(
        "list_exposures",
        "List what accounts, desks and firms have at risk",
        query=PageQuery,
        answers={200: ExposurePage},
        refusals=(MalformedCursor,),
    )
    def get(self, query: PageQuery) -> HttpResponse:
        rows, following = BY_ID.page(exposures_for(self.actor), query)
        today = market_now().astimezone(UTC).date()
        return answer(ExposurePage(items=[_represent(row, today) for row in rows], next=following))


def _represent(row: Exposure, today: date) -> ExposureRepresentation:
    holder = row.holder
    return ExposureRepresentation(
        id=row.pk,
        holder=Holder(str(holder._meta.model_name)),
        code=holder.code,
        currency=row.currency,
        gross_notional=row.gross_notional,
        net_notional=row.net_notional,
        open_buy_notional=row.open_buy_notional,
        open_sell_notional=row.open_sell_notional,
        cash=row.cash,
        day_loss=row.day_loss(today),
    )
