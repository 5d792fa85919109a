"""Exposure at its worst: everything that is open on one side filled and nothing of the other. Pure.

An order's open units count at its worst price: the dearest of its limit, its stop (a trailing buy's as it begins) and
the last price, in the firm's currency. What it holds reserved follows from its terms and those asked for, so nothing is
ever given back by rounding.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal

from orders.kernel.money import PRICE_QUANTUM
from orders.positions.trade import EXACT
from orders.risk.figures import ZERO, Holder, HolderFigures, InstrumentFigures
from orders.terms import Side

WORST_PRICE_BOUND = Decimal(10) ** 12
"""What every worst price that is kept is below (firm currency per unit). A quantity is below 10^12 units as well, so no
order's notional can be beyond its column, numeric(40, 16)."""
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


def split_worst_price(price: Decimal, before: Decimal, after: Decimal) -> Decimal:
    """Return what a worst price becomes where `before` units become `after`: firm currency, 8 places, upwards."""
    worth = _UPWARDS.multiply(price, before)
    return _UPWARDS.divide(worth, after).quantize(PRICE_QUANTUM, context=_UPWARDS)


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
    # abs() would round to the digits of whoever calls.
    return max(EXACT.add(net, open_buys).copy_abs(), EXACT.subtract(net, open_sells).copy_abs())


def with_order(
    before: Mapping[Holder, HolderFigures], side: Side, quantity: Decimal, notional: Decimal
) -> dict[Holder, HolderFigures]:
    """Return what each holder has with `quantity` units and `notional` (firm currency) more open on `side`.

    `before` has the account's figures in the order's instrument: gross notional is the sum of what each position is at
    its worst, so that every holder's moves by what that one position moves. Both amounts may be negative.
    """
    mine = before[Holder.ACCOUNT].in_instrument
    worst_with = _worst_of(_more_open(mine, side, quantity, notional, mine.worst_notional))
    more_gross = EXACT.subtract(worst_with, _worst_of(mine))
    return {
        holder: _with_order(figures, side, quantity, notional, more_gross)
        for holder, figures in before.items()
    }


def _with_order(
    figures: HolderFigures, side: Side, quantity: Decimal, notional: Decimal, more_gross: Decimal
) -> HolderFigures:
    instrument = figures.instrument
    if instrument is not None:
        worst = EXACT.add(instrument.worst_notional, more_gross)
        instrument = _more_open(instrument, side, quantity, notional, worst)
    is_buy = side == Side.BUY
    return HolderFigures(
        gross_notional=EXACT.add(figures.gross_notional, more_gross),
        net_notional=figures.net_notional,
        open_buy_notional=_more(figures.open_buy_notional, notional, is_buy),
        open_sell_notional=_more(figures.open_sell_notional, notional, not is_buy),
        cash=figures.cash,
        day_loss=figures.day_loss,
        instrument=instrument,
    )


def _worst_of(position: InstrumentFigures) -> Decimal:
    return worst_notional(position.net_notional, position.open_buy_notional, position.open_sell_notional)


def _more_open(
    figures: InstrumentFigures, side: Side, quantity: Decimal, notional: Decimal, worst_notional: Decimal
) -> InstrumentFigures:
    is_buy = side == Side.BUY
    return InstrumentFigures(
        net_quantity=figures.net_quantity,
        open_buy_quantity=_more(figures.open_buy_quantity, quantity, is_buy),
        open_sell_quantity=_more(figures.open_sell_quantity, quantity, not is_buy),
        net_notional=figures.net_notional,
        open_buy_notional=_more(figures.open_buy_notional, notional, is_buy),
        open_sell_notional=_more(figures.open_sell_notional, notional, not is_buy),
        worst_notional=worst_notional,
    )


def _more(amount: Decimal, more: Decimal, is_of_this_side: bool) -> Decimal:
    return EXACT.add(amount, more) if is_of_this_side else amount
