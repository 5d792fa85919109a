"""Reads what a valuation is made of: sums or executions, settlements, prices, rates. No query is made per position."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from orders.currencies.rates import Rate, RateBook
from orders.hooks import hooks
from orders.in_force import PositionKey, executions_in_force, trades, with_place
from orders.models import Execution, Instrument, Lot, Position, Settlement
from orders.positions.holding import Holding
from orders.positions.reckoning import Reckoning
from orders.positions.settlement import MARKETS, Movement, Settled, settled_at
from orders.positions.trade import Trade
from orders.positions.venue_days import date_at, settlement_date
from orders.selectors import holding_of, market_now
from orders.terms import Side
from orders.valuation.worth import AsOf, ValuedPosition

Movements = Mapping[date | None, Movement]

_NEWEST_RATES = """
    SELECT bases.code, quotes.code, newest.rate, newest.market_time, newest.source
    FROM unnest(%(currencies)s::text[]) AS bases(code)
    JOIN unnest(%(currencies)s::text[]) AS quotes(code) ON bases.code <> quotes.code
    CROSS JOIN LATERAL (
        SELECT rate, market_time, source FROM orders_exchangerate
        WHERE base = bases.code AND quote = quotes.code AND market_time <= %(market_time)s
            AND (%(known_at)s::timestamptz IS NULL OR recorded_at <= %(known_at)s)
        ORDER BY market_time DESC, recorded_at DESC, id DESC LIMIT 1
    ) AS newest
"""


def as_of(market_time: datetime | None = None, known_at: datetime | None = None) -> AsOf:
    """Return the moment to look at: now in the market, unless one is given."""
    is_past = market_time is not None or known_at is not None
    return AsOf(market_time=market_time or market_now(), known_at=known_at, is_past=is_past)


def valued(positions: Sequence[Position], moment: AsOf) -> list[ValuedPosition]:
    """Return positions (with account, desk, firm and instrument loaded) as they are worth at `moment`.

    Three queries for all of them, and the replay of their executions where the moment is past.
    """
    reckoned = _reckonings(positions, moment) if moment.is_past else {}
    unsettled = {} if moment.is_past else _settlements(positions, moment)
    prices = hooks.last_prices(
        instrument_ids={row.instrument_id for row in positions}, market_time=moment.market_time
    )
    rates = RateBook(rates_at(_currencies(positions), moment))
    found = []
    for row in positions:
        reckoning = reckoned.get((row.account_id, row.instrument_id), Reckoning())
        movements = reckoning.settlements if moment.is_past else unsettled.get(row.pk, {})
        holding = reckoning.holding if moment.is_past else holding_of(row)
        found.append(
            ValuedPosition(
                position=row,
                moment=moment,
                holding=holding,
                last_price=prices.get(row.instrument_id),
                settled=_settled(row.instrument, holding, movements, moment),
                rates=rates,
            )
        )
    return found


def reckoned_then(position: Position, moment: AsOf) -> Reckoning:
    """Return what a position's executions made of it at a past moment, its open lots above all."""
    reckoned = _reckonings([position], moment)
    return reckoned.get((position.account_id, position.instrument_id), Reckoning())


def lot_rows_of(position: Position) -> QuerySet[Lot]:
    """Return a position's open lots, oldest first, each with the position as it is at the same moment."""
    rows = Lot.objects.filter(position=position).select_related("position", "execution")
    return rows.order_by("market_time", "trade_id")


def trades_of(position: Position, *, newest: int) -> list[Trade]:
    """Return the `newest` trades in force of a position, oldest first."""
    rows = with_place(_executions_of([position])).select_related("order")
    found = islice(rows.order_by("-market_time", "-trade_id"), newest)
    return [_trade(row) for row in reversed(list(found))]


def _trade(row: Execution) -> Trade:
    trade_id: UUID = row.trade_id  # type: ignore[attr-defined]
    return Trade(row.pk, trade_id, Side(row.order.side), row.quantity, row.price, row.market_time)


def rates_at(currencies: Iterable[str], moment: AsOf) -> list[Rate]:
    """Return the newest rate of each ordered pair of `currencies` at `moment`: one query, none for one currency."""
    wanted = sorted(set(currencies))
    if len(wanted) < 2:
        return []
    values: dict[str, Any] = {
        "currencies": wanted,
        "market_time": moment.market_time,
        "known_at": moment.known_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST_RATES, values)
        return [Rate(*row) for row in cursor.fetchall()]


def _currencies(positions: Iterable[Position]) -> set[str]:
    return {
        currency
        for row in positions
        for currency in (row.instrument.currency, row.account.currency, row.account.desk.firm.currency)
    }


def _executions_of(positions: Sequence[Position], known_at: datetime | None = None) -> QuerySet[Execution]:
    wanted = Position.objects.filter(
        pk__in=[row.pk for row in positions],
        account=OuterRef("order__account_id"),
        instrument=OuterRef("order__instrument_id"),
    )
    return executions_in_force(known_at=known_at).filter(Exists(wanted.order_by()))


def _reckonings(positions: Sequence[Position], moment: AsOf) -> dict[PositionKey, Reckoning]:
    mics = {(row.account_id, row.instrument_id): row.instrument.mic for row in positions}
    executions = _executions_of(positions, moment.known_at).filter(market_time__lte=moment.market_time)
    reckoned: defaultdict[PositionKey, Reckoning] = defaultdict(Reckoning)
    for key, trade in trades(executions):
        reckoned[key].add(trade, settles_on=settlement_date(mics[key], trade.market_time))
    return reckoned


def _settlements(positions: Sequence[Position], moment: AsOf) -> dict[UUID, dict[date | None, Movement]]:
    """Return by position what settles later than yesterday, or at a date that is not known.

    A venue's date is at most one behind UTC's.
    """
    pending = Q(settles_on=None) | Q(settles_on__gt=moment.market_time.date() - timedelta(days=1))
    found: defaultdict[UUID, dict[date | None, Movement]] = defaultdict(dict)
    for row in Settlement.objects.filter(pending, position__in=[row.pk for row in positions]).order_by():
        found[row.position_id][row.settles_on] = Movement(
            bought_quantity=row.bought_quantity,
            sold_quantity=row.sold_quantity,
            bought_notional=row.bought_notional,
            sold_notional=row.sold_notional,
        )
    return found


def _settled(instrument: Instrument, holding: Holding, movements: Movements, moment: AsOf) -> Settled | None:
    if instrument.mic not in MARKETS:
        return None
    return settled_at(holding, movements, date_at(instrument.mic, moment.market_time))
