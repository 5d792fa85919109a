"""Positions, their lots and their settlement against the executions in force, as they are now.

Six streams in the order of account and instrument are merged: for one position first its row, then what its orders
reserve, the cash that its trades moved, its trades, its settlement, its lots.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import IntEnum
from heapq import merge
from itertools import groupby, zip_longest
from typing import Any

from django.db.models import Case, DecimalField, F, Q, Sum, When

from orders.in_force import CHUNK_ROWS, PositionKey, executions_in_force, trades
from orders.models import Instrument, Lot, Order, Position, Settlement
from orders.positions.fifo import OpenLot
from orders.positions.holding import Holding
from orders.positions.reckoning import Reckoning
from orders.positions.venue_days import settlement_date
from orders.risk.worst import NOTHING, Reservation
from orders.terms import Side
from orders.verification.differences import Difference, Value, compared

_WORTH = F("quantity") * F("price")
_CASH = Case(
    When(~Q(order__instrument__currency=F("order__account__desk__firm__currency")), then=F("cash_amount")),
    When(order__side=Side.BUY, then=-_WORTH),
    default=_WORTH,
    output_field=DecimalField(max_digits=60, decimal_places=16),
)
_SETTLED_COLUMNS = ("bought_quantity", "sold_quantity", "bought_notional", "sold_notional")


class _Told(IntEnum):
    """What a stream tells of a position, in the order in which they come."""

    ROW = 0
    RESERVED = 1
    CASH = 2
    TRADE = 3
    SETTLEMENT = 4
    LOT = 5


_Tagged = tuple[PositionKey, _Told, Any]


@dataclass
class _PositionCheck:
    """One position as the streams tell it."""

    where: str
    mic: str
    row: Position | None = None
    reserved: dict[str, Reservation] = field(default_factory=dict)
    traded_cash: Decimal = Decimal(0)
    reckoning: Reckoning = field(default_factory=Reckoning)
    settlements: dict[date | None, Settlement] = field(default_factory=dict)
    lots: list[OpenLot] = field(default_factory=list)

    def take(self, kind: _Told, value: Any) -> None:
        match kind:
            case _Told.ROW:
                self.row = value
            case _Told.RESERVED:
                side, quantity, notional = value
                self.reserved[side] = Reservation(quantity, notional)
            case _Told.CASH:
                self.traded_cash = value
            case _Told.TRADE:
                self.reckoning.add(value, settles_on=settlement_date(self.mic, value.market_time))
            case _Told.SETTLEMENT:
                self.settlements[value.settles_on] = value
            case _:
                self.lots.append(value)

    def differences(self) -> Iterator[Difference]:
        """Yield what of the position does not follow from its executions and orders."""
        if self.row is None:
            yield Difference(self.where, "position", "a row", None)
            return
        yield from compared(self.where, self._expected(), vars(self.row))
        yield from self._settlement_differences()
        for number, (expected, found) in enumerate(zip_longest(self.reckoning.lots, self.lots), start=1):
            if expected != found:
                yield Difference(self.where, f"lot {number}", _lot_text(expected), _lot_text(found))

    def _expected(self) -> dict[str, Any]:
        last = self.reckoning.last or (None, None)
        holding = self.reckoning.holding
        buys, sells = (self.reserved.get(side, NOTHING) for side in (Side.BUY, Side.SELL))
        return {
            **{name: getattr(holding, name) for name in Holding.__slots__},
            "net_quantity": holding.net_quantity,
            "open_buy_quantity": buys.quantity,
            "open_sell_quantity": sells.quantity,
            "open_buy_notional": buys.notional,
            "open_sell_notional": sells.notional,
            "traded_cash": self.traded_cash,
            "last_trade_time": last[0],
            "last_trade_id": last[1],
        }

    def _settlement_differences(self) -> Iterator[Difference]:
        expected = self.reckoning.settlements
        for settles_on in sorted({*expected, *self.settlements}, key=str):
            due, row = expected.get(settles_on), self.settlements.get(settles_on)
            for column in _SETTLED_COLUMNS:
                wanted: Value = None if due is None else getattr(due, column)
                found: Value = None if row is None else getattr(row, column)
                if wanted != found:
                    yield Difference(self.where, f"settlement {settles_on} {column}", wanted, found)


def _lot_text(lot: OpenLot | None) -> str | None:
    if lot is None:
        return None
    return f"{lot.quantity.normalize():f} at {lot.price.normalize():f} of trade {lot.trade_id} ({lot.execution_id})"


def positions_now() -> Iterator[list[Difference]]:
    """Yield the differences of each position, by account and instrument."""
    mics = dict(Instrument.objects.order_by().values_list("pk", "mic"))
    streams = merge(
        _rows(),
        _reserved(),
        _cash(),
        _trades(),
        _settlements(),
        _lots(),
        key=lambda each: (each[0][0].int, each[0][1].int),
    )
    for key, rows in groupby(streams, key=lambda each: each[0]):
        check = _PositionCheck(f"position of account {key[0]} in instrument {key[1]}", mics[key[1]])
        for _, kind, value in rows:
            check.take(kind, value)
        yield list(check.differences())


def _rows() -> Iterator[_Tagged]:
    for row in Position.objects.order_by("account_id", "instrument_id").iterator(CHUNK_ROWS):
        yield (row.account_id, row.instrument_id), _Told.ROW, row


def _reserved() -> Iterator[_Tagged]:
    reserving = Order.objects.filter(reserved_quantity__gt=0)
    sums = (
        reserving.order_by("account_id", "instrument_id")
        .values_list("account_id", "instrument_id", "side")
        .annotate(Sum("reserved_quantity"), Sum("reserved_notional"))
    )
    for account, instrument, *reserved in sums.iterator(CHUNK_ROWS):
        yield (account, instrument), _Told.RESERVED, reserved


def _cash() -> Iterator[_Tagged]:
    """Yield what the executions in force moved: their worth, or in another currency what was booked for them."""
    of_position = ("order__account_id", "order__instrument_id")
    executions = executions_in_force().order_by(*of_position)
    sums = executions.values_list(*of_position).annotate(moved=Sum(_CASH))
    for account, instrument, total in sums.iterator(CHUNK_ROWS):
        yield (account, instrument), _Told.CASH, total


def _trades() -> Iterator[_Tagged]:
    for key, trade in trades(executions_in_force()):
        yield key, _Told.TRADE, trade


def _settlements() -> Iterator[_Tagged]:
    rows = Settlement.objects.select_related("position")
    for row in rows.order_by("position__account_id", "position__instrument_id").iterator(CHUNK_ROWS):
        yield (row.position.account_id, row.position.instrument_id), _Told.SETTLEMENT, row


def _lots() -> Iterator[_Tagged]:
    of_position = ("position__account_id", "position__instrument_id")
    rows = Lot.objects.order_by(*of_position, "market_time", "trade_id").values_list(
        *of_position, "execution_id", "trade_id", "market_time", "quantity", "price"
    )
    for account, instrument, *lot in rows.iterator(CHUNK_ROWS):
        yield (account, instrument), _Told.LOT, OpenLot(*lot)
