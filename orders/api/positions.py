"""Positions and their lots, now and at any time before, and the exchange rates that convert them."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from pydantic import Field

from orders.api.position_representations import (
    ExchangeRatePage,
    LotPage,
    PositionPage,
    PositionRepresentation,
    represent_lot,
    represent_position,
    represent_rate,
)
from orders.commands import Code
from orders.errors import PositionNotFound
from orders.kernel.api.errors import MalformedCursor
from orders.kernel.api.paging import Keyset, PageQuery
from orders.kernel.api.validation import Query
from orders.kernel.api.views import ApiView, answer, endpoint
from orders.kernel.moments import Moment
from orders.models import Position
from orders.selectors import position_for, positions_for, rates_for
from orders.valuation import AsOf, as_of, lot_rows_of, reckoned_then, valued

BY_ID = Keyset("id", UUID)
BY_TRADE = Keyset("trade_id", UUID)
NEWEST_FIRST = Keyset("id", UUID, descending=True)


class MomentQuery(Query):
    """At which moment. Without one: now."""

    as_of: Moment | None = Field(
        default=None,
        description="market time: what had happened by then, at the prices and rates of then",
    )
    known_at: Moment | None = Field(
        default=None,
        description="recorded time (real UTC): only what had been recorded by then, later corrections left out",
    )

    def moment(self) -> AsOf:
        """Return the moment that is asked for."""
        return as_of(self.as_of, self.known_at)


class PositionQuery(PageQuery, MomentQuery):
    """Which positions, and at which moment."""

    account: Code | None = None
    symbol: Code | None = None

    def narrow(self, positions: QuerySet[Position]) -> QuerySet[Position]:
        """Return the positions that the given parameters leave."""
        wanted = {"account__code": self.account, "instrument__symbol": self.symbol}
        return positions.filter(**{column: value for column, value in wanted.items() if value is not None})


class LotQuery(PageQuery, MomentQuery):
    """Which page of the lots, and at which moment."""


class RateQuery(PageQuery):
    """Which rates: all, or those of one pair."""

    base: str | None = Field(default=None, pattern="^[A-Z]{3}$")
    quote: str | None = Field(default=None, pattern="^[A-Z]{3}$")


class PositionCollection(ApiView):
    """The positions that the asker may see."""

    @endpoint(
        "list_positions",
        "List positions with cost, P&L and settlement",
        query=PositionQuery,
        answers={200: PositionPage},
        refusals=(MalformedCursor,),
    )
    def get(self, query: PositionQuery) -> HttpResponse:
        """Now they are read from the positions' own sums; with `as_of` or `known_at` from the executions."""
        positions, following = BY_ID.page(query.narrow(positions_for(self.actor)), query)
        items = [represent_position(each) for each in valued(positions, query.moment())]
        return answer(PositionPage(items=items, next=following))


class PositionDetail(ApiView):
    """One position."""

    @endpoint(
        "get_position",
        "Read a position with cost, P&L and settlement",
        query=MomentQuery,
        answers={200: PositionRepresentation},
        refusals=(PositionNotFound,),
    )
    def get(self, position_id: UUID, query: MomentQuery) -> HttpResponse:
        (found,) = valued([position_for(self.actor, position_id)], query.moment())
        return answer(represent_position(found))


class PositionLots(ApiView):
    """The lots of one position."""

    @endpoint(
        "list_lots",
        "List a position's open lots (first in, first out) by the id of their trade",
        query=LotQuery,
        answers={200: LotPage},
        refusals=(MalformedCursor, PositionNotFound),
    )
    def get(self, position_id: UUID, query: LotQuery) -> HttpResponse:
        position = position_for(self.actor, position_id)
        moment = query.moment()
        if moment.is_past:
            then = reckoned_then(position, moment)
            lots, following = BY_TRADE.page_of(then.lots, "Lot", query)
            is_long = then.holding.net_quantity > 0
            return answer(
                LotPage(items=[represent_lot(lot, is_long=is_long) for lot in lots], next=following)
            )
        rows, following = BY_TRADE.page(lot_rows_of(position), query)
        items = [represent_lot(row, is_long=row.position.net_quantity > 0) for row in rows]
        return answer(LotPage(items=items, next=following))


class ExchangeRateCollection(ApiView):
    """The exchange rates that were recorded."""

    @endpoint(
        "list_exchange_rates",
        "List exchange rates, newest recorded first",
        query=RateQuery,
        answers={200: ExchangeRatePage},
        refusals=(MalformedCursor,),
    )
    def get(self, query: RateQuery) -> HttpResponse:
        wanted = {"base": query.base, "quote": query.quote}
        narrowed = {column: value for column, value in wanted.items() if value is not None}
        rates, following = NEWEST_FIRST.page(rates_for(self.actor).filter(**narrowed), query)
        return answer(ExchangeRatePage(items=list(map(represent_rate, rates)), next=following))
