"""From an instrument's currency into that of the firm, in which exposure is counted and cash is kept."""

from datetime import UTC, datetime
from decimal import Decimal

from orders.currencies.rates import Conversion, RateBook
from orders.errors import NoExchangeRate
from orders.models import Order
from orders.positions.trade import signed
from orders.terms import Side
from orders.valuation import AsOf, rates_at

_END_OF_TIME = datetime.max.replace(tzinfo=UTC)


def conversion_of(order: Order, market_time: datetime) -> Conversion:
    """Return the way from the currency of the order's instrument into its firm's, as the rates were at `market_time`.

    Across the account's currency where there is no direct rate. No query where the two are the same. Raises
    NoExchangeRate.
    """
    of, into, across = order.instrument.currency, order.account.desk.firm.currency, order.account.currency
    if of == into:
        return Conversion(())
    rates = RateBook(rates_at({of, into, across}, AsOf(market_time=market_time)))
    found = rates.conversion(of, into, across=(across,))
    if found is None:
        raise NoExchangeRate(f"no exchange rate leads from {of} to {into}", base=of, quote=into)
    return found


def booking_conversion_of(order: Order, market_time: datetime) -> Conversion:
    """Return the same for what happened and has to be booked: by the newest rate of all where there was none yet.

    Raises NoExchangeRate where none was ever told, which no order that was admitted can meet.
    """
    try:
        return conversion_of(order, market_time)
    except NoExchangeRate:
        return conversion_of(order, _END_OF_TIME)


def cash_of(order: Order, notional: Decimal, into_firms: Conversion) -> Decimal:
    """Return what a trade of `notional` (the instrument's currency) moves in the firm's: a buy takes, a sale gives."""
    return signed(Side(order.side), into_firms.convert(notional)).copy_negate()
