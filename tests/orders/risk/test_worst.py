"""Exposure at its worst, held equal to a naive enumeration of which open orders are filled."""

from dataclasses import replace
from decimal import Decimal, localcontext
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from orders.risk.figures import Holder, HolderFigures, InstrumentFigures
from orders.risk.worst import (
    NOTHING,
    Reservation,
    open_notional,
    reservation,
    split_worst_price,
    with_order,
    worst_notional,
    worst_price,
)
from orders.terms import Side

D = Decimal
amounts = st.decimals(min_value=0, max_value=D("1e9"), places=16)
nets = st.decimals(min_value=D("-1e9"), max_value=D("1e9"), places=16)
open_orders = st.lists(st.tuples(st.sampled_from(list(Side)), amounts), max_size=5)
positions = st.tuples(nets, open_orders)
quantities = st.decimals(min_value=D("0.00000001"), max_value=D("999999999999.99999999"), places=8)
prices = st.decimals(min_value=D("0.00000001"), max_value=D("1e15"), places=8)


def every_end(net: Decimal, orders: list[tuple[Side, Decimal]]) -> list[Decimal]:
    """What the position may come to: each open order is filled or not, in every combination."""
    ends = []
    for filled in product((False, True), repeat=len(orders)):
        moved = sum(
            (_signed(order) for order, is_filled in zip(orders, filled, strict=True) if is_filled), D(0)
        )
        ends.append(net + moved)
    return ends


def _signed(order: tuple[Side, Decimal]) -> Decimal:
    side, amount = order
    return amount if side == Side.BUY else -amount


def _open(orders: list[tuple[Side, Decimal]], side: Side) -> Decimal:
    return sum((amount for at, amount in orders if at == side), D(0))


def _instrument(net: Decimal, orders: list[tuple[Side, Decimal]], worst: Decimal) -> InstrumentFigures:
    return InstrumentFigures(
        net_notional=net,
        open_buy_notional=_open(orders, Side.BUY),
        open_sell_notional=_open(orders, Side.SELL),
        worst_notional=worst,
    )


@given(positions)
def test_the_worst_is_the_largest_of_every_combination_of_fills(
    position: tuple[Decimal, list[tuple[Side, Decimal]]],
) -> None:
    net, orders = position
    naive = max(abs(end) for end in every_end(net, orders))

    assert worst_notional(net, _open(orders, Side.BUY), _open(orders, Side.SELL)) == naive


@given(st.lists(positions, min_size=1, max_size=3), st.sampled_from(list(Side)), amounts, quantities)
def test_a_holders_figures_with_an_order_are_those_of_all_its_positions_with_the_order(
    all_positions: list[tuple[Decimal, list[tuple[Side, Decimal]]]],
    side: Side,
    notional: Decimal,
    quantity: Decimal,
) -> None:
    """The order is one of the first position, whose account and instrument are the order's."""
    (net, orders), *others = all_positions

    def figures(of_first: list[tuple[Side, Decimal]]) -> tuple[Decimal, Decimal, Decimal]:
        held = [(net, of_first), *others]
        gross = sum((max(abs(end) for end in every_end(*each)) for each in held), D(0))
        buys, sells = (sum((_open(each[1], at) for each in held), D(0)) for at in (Side.BUY, Side.SELL))
        return gross, buys, sells

    gross, buys, sells = figures(orders)
    before = HolderFigures(
        gross_notional=gross,
        open_buy_notional=buys,
        open_sell_notional=sells,
        cash=D(7),
        instrument=_instrument(net, orders, worst=gross),
    )
    mine = _instrument(net, orders, max(abs(end) for end in every_end(net, orders)))
    own = replace(before, instrument=mine)
    after = with_order({Holder.ACCOUNT: own, Holder.DESK: before}, side, quantity, notional)[Holder.DESK]

    assert (after.gross_notional, after.open_buy_notional, after.open_sell_notional) == figures(
        [*orders, (side, notional)]
    )
    assert (after.cash, after.net_notional) == (before.cash, before.net_notional)
    assert after.instrument is not None
    assert after.instrument.worst_notional == after.gross_notional
    more = (after.instrument.open_buy_quantity, after.instrument.open_sell_quantity)
    assert more == ((quantity, 0) if side == Side.BUY else (0, quantity))


def test_a_holder_whose_instrument_nobody_wants_has_none_with_the_order_either() -> None:
    before = {Holder.ACCOUNT: HolderFigures(instrument=InstrumentFigures()), Holder.FIRM: HolderFigures()}
    assert with_order(before, Side.SELL, D(1), D(5))[Holder.FIRM].instrument is None


@given(st.lists(st.tuples(quantities, prices), min_size=1, max_size=4), quantities)
def test_what_an_order_holds_is_the_most_that_any_of_its_terms_leaves_open(
    asked: list[tuple[Decimal, Decimal]], filled: Decimal
) -> None:
    held = reservation(asked, filled)
    left = [(max(quantity - filled, D(0)), price) for quantity, price in asked]

    assert held.quantity == max(quantity for quantity, _ in left)
    assert all(held.notional >= open_notional(*each) for each in left)
    assert held.notional in [open_notional(*each) for each in left]
    assert (held.quantity == 0) == (held.notional == 0)


def test_nothing_open_is_nothing_held() -> None:
    assert reservation([(D(5), D(3))], D(5)) == NOTHING
    assert Reservation(D(3), D(9)).beyond(Reservation(D(5), D(15))) == Reservation(D(-2), D(-6))


def test_the_worst_price_is_the_dearest_in_the_firms_currency_and_never_rounded_down() -> None:
    assert worst_price((D("99"), None, D("101.5")), D(1)) == D("101.5")
    assert worst_price((None, None, D("0.00000001")), D("0.0000000001")) == D("0.00000001")


@given(prices, st.decimals(min_value=D("0.0000000001"), max_value=D("9999999999"), places=10))
def test_a_worst_price_has_eight_places_and_is_at_least_the_price(price: Decimal, rate: Decimal) -> None:
    exact = D(price).as_integer_ratio(), D(rate).as_integer_ratio()
    worst = worst_price((price,), rate)
    numerator, denominator = worst.as_integer_ratio()
    (p, p_under), (r, r_under) = exact

    assert numerator * p_under * r_under >= p * r * denominator
    assert -int(worst.as_tuple().exponent) <= 8


@given(prices, quantities, quantities)
def test_a_split_rounds_the_worst_price_up_by_less_than_its_last_place(
    price: Decimal, before: Decimal, after: Decimal
) -> None:
    split = split_worst_price(price, before, after)

    with localcontext(prec=100):
        assert split - D("0.00000001") < price * before / after <= split
