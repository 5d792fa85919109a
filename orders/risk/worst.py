"""Exposure at its worst: everything that is open on one side filled and nothing of the other. Pure.

An order's open units count at its worst price: the dearest of its limit, its stop (a trailing buy's as it begins) and
the last price, in the firm's currency. What it holds reserved follows from its terms and those asked for, so nothing is
ever given back by rounding.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Context, Decimal

from orders.kernel.money import PRICE_QUANTUM
from orders.positions.trade import EXACT
from orders.risk.figures import ZERO, HolderFigures, InstrumentFigures
from orders.terms import Side

_UPWARDS = Context(prec=100, rounding=ROUND_CEILING)


@dataclass(frozen=True, slots=True)
class Reservation:
    """What an order holds, or a change of it: units, and their notional at worst in the firm's currency."""

    quantity: Decimal
    notional: Decimal

    def beyond(self, held: "Reservation") -> "Reservation":
        """Return how much more this is than `held`; negative where it is less."""
        return Reservation(
            EXACT.subtract(self.quantity, held.quantity), EXACT.subtract(self.notional, held.notional)
        )


NOTHING = Reservation(ZERO, ZERO)


def worst_price(prices: Iterable[Decimal | None], rate: Decimal) -> Decimal:
    """Return the dearest of the `prices` that are known, times `rate`: firm currency per unit, 8 places, upwards.

    `prices` are in the instrument's currency (limit, stops, last), at least one is known; `rate` is what a unit of
    that is worth in the firm's.
    """
    dearest = max(price for price in prices if price is not None)
    return _UPWARDS.multiply(dearest, rate).quantize(PRICE_QUANTUM, context=_UPWARDS)


def open_notional(quantity: Decimal, price: Decimal) -> Decimal:
    """Return what `quantity` open units count at their worst price: firm currency, exactly 16 places."""
    return EXACT.multiply(quantity, price)


def reservation(asked: Iterable[tuple[Decimal, Decimal]], filled_quantity: Decimal) -> Reservation:
    """Return what an order has to hold: the most that any of its terms, in force or asked for, leaves open.

    `asked` are pairs of quantity (units) and worst price (firm currency per unit); any of them may come to be in
    force, so units and notional are each the largest.
    """
    left = [(max(EXACT.subtract(quantity, filled_quantity), ZERO), price) for quantity, price in asked]
    return Reservation(
        max(quantity for quantity, _ in left), max(open_notional(quantity, price) for quantity, price in left)
    )


def worst_notional(net: Decimal, open_buys: Decimal, open_sells: Decimal) -> Decimal:
    """Return the largest absolute notional that a position can come to, whichever of its open orders are filled."""
    return max(abs(EXACT.add(net, open_buys)), abs(EXACT.subtract(net, open_sells)))


def with_order(
    figures: HolderFigures,
    account_instrument: InstrumentFigures,
    side: Side,
    quantity: Decimal,
    notional: Decimal,
) -> HolderFigures:
    """Return a holder's figures with `quantity` units and `notional` (firm currency) more open on `side`.

    `account_instrument` is what the order's account has in its instrument: gross notional is the sum of what each
    position is at its worst, so it moves by what that one position moves. Both amounts may be negative.
    """
    with_it = _more_open(account_instrument, side, quantity, notional)
    more_gross = EXACT.subtract(_worst_of(with_it), _worst_of(account_instrument))
    buys, sells = _by_side(side, notional)
    instrument = figures.instrument
    if instrument is not None:
        instrument = _more_open(instrument, side, quantity, notional)
        instrument = replace(instrument, worst_notional=EXACT.add(instrument.worst_notional, more_gross))
    return replace(
        figures,
        gross_notional=EXACT.add(figures.gross_notional, more_gross),
        open_buy_notional=EXACT.add(figures.open_buy_notional, buys),
        open_sell_notional=EXACT.add(figures.open_sell_notional, sells),
        instrument=instrument,
    )


def _worst_of(position: InstrumentFigures) -> Decimal:
    return worst_notional(position.net_notional, position.open_buy_notional, position.open_sell_notional)


def _more_open(
    figures: InstrumentFigures, side: Side, quantity: Decimal, notional: Decimal
) -> InstrumentFigures:
    buy_quantity, sell_quantity = _by_side(side, quantity)
    buy_notional, sell_notional = _by_side(side, notional)
    return replace(
        figures,
        open_buy_quantity=EXACT.add(figures.open_buy_quantity, buy_quantity),
        open_sell_quantity=EXACT.add(figures.open_sell_quantity, sell_quantity),
        open_buy_notional=EXACT.add(figures.open_buy_notional, buy_notional),
        open_sell_notional=EXACT.add(figures.open_sell_notional, sell_notional),
    )


def _by_side(side: Side, amount: Decimal) -> tuple[Decimal, Decimal]:
    return (amount, ZERO) if side == Side.BUY else (ZERO, amount)
