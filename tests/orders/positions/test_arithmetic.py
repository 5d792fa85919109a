"""Cost, lots and P&L: an independent naive computation, the invariant, and examples that others published."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.positions.holding import Holding, cost_price, market_value, unrealised
from orders.positions.reckoning import Reckoning
from orders.positions.trade import Trade
from orders.terms import Side

OPEN = datetime(2024, 3, 1, 14, 30, tzinfo=UTC)
Bargain = tuple[Side, Decimal, Decimal]

quantities = st.decimals("0.00000001", "999999999999", places=8)
few = st.sampled_from([Decimal(number) for number in (1, 2, 3, 5, 7, 100)])
bargains = st.lists(
    st.tuples(st.sampled_from(Side), few | quantities, st.decimals("0.00000001", "999999999999", places=8)),
    max_size=30,
)


def trade(number: int, bargain: Bargain) -> Trade:
    side, quantity, price = bargain
    return Trade(UUID(int=number), UUID(int=number), side, quantity, price, OPEN + timedelta(seconds=number))


def reckoned(given_bargains: list[Bargain]) -> Reckoning:
    reckoning = Reckoning()
    for number, bargain in enumerate(given_bargains, start=1):
        reckoning.add(trade(number, bargain), settles_on=None)
    return reckoning


def buy(quantity: str, price: str) -> Bargain:
    return Side.BUY, Decimal(quantity), Decimal(price)


def sell(quantity: str, price: str) -> Bargain:
    return Side.SELL, Decimal(quantity), Decimal(price)


@dataclass
class Naive:
    """The same by other means: signed lots in a list, fractions, the average kept as cost over quantity."""

    lots: list[tuple[Fraction, Fraction]]
    fifo: Fraction
    held: Fraction
    average: Fraction
    by_average: Fraction


def naive(given_bargains: list[Bargain]) -> Naive:
    state = Naive([], Fraction(0), Fraction(0), Fraction(0), Fraction(0))
    for side, quantity, price in given_bargains:
        at = Fraction(price)
        left = Fraction(quantity) * (1 if side == Side.BUY else -1)
        new_held = state.held + left
        if state.held * left >= 0:
            state.average = (state.average * abs(state.held) + at * abs(left)) / abs(new_held)
        else:
            closed = min(abs(left), abs(state.held))
            direction = 1 if state.held > 0 else -1
            state.by_average += closed * (at - state.average) * direction
            if abs(left) > abs(state.held):
                state.average = at
        state.held = new_held
        while left and state.lots and state.lots[0][0] * left < 0:
            units, paid = state.lots.pop(0)
            matched = min(abs(units), abs(left)) * (1 if units > 0 else -1)
            state.fifo += matched * (at - paid)
            left += matched
            if units != matched:
                state.lots.insert(0, (units - matched, paid))
        if left:
            state.lots.append((left, at))
    return state


@given(bargains)
def test_lots_and_fifo_gain_are_those_of_the_naive_computation(given_bargains: list[Bargain]) -> None:
    ours, theirs = reckoned(given_bargains), naive(given_bargains)

    sign = 1 if ours.holding.net_quantity > 0 else -1
    assert [(Fraction(lot.quantity) * sign, Fraction(lot.price)) for lot in ours.lots] == theirs.lots
    assert Fraction(ours.holding.realised_fifo) == theirs.fifo
    assert sum((lot.quantity * lot.price for lot in ours.lots), Decimal(0)) == pytest.approx(
        ours.holding.fifo_cost * sign
    )


@given(bargains)
def test_average_cost_is_off_the_naive_one_by_no_more_than_its_roundings(
    given_bargains: list[Bargain],
) -> None:
    ours, theirs = reckoned(given_bargains).holding, naive(given_bargains)

    rounding = Fraction(len(given_bargains), 2 * 10**16)
    assert abs(Fraction(ours.realised_average_cost) - theirs.by_average) <= rounding
    assert abs(Fraction(ours.average_cost) - theirs.average * theirs.held) <= rounding


@given(bargains, st.decimals("0.00000001", "999999999999", places=8))
def test_realised_and_unrealised_are_value_less_cash_exactly(
    given_bargains: list[Bargain], price: Decimal
) -> None:
    holding = reckoned(given_bargains).holding
    value = market_value(holding.net_quantity, price)
    assert value is not None
    cash = sum(
        (Fraction(q) * Fraction(p) * (1 if side == Side.BUY else -1) for side, q, p in given_bargains),
        Fraction(0),
    )

    for cost, realised in (
        (holding.average_cost, holding.realised_average_cost),
        (holding.fifo_cost, holding.realised_fifo),
    ):
        gain = unrealised(value, cost)
        assert gain is not None
        assert Fraction(realised) + Fraction(gain) == Fraction(value) - cash


@given(bargains)
def test_nothing_is_left_of_the_cost_of_a_position_that_is_flat(given_bargains: list[Bargain]) -> None:
    net = reckoned(given_bargains).holding.net_quantity
    closing = [(Side.SELL if net > 0 else Side.BUY, abs(net), Decimal(7))] if net else []
    flat = reckoned([*given_bargains, *closing])

    assert (flat.holding.average_cost, flat.holding.fifo_cost, list(flat.lots)) == (0, 0, [])
    assert flat.holding.realised_average_cost == flat.holding.realised_fifo


def test_a_section_104_holding_of_hmrc_comes_to_the_published_gains() -> None:
    """HMRC helpsheet HS284, example 3: 1,000 shares at 400p with costs of £150, 500 at 410p with £80; 700 sold at
    480p with £100, 400 at 520p with £105. Published: costs of £6,280, of £3,349 after the first sale; gains of £329
    and £300. Costs of buying are in the price here, those of selling taken off by hand.
    """
    bought = [buy("1000", "4.15"), buy("500", "4.26")]
    assert reckoned(bought).holding.average_cost == 6280

    first = reckoned([*bought, sell("700", "4.80")]).holding
    second = reckoned([*bought, sell("700", "4.80"), sell("400", "5.20")]).holding

    assert round(first.realised_average_cost - 100) == 329
    assert round(first.average_cost) == 3349
    assert round(second.realised_average_cost - first.realised_average_cost - 105) == 300


def test_the_inventory_of_foo_co_comes_to_the_published_cost() -> None:
    """Wikipedia, "FIFO and LIFO accounting": 100 units at $50, 125 at $55, 75 at $59, and 210 sold: cost of goods sold
    $11,050 by FIFO, of which $5,250 remains in 15 units at $55 and 75 at $59.
    """
    after = reckoned([buy("100", "50"), buy("125", "55"), buy("75", "59"), sell("210", "60")])

    assert 210 * 60 - after.holding.realised_fifo == 11_050
    assert after.holding.fifo_cost == 5_250
    assert [(lot.quantity, lot.price) for lot in after.lots] == [(15, 55), (75, 59)]


def test_a_trade_through_zero_closes_what_is_held_and_opens_the_rest_the_other_way() -> None:
    after = reckoned([buy("100", "10"), sell("150", "12")])

    assert (after.holding.net_quantity, after.holding.realised_fifo) == (-50, 200)
    assert [(lot.quantity, lot.price) for lot in after.lots] == [(50, 12)]
    assert (after.holding.fifo_cost, after.holding.average_cost) == (-600, -600)
    back = reckoned([buy("100", "10"), sell("150", "12"), buy("200", "11")])
    assert (back.holding.net_quantity, back.holding.realised_average_cost) == (150, 250)
    assert unrealised(market_value(back.holding.net_quantity, Decimal(12)), back.holding.fifo_cost) == 150


def test_more_lots_than_are_read_at_once_are_closed_by_one_trade() -> None:
    after = reckoned([*[buy("1", "10")] * 230, sell("229.5", "11")])

    assert after.holding.realised_fifo == Decimal("229.5")
    assert [lot.quantity for lot in after.lots] == [Decimal("0.5")]


def test_a_trade_that_belongs_before_the_last_is_refused() -> None:
    reckoning = Reckoning()
    reckoning.add(trade(2, buy("1", "10")), settles_on=None)

    with pytest.raises(ValueError, match="comes before"):
        reckoning.add(trade(1, buy("1", "10")), settles_on=None)


def test_worth_without_a_price_is_known_only_where_nothing_is_held() -> None:
    assert market_value(Decimal(0), None) == 0
    assert market_value(Decimal(5), None) is None
    assert unrealised(None, Decimal(5)) is None


def test_cost_per_unit_is_rounded_half_even_to_eight_places() -> None:
    assert cost_price(Decimal(10), Decimal(3)) == Decimal("3.33333333")
    assert cost_price(Decimal(-600), Decimal(-50)) == 12
    assert cost_price(Decimal(0), Decimal(0)) is None


def test_what_a_trade_adds_before_and_after_is_the_same() -> None:
    holding = Holding(bought_quantity=Decimal(5), bought_notional=Decimal(50))
    after = holding.with_trade(quantity=Decimal(-2), paid=Decimal(-22))

    assert (after.sold_quantity, after.sold_notional) == (2, 22)
    assert after.before_trade(quantity=Decimal(-2), paid=Decimal(-22)) == holding
