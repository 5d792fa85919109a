"""Mark positions to the market, and open the market day from which losses are counted.

Positions are locked in the order of their ids, before any exposure is: whoever books holds its position already, so
the two never wait for each other crosswise.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, QuerySet

from orders.currencies.rates import RateBook
from orders.events import DayOpened
from orders.hooks import hooks, publish
from orders.kernel.context import Actor
from orders.kernel.transactions import service
from orders.models import Exposure, Position
from orders.positions.trade import EXACT
from orders.valuation import AsOf, rates_at

POSITIONS_AT_ONCE = 500
_MARK = """
    UPDATE orders_position AS position SET mark = told.mark
    FROM unnest(%(ids)s::uuid[], %(marks)s::numeric[]) AS told(id, mark) WHERE position.id = told.id
"""


def revalue(*, actor: Actor, market_time: datetime) -> int:
    """Give every position that holds something the mark of `market_time`, and return how many changed.

    The mark is the last price in the firm's currency; without price or rate it stays as it is. Then every exposure
    that this market day (UTC date of `market_time`) has not opened yet is opened with its cash and net notional.
    """
    marks = sorted(_new_marks(market_time).items())
    rest = iter(marks)
    while batch := list(islice(rest, POSITIONS_AT_ONCE)):
        _mark(marks=batch)
    day = market_time.astimezone(UTC).date()
    if _unopened(day).exists():
        _open_day(actor=actor, market_time=market_time, day=day)
    return len(marks)


def _new_marks(market_time: datetime) -> dict[UUID, Decimal]:
    """Return the marks that differ from those in force: three queries for all positions."""
    rows = list(
        Position.objects.exclude(net_quantity=0)
        .order_by()
        .values_list(
            "pk",
            "instrument_id",
            "mark",
            "instrument__currency",
            "account__desk__firm__currency",
            "account__currency",
        )
    )
    prices = hooks.last_prices(instrument_ids={row[1] for row in rows}, market_time=market_time)
    currencies = {currency for row in rows for currency in row[3:]}
    rates = RateBook(rates_at(currencies, AsOf(market_time=market_time)))
    marks = {}
    for pk, instrument_id, mark, of, into, across in rows:
        price, conversion = prices.get(instrument_id), rates.conversion(of, into, across=(across,))
        if price is not None and conversion is not None and conversion.convert(price.price) != mark:
            marks[pk] = conversion.convert(price.price)
    return marks


@service
def _mark(*, marks: Sequence[tuple[UUID, Decimal]]) -> None:
    ids = [pk for pk, _ in marks]
    list(Position.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))
    with connection.cursor() as cursor:
        cursor.execute(_MARK, {"ids": ids, "marks": [mark for _, mark in marks]})


def _unopened(day: date) -> QuerySet[Exposure]:
    return Exposure.objects.filter(Q(opening_day=None) | ~Q(opening_day=day))


@service
def _open_day(*, actor: Actor, market_time: datetime, day: date) -> None:
    last = {"nulls_last": True}
    in_lock_order = (F("account").asc(**last), F("desk").asc(**last), F("firm").asc(**last))
    rows = list(_unopened(day).select_for_update(no_key=True).order_by(*in_lock_order))
    Exposure.objects.filter(pk__in=[row.pk for row in rows]).update(
        opening_equity=F("cash") + F("net_notional"), opening_day=day
    )
    for row in rows:
        if row.firm_id is not None:
            publish(
                DayOpened(
                    actor=actor,
                    object_id=str(row.firm_id),
                    revision=0,
                    market_time=market_time,
                    day=day,
                    opening_equity=EXACT.add(row.cash, row.net_notional),
                )
            )
