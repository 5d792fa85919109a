"""The reservation of exposure: one conditional update per position, the last thing before the commit.

What is held against the limit is the position at its worst: everything that is open on one side filled and nothing
of the other. Long: bought - sold + open buys <= limit. Short: sold - bought + open sells <= limit.
"""

from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import F, QuerySet

from orders.errors import RiskRefused
from orders.kernel.money import decimal_text
from orders.kernel.transactions import step
from orders.models import Order, Position
from orders.risk.checks import Denial
from orders.terms import Side

CODE = "RISK_POSITION_LIMIT"

# Written out, because every admission waits for it, and compiling it anew takes longer than executing it.
_RESERVE = {
    Side.BUY: """
        UPDATE orders_position SET open_buy_quantity = open_buy_quantity + %(quantity)s
        WHERE account_id = %(account)s AND instrument_id = %(instrument)s
            AND bought_quantity - sold_quantity + open_buy_quantity + %(quantity)s <= (
                SELECT value FROM orders_limit WHERE account_id = %(account)s AND kind = 'position_quantity')
    """,
    Side.SELL: """
        UPDATE orders_position SET open_sell_quantity = open_sell_quantity + %(quantity)s
        WHERE account_id = %(account)s AND instrument_id = %(instrument)s
            AND sold_quantity - bought_quantity + open_sell_quantity + %(quantity)s <= (
                SELECT value FROM orders_limit WHERE account_id = %(account)s AND kind = 'position_quantity')
    """,
}


def _open_column(side: str) -> str:
    return "open_buy_quantity" if side == Side.BUY else "open_sell_quantity"


def _row(account_id: UUID, instrument_id: UUID) -> QuerySet[Position]:
    return Position.objects.filter(account_id=account_id, instrument_id=instrument_id)


def _reserve_within_limit(order: Order, quantity: Decimal) -> bool:
    values: dict[str, Decimal | UUID] = {
        "quantity": quantity,
        "account": order.account_id,
        "instrument": order.instrument_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_RESERVE[Side(order.side)], values)
        return bool(cursor.rowcount)


@step
def reserve(order: Order, quantity: Decimal) -> bool:
    """Reserve `quantity` units more for `order`; False when the account's position limit does not allow it."""
    if _reserve_within_limit(order, quantity):
        return True
    # The limit refused, or the row is not there. It may also have come just now, with another order's first
    # reservation: so it is made if need be, and only the second answer counts.
    Position.objects.bulk_create(
        [Position(account_id=order.account_id, instrument_id=order.instrument_id)], ignore_conflicts=True
    )
    return _reserve_within_limit(order, quantity)


@step
def reserve_or_refuse(order: Order, quantity: Decimal) -> None:
    """Reserve `quantity` units more for `order`. Raises RiskRefused where the limit does not allow it."""
    if quantity and not reserve(order, quantity):
        denial = position_denial(quantity)
        raise RiskRefused(denial.code, denial.detail, order_id=str(order.pk), **denial.numbers)


def position_denial(quantity: Decimal) -> Denial:
    """Return why `quantity` units more are refused."""
    numbers = {"quantity": decimal_text(quantity)}
    return Denial(CODE, "with the open orders the position could exceed its limit", numbers)


@step
def release(order: Order, quantity: Decimal) -> None:
    """Give back `quantity` units that `order` had reserved."""
    if quantity:
        column = _open_column(order.side)
        _row(order.account_id, order.instrument_id).update(**{column: F(column) - quantity})


@step
def book(order: Order, *, quantity: Decimal, price: Decimal, released: Decimal) -> None:
    """Move a fill of `quantity` units at `price` into the position, `released` of it out of the open quantity."""
    column = _open_column(order.side)
    done = "bought" if order.side == Side.BUY else "sold"
    _row(order.account_id, order.instrument_id).update(
        **{
            column: F(column) - released,
            f"{done}_quantity": F(f"{done}_quantity") + quantity,
            f"{done}_notional": F(f"{done}_notional") + quantity * price,
        }
    )


@step
def rebook(order: Order, *, quantity: Decimal, notional: Decimal, reserved: Decimal) -> None:
    """Change what the position counts for `order` by these, up or down: a bust, a correction, a split.

    What was filled and no longer is, an open order holds reserved again: the position at its worst stays as it
    was, so no limit is asked.
    """
    column = _open_column(order.side)
    done = "bought" if order.side == Side.BUY else "sold"
    _row(order.account_id, order.instrument_id).update(
        **{
            column: F(column) + reserved,
            f"{done}_quantity": F(f"{done}_quantity") + quantity,
            f"{done}_notional": F(f"{done}_notional") + notional,
        }
    )
