"""What orders reserve and what is booked moves a position; a trigger carries it to account, desk and firm.

Locks are taken as everywhere: the order's row, the position's, then the exposure of account, desk and firm. Whoever
moves a position holds all of them to the end of its transaction.
"""

from decimal import Decimal
from typing import Any

from orders.kernel.rows import columns_of, rows_of
from orders.kernel.statements import Statement
from orders.kernel.transactions import step
from orders.models import Order, Position
from orders.risk.figures import ZERO
from orders.risk.holders import have_position, lock_figures, read_figures
from orders.risk.worst import NOTHING, Reservation
from orders.terms import Side

__all__ = ["book", "lock_figures", "read_figures", "release", "reserve", "reserve_locked"]

# Written out, because every admission waits for it, and compiling it anew takes longer than executing it.
_MOVES = {
    side: f"""
        UPDATE orders_position SET
            open_{side}_quantity = open_{side}_quantity + %(open_quantity)s,
            open_{side}_notional = open_{side}_notional + %(open_notional)s,
            {done}_quantity = {done}_quantity + %(done_quantity)s,
            {done}_notional = {done}_notional + %(done_notional)s,
            traded_cash = traded_cash + %(cash)s,
            mark = CASE WHEN mark = 0 OR (%(mark)s > 0 AND bought_quantity = sold_quantity) THEN %(mark)s ELSE mark END
        WHERE account_id = %(account)s AND instrument_id = %(instrument)s
    """  # noqa: S608 - names of our own columns
    for side, done in ((Side.BUY, "bought"), (Side.SELL, "sold"))
}
_MOVE = {side: Statement(text) for side, text in _MOVES.items()}
_MOVE_AND_READ = {
    side: Statement(f"{text} RETURNING {columns_of(Position, 'orders_position')}")
    for side, text in _MOVES.items()
}


@step
def reserve(order: Order, quantity: Decimal, notional: Decimal) -> None:
    """Let `order` hold `quantity` units and `notional` (firm currency) more; both may be negative.

    No limit is asked here: whoever admits has locked the figures (orders/risk/holders.py) and judged them before. The
    order's own columns are the caller's (`reserved_quantity`, `reserved_notional`).
    """
    more = Reservation(quantity, notional)
    if more == NOTHING:
        return
    if not _move(order, held=more):
        have_position(order.account, order.instrument)
        _move(order, held=more)


@step
def reserve_locked(order: Order, held: Reservation) -> None:
    """The same for a new order whose figures this transaction has locked, so that the position is there: it goes
    `together` with the order's row.
    """
    _MOVE[Side(order.side)].send(_values(order, held=held))


@step
def release(order: Order, quantity: Decimal, notional: Decimal) -> None:
    """Give back `quantity` units and `notional` (firm currency) that `order` had reserved."""
    reserve(order, quantity.copy_negate(), notional.copy_negate())


@step
def book(
    order: Order,
    *,
    quantity: Decimal,
    notional: Decimal,
    held: Reservation,
    cash_amount: Decimal,
    mark: Decimal = ZERO,
) -> Position:
    """Change what the position counts for `order` by these, up or down: a fill, a bust, a correction, a split.

    `quantity` in units, `notional` in the instrument's currency; `held` is the change of what the order holds
    reserved, `cash_amount` what moves in the firm's currency. `mark` (firm currency per unit) is what a position is
    worth that had no trade yet. What was filled and no longer is, an open order holds again: no limit is asked.
    Returns the position as it is then, its row locked: it is there, as the order reserved in it.
    """
    values = _values(
        order, held=held, quantity=quantity, notional=notional, cash_amount=cash_amount, mark=mark
    )
    position: Position
    [position] = rows_of([Position], _MOVE_AND_READ[Side(order.side)].row(values))
    return position


def _move(order: Order, **change: Any) -> bool:
    return bool(_MOVE[Side(order.side)].run(_values(order, **change)))


def _values(
    order: Order,
    *,
    held: Reservation,
    quantity: Decimal = ZERO,
    notional: Decimal = ZERO,
    cash_amount: Decimal = ZERO,
    mark: Decimal = ZERO,
) -> dict[str, Any]:
    return {
        "open_quantity": held.quantity,
        "open_notional": held.notional,
        "done_quantity": quantity,
        "done_notional": notional,
        "cash": cash_amount,
        "mark": mark,
        "account": order.account_id,
        "instrument": order.instrument_id,
    }
