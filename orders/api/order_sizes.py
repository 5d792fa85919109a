"""How large and how far from the market each trader's orders were asked for."""

from datetime import date
from uuid import UUID

from django.http import HttpResponse
from pydantic import BaseModel, Field

from orders.kernel.api.errors import MalformedCursor
from orders.kernel.api.paging import Keyset, Page, PageQuery
from orders.kernel.api.views import ApiView, answer, endpoint
from orders.kernel.money import Amount
from orders.sizes.asked import Asked
from orders.sizes.days import span_of
from orders.sizes.outliers import Outliers, Verdict
from orders.sizes.reads import Spread, TraderSizes, sizes_by_trader

BY_KEY = Keyset("key", str)


class SpreadRepresentation(BaseModel):
    """How a measure is spread over the orders that have it; null where none has. `largest_order` had the largest."""

    median: Amount | None
    p95: Amount | None
    p99: Amount | None
    largest: Amount | None
    largest_order: UUID | None


class OutlierRepresentation(BaseModel):
    """What stands out against the trader's own orders of these days, by notional.

    By the modified z-score of its logarithm (Iglewicz and Hoaglin 1993), beyond 3.5. `large` and `small` are null
    unless `verdict` is told: of fewer than 20 orders it cannot be (too_few), nor where most are of one size (one_size).
    `orders` names the most extreme, at most five.
    """

    verdict: Verdict
    large: int | None
    small: int | None
    differing: int = Field(description="how many orders are not of the median notional")
    orders: list[UUID]


class OrderSizesRepresentation(BaseModel):
    """One trader's orders as they were placed, refused ones among them; new terms of an order are none.

    `quantity` in units, `notional` at worst in `currency` (the firm's) as the decision reckoned it, `distance_bps` of
    the limit price from the last price, on either side of it.
    """

    first_day: date
    last_day: date
    trader: str
    subject: str | None
    currency: str
    orders: int
    quantity: SpreadRepresentation
    notional: SpreadRepresentation
    distance_bps: SpreadRepresentation
    refused_as_large: int = Field(description="refused by a limit on quantity, notional or share of volume")
    refused_by_price: int = Field(description="refused by a price collar")
    overridden: int = Field(description="let past one of these limits by an override")
    warned: int = Field(description="warned of one of these limits")
    outliers: OutlierRepresentation


class OrderSizesPage(Page[OrderSizesRepresentation]):
    """Traders by login name."""


class OrderSizesQuery(PageQuery, Asked):
    """Over which days, of whom, in what."""


class OrderSizesCollection(ApiView):
    """The sizes of the orders in the accounts on which the asker sees orders and limits."""

    @endpoint(
        "list_order_sizes",
        "List per trader how large and how far from the market orders were asked for",
        query=OrderSizesQuery,
        answers={200: OrderSizesPage},
        refusals=(MalformedCursor,),
    )
    def get(self, query: OrderSizesQuery) -> HttpResponse:
        span = span_of(query)
        rows, following = BY_KEY.page_of(sizes_by_trader(self.actor, query, span), "OrderSizes", query)
        items = [_represent(each, span.first, span.last) for each in rows]
        return answer(OrderSizesPage(items=items, next=following))


def _represent(row: TraderSizes, first: date, last: date) -> OrderSizesRepresentation:
    return OrderSizesRepresentation(
        first_day=first,
        last_day=last,
        trader=row.trader,
        subject=row.subject or None,
        currency=row.currency,
        orders=row.orders,
        quantity=_spread(row.quantity),
        notional=_spread(row.notional),
        distance_bps=_spread(row.distance_bps),
        refused_as_large=row.refused_as_large,
        refused_by_price=row.refused_by_price,
        overridden=row.overridden,
        warned=row.warned,
        outliers=_outliers(row.outliers, row.standing_out),
    )


def _spread(spread: Spread) -> SpreadRepresentation:
    return SpreadRepresentation(
        median=spread.median,
        p95=spread.p95,
        p99=spread.p99,
        largest=spread.largest,
        largest_order=spread.largest_order,
    )


def _outliers(found: Outliers, named: tuple[UUID, ...]) -> OutlierRepresentation:
    return OutlierRepresentation(
        verdict=found.verdict,
        large=found.large,
        small=found.small,
        differing=found.differing,
        orders=list(named),
    )
