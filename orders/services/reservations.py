"""What an order has to reserve for its terms, and whether its account's position limit allows it."""

from decimal import Decimal

from orders.errors import RiskRefused
from orders.kernel.money import decimal_text
from orders.kernel.transactions import step
from orders.models import Order
from orders.risk import exposure
from orders.risk.checks import Denial, Ticket
from orders.risk.figures import Holder
from orders.risk.tickets import limits_of
from orders.risk.worst import Reservation, with_order, worst_price
from orders.selectors import market_now
from orders.services.firm_currency import conversion_of
from orders.services.revisions import rehold
from orders.terms import Side

CODE = "RISK_POSITION_LIMIT"


def worst_price_of(order: Order, ticket: Ticket) -> Decimal:
    """Return what a unit of the ticket's terms counts at: firm currency per unit. Raises NoExchangeRate."""
    rate = conversion_of(order, market_now()).rate
    return worst_price((ticket.limit_price, ticket.stop_price, ticket.reference_price), rate)


@step
def reserve_within_limit(order: Order) -> Denial | None:
    """Let the order hold what it needs; return why its position limit does not allow that, and leave it then."""
    change = rehold(order)
    denial = position_denial(order, change) if change.quantity > 0 else None
    if denial is None:
        exposure.reserve(order, change.quantity, change.notional)
    return denial


@step
def reserve_or_refuse(order: Order) -> None:
    """Let the order hold what it needs. Raises RiskRefused where its position limit does not allow it."""
    denial = reserve_within_limit(order)
    if denial is not None:
        raise RiskRefused(denial.code, denial.detail, order_id=str(order.pk), **denial.numbers)


@step
def position_denial(order: Order, more: Reservation) -> Denial | None:
    """Return why the account may not hold `more` open for the order; its figures are locked from here on."""
    figures = exposure.lock_figures(order.account, order.instrument, market_time=market_now())
    mine = figures[Holder.ACCOUNT]
    assert mine.instrument is not None  # noqa: S101 - the account's figures always have it
    side = Side(order.side)
    worst = with_order(mine, mine.instrument, side, more.quantity, more.notional).instrument
    assert worst is not None  # noqa: S101
    net = worst.net_quantity
    total = net + worst.open_buy_quantity if side == Side.BUY else worst.open_sell_quantity - net
    if total <= limits_of(order.account_id)["position_quantity"]:
        return None
    numbers = {"quantity": decimal_text(more.quantity)}
    return Denial(CODE, "with the open orders the position could exceed its limit", numbers)
