"""Let lots, realised P&L and settlement follow what is booked, in the transaction that books it.

Locks are taken as everywhere: the order's row first, then the position's. Whoever books holds the position's row to
the end, so the next one sees the executions of the position whole.
"""

from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from orders.in_force import executions_in_force, trades
from orders.kernel.ids import new_id
from orders.kernel.rows import insert, update
from orders.kernel.statements import Statement
from orders.kernel.transactions import step
from orders.models import Execution, Instrument, Lot, Position, Settlement
from orders.positions.average_cost import realised_by
from orders.positions.fifo import OpenLot, close, opened_by
from orders.positions.holding import Holding
from orders.positions.reckoning import Reckoning
from orders.positions.settlement import Movement
from orders.positions.trade import EXACT, Trade
from orders.positions.venue_days import settlement_date
from orders.selectors import holding_of
from orders.terms import Side

LOTS_AT_ONCE = 100
_ROWS_AT_ONCE = 1000
_RECKONED = ("realised_average_cost", "realised_fifo", "last_trade_time", "last_trade_id")
_SETTLED = ("bought_quantity", "sold_quantity", "bought_notional", "sold_notional")
_SETTLE = Statement(f"""
    INSERT INTO orders_settlement (id, position_id, settles_on, {", ".join(_SETTLED)})
    VALUES (%(id)s, %(position)s, %(settles_on)s, {", ".join(f"%({name})s" for name in _SETTLED)})
    ON CONFLICT (position_id, settles_on) DO UPDATE SET
    {", ".join(f"{name} = orders_settlement.{name} + excluded.{name}" for name in _SETTLED)}
""")  # noqa: S608 - names of our own columns


def follows(position: Position, execution: Execution) -> bool:
    """Tell whether a trade happened after all that are booked in the position.

    One whose report came late has its place in the middle: then the position is booked anew.
    """
    if position.last_trade_time is None or position.last_trade_id is None:
        return True
    return _trade_of(execution).place >= (position.last_trade_time, position.last_trade_id)


@step
def book_next_lots(position: Position, execution: Execution) -> None:
    """Let a locked position follow an execution that `follows`; it may go `together` with the execution's row."""
    trade = _trade_of(execution)
    before = holding_of(position).before_trade(quantity=trade.signed_quantity, paid=trade.paid)
    position.realised_average_cost = EXACT.add(position.realised_average_cost, realised_by(trade, before))
    position.realised_fifo = EXACT.add(position.realised_fifo, _move_lots(position, trade, before))
    position.last_trade_time, position.last_trade_id = trade.place
    update(position, _RECKONED)
    _add_settlement(position, trade, execution.order.instrument.mic)


def _trade_of(execution: Execution) -> Trade:
    return Trade(
        execution_id=execution.pk,
        trade_id=execution.pk,
        side=Side(execution.order.side),
        quantity=execution.quantity,
        price=execution.price,
        market_time=execution.market_time,
    )


@step
def rebook_lots(account_id: UUID, instrument_id: UUID) -> None:
    """Book the position's lots, realised P&L and settlement anew from its executions in force."""
    _book_anew(_locked(account_id, instrument_id))


def _locked(account_id: UUID, instrument_id: UUID) -> Position:
    return Position.objects.select_for_update().get(account_id=account_id, instrument_id=instrument_id)


def _move_lots(position: Position, trade: Trade, before: Holding) -> Decimal:
    """Close and open lots, and return what that realised in the instrument's currency."""
    held, rest, realised = before.net_quantity, trade.quantity, Decimal(0)
    if held and (held > 0) != (trade.side == Side.BUY):
        rest, realised = _close_lots(position, trade, long=held > 0)
    if rest:
        insert(_lot(opened_by(trade, rest), position))
    return realised


def _close_lots(position: Position, trade: Trade, *, long: bool) -> tuple[Decimal, Decimal]:
    """Close the oldest lots, and return the units that found none and what was realised."""
    rest, realised = trade.quantity, Decimal(0)
    while rest:
        rows = list(_lots_of(position)[:LOTS_AT_ONCE])
        if not rows:
            break
        closing = close([open_lot(row) for row in rows], quantity=rest, price=trade.price, long=long)
        rest, realised = closing.rest, EXACT.add(realised, closing.realised)
        Lot.objects.filter(pk__in=[row.pk for row in rows[: closing.closed]]).delete()
        if closing.shrunk is not None:
            Lot.objects.filter(pk=rows[closing.closed].pk).update(quantity=closing.shrunk.quantity)
    return rest, realised


def _lots_of(position: Position) -> QuerySet[Lot]:
    return Lot.objects.filter(position=position).order_by("market_time", "trade_id")


def open_lot(row: Lot) -> OpenLot:
    """Return a lot's row as the arithmetic knows it."""
    return OpenLot(row.execution_id, row.trade_id, row.market_time, row.quantity, row.price)


def _keep(lots: list[OpenLot], position: Position) -> None:
    Lot.objects.bulk_create([_lot(lot, position) for lot in lots], batch_size=_ROWS_AT_ONCE)


def _lot(lot: OpenLot, position: Position) -> Lot:
    return Lot(
        position=position,
        execution_id=lot.execution_id,
        trade_id=lot.trade_id,
        quantity=lot.quantity,
        price=lot.price,
        market_time=lot.market_time,
    )


def _add_settlement(position: Position, trade: Trade, mic: str) -> None:
    settles_on = settlement_date(mic, trade.market_time)
    sums = Movement().with_trade(quantity=trade.signed_quantity, paid=trade.paid)
    columns = _settlement_columns(sums)
    _SETTLE.send({"id": new_id(), "position": position.pk, "settles_on": settles_on, **columns})


def _settlement_columns(movement: Movement) -> dict[str, Decimal]:
    return {name: getattr(movement, name) for name in _SETTLED}


def _book_anew(position: Position) -> None:
    reckoning = _reckoned(position)
    Lot.objects.filter(position=position).delete()
    Settlement.objects.filter(position=position).delete()
    _keep(list(reckoning.lots), position)
    Settlement.objects.bulk_create(
        Settlement(position=position, settles_on=settles_on, **_settlement_columns(movement))
        for settles_on, movement in reckoning.settlements.items()
    )
    position.realised_average_cost = reckoning.holding.realised_average_cost
    position.realised_fifo = reckoning.holding.realised_fifo
    position.last_trade_time, position.last_trade_id = reckoning.last or (None, None)
    position.save(update_fields=_RECKONED)


def _reckoned(position: Position) -> Reckoning:
    mic = Instrument.objects.values_list("mic", flat=True).get(pk=position.instrument_id)
    executions = executions_in_force().filter(
        order__account_id=position.account_id, order__instrument_id=position.instrument_id
    )
    reckoning = Reckoning()
    for _, trade in trades(executions):
        reckoning.add(trade, settles_on=settlement_date(mic, trade.market_time))
    return reckoning
