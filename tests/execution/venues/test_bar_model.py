from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from execution.market_data.bars import Bar
from execution.venues.simulated.bar_model import Fill, WorkingOrder, fills, takes_part
from orders.terms import Side, TimeInForce

START = datetime(2013, 10, 4, 14, 0, tzinfo=UTC)
CLOSE = datetime(2013, 10, 4, 20, 0, tzinfo=UTC)
FIFTH = Decimal("0.20")


def cents(low: int, high: int) -> st.SearchStrategy[Decimal]:
    return st.integers(low, high).map(lambda number: Decimal(number) / 100)


@st.composite
def bars(draw: st.DrawFn) -> Bar:
    # Half cents too: real trades print between ticks.
    prices = sorted(draw(st.lists(st.integers(1800, 2200), min_size=4, max_size=4)))
    low, opened, close, high = (Decimal(price) / 200 for price in prices)
    return Bar("SPY", START, opened, high, low, close, Decimal(draw(st.integers(0, 5000))))


@st.composite
def orders(draw: st.DrawFn) -> list[WorkingOrder]:
    lot = Decimal(draw(st.sampled_from([1, 10, 100])))
    return [
        WorkingOrder(
            number=number,
            side=draw(st.sampled_from(Side)),
            time_in_force=TimeInForce.DAY,
            limit_price=draw(st.none() | cents(880, 1120)),
            display_quantity=None,
            minimum_quantity=None,
            leaves=lot * draw(st.integers(1, 40)),
            arrived_at=START + timedelta(seconds=draw(st.integers(-90, 30))),
            session_close=CLOSE,
            tick_size=Decimal("0.01"),
            lot_size=lot,
        )
        for number in range(draw(st.integers(0, 6)))
    ]


participations = st.integers(1, 100).map(lambda percent: Decimal(percent) / 100)


@given(bars(), orders(), participations)
def test_all_fills_together_stay_within_the_share_of_the_volume(
    bar: Bar, book: list[WorkingOrder], participation: Decimal
) -> None:
    assert sum(fill.quantity for fill in fills(bar, book, participation)) <= bar.volume * participation


@given(bars(), orders(), participations)
def test_no_order_gets_more_than_its_leaves_nor_a_broken_lot_nor_two_fills(
    bar: Bar, book: list[WorkingOrder], participation: Decimal
) -> None:
    done = fills(bar, book, participation)
    assert len({fill.number for fill in done}) == len(done)
    for fill in done:
        order = book[fill.number]
        assert 0 < fill.quantity <= order.leaves
        assert fill.quantity % order.lot_size == 0


@given(bars(), orders(), participations)
def test_prices_stay_in_the_bar_and_within_the_limit(
    bar: Bar, book: list[WorkingOrder], participation: Decimal
) -> None:
    for fill in fills(bar, book, participation):
        order = book[fill.number]
        assert bar.low <= fill.price <= bar.high
        if order.limit_price is not None and order.side is Side.BUY:
            assert fill.price <= order.limit_price
        if order.limit_price is not None and order.side is Side.SELL:
            assert fill.price >= order.limit_price


@given(bars(), orders(), participations)
def test_a_price_between_ticks_is_the_bars_own_extreme(
    bar: Bar, book: list[WorkingOrder], participation: Decimal
) -> None:
    for fill in fills(bar, book, participation):
        assert fill.price % Decimal("0.01") == 0 or fill.price in (bar.low, bar.high)


@given(bars(), orders(), participations)
def test_nothing_fills_from_a_bar_that_began_before_the_order_came(
    bar: Bar, book: list[WorkingOrder], participation: Decimal
) -> None:
    for fill in fills(bar, book, participation):
        assert book[fill.number].arrived_at <= bar.start


@given(bars(), orders(), participations)
def test_a_later_order_gets_a_lot_only_when_every_earlier_one_has_all_it_can_take(
    bar: Bar, book: list[WorkingOrder], participation: Decimal
) -> None:
    filled = {fill.number: fill.quantity for fill in fills(bar, book, participation)}
    for later in filled:
        for order in book[:later]:
            assert not takes_part(order, bar) or filled.get(order.number, Decimal(0)) == order.leaves


@given(bars(), orders(), participations)
def test_a_later_order_never_changes_what_the_earlier_ones_get(
    bar: Bar, book: list[WorkingOrder], participation: Decimal
) -> None:
    alone = fills(bar, book[:-1], participation)
    assert fills(bar, book, participation)[: len(alone)] == alone


def order(
    side: Side = Side.BUY, limit_price: str | None = None, leaves: int = 1000, **terms: Any
) -> WorkingOrder:
    given = {
        "number": 1,
        "time_in_force": TimeInForce.DAY,
        "display_quantity": None,
        "minimum_quantity": None,
        "session_close": CLOSE,
        **terms,
    }
    return WorkingOrder(
        side=side,
        limit_price=None if limit_price is None else Decimal(limit_price),
        leaves=Decimal(leaves),
        arrived_at=START,
        tick_size=Decimal("0.01"),
        lot_size=Decimal(100),
        **given,
    )


def bar(high: str = "10.05", low: str = "9.95", close: str = "10.00", volume: int = 3500) -> Bar:
    return Bar("SPY", START, Decimal("10.00"), Decimal(high), Decimal(low), Decimal(close), Decimal(volume))


def test_a_market_order_gets_a_fifth_of_the_volume_at_the_typical_price_in_whole_lots() -> None:
    assert fills(bar(), [order()], FIFTH) == [Fill(1, Decimal(700), Decimal("10.00"))]
    assert fills(bar(volume=3499), [order()], FIFTH) == [Fill(1, Decimal(600), Decimal("10.00"))]


def test_the_typical_price_is_rounded_half_up_to_the_tick() -> None:
    (fill,) = fills(bar(high="10.05", low="9.95", close="10.015"), [order()], FIFTH)
    assert fill.price == Decimal("10.01")


def test_a_limit_buy_gets_the_typical_price_or_its_limit_if_that_is_lower() -> None:
    assert fills(bar(), [order(limit_price="10.02")], FIFTH)[0].price == Decimal("10.00")
    assert fills(bar(), [order(limit_price="9.97")], FIFTH)[0].price == Decimal("9.97")
    assert fills(bar(), [order(limit_price="9.94")], FIFTH) == []


def test_a_limit_sell_gets_the_typical_price_or_its_limit_if_that_is_higher() -> None:
    assert fills(bar(), [order(Side.SELL, "9.98")], FIFTH)[0].price == Decimal("10.00")
    assert fills(bar(), [order(Side.SELL, "10.03")], FIFTH)[0].price == Decimal("10.03")
    assert fills(bar(), [order(Side.SELL, "10.06")], FIFTH) == []


def quantities(*orders: WorkingOrder, volume: int = 3500) -> list[tuple[int, int]]:
    """What a bar that gives a fifth of its volume gives to whom, in order."""
    return [(fill.number, int(fill.quantity)) for fill in fills(bar(volume=volume), orders, FIFTH)]


def test_fill_or_kill_takes_all_of_itself_or_nothing() -> None:
    whole = order(time_in_force=TimeInForce.FOK, leaves=700)
    assert quantities(whole) == [(1, 700)]
    assert quantities(replace(whole, leaves=Decimal(800))) == []
    assert quantities(order(number=2, leaves=100), whole) == [(2, 100)], "what is left is not enough"


def test_a_first_execution_is_at_least_the_minimum_or_none() -> None:
    least = order(minimum_quantity=Decimal(800))
    assert quantities(least) == []
    assert quantities(replace(least, minimum_quantity=Decimal(700))) == [(1, 700)]
    assert quantities(least, order(number=2, leaves=300)) == [(2, 300)], "what it cannot take is for others"


def test_displayed_clips_queue_behind_the_others() -> None:
    shown = order(display_quantity=Decimal(100))
    assert quantities(shown, order(number=2, leaves=200)) == [
        (1, 100),
        (2, 200),
        (1, 100),
        (1, 100),
        (1, 100),
        (1, 100),
    ]
    assert quantities(replace(shown, leaves=Decimal(200))) == [(1, 100), (1, 100)]


def test_the_minimum_is_about_the_first_clip_alone() -> None:
    shown = order(display_quantity=Decimal(400), minimum_quantity=Decimal(400))
    assert quantities(shown) == [(1, 400), (1, 300)]


def test_the_opening_auction_is_at_the_open_and_before_all_others() -> None:
    at_open = order(number=2, leaves=500, time_in_force=TimeInForce.OPG)
    assert quantities(order(), at_open) == [(2, 500), (1, 200)]
    opened = replace(bar(close="10.05"), open=Decimal("9.96"))
    assert fills(opened, [at_open], FIFTH)[0].price == Decimal("9.96")


def test_an_auction_price_beyond_the_limit_fills_nothing() -> None:
    buy = order(limit_price="9.99", time_in_force=TimeInForce.OPG)
    sell = order(Side.SELL, "10.01", time_in_force=TimeInForce.OPG)
    assert fills(bar(), [buy, sell], FIFTH) == []
    assert len(fills(bar(), [replace(buy, limit_price=Decimal(10))], FIFTH)) == 1
    assert len(fills(bar(), [replace(sell, limit_price=Decimal(10))], FIFTH)) == 1


def test_the_closing_auction_is_at_the_close_of_the_last_bar_and_after_all_others() -> None:
    at_close = order(number=1, time_in_force=TimeInForce.CLS, session_close=START + timedelta(minutes=1))
    assert quantities(at_close, order(number=2, leaves=400)) == [(2, 400), (1, 300)]
    assert fills(bar(close="10.03"), [at_close], FIFTH)[0].price == Decimal("10.03")
    assert quantities(replace(at_close, session_close=CLOSE)) == []


@given(bars(), orders(), participations, st.integers(1, 5))
def test_clips_never_give_more_than_the_bar_and_the_order_have(
    bar: Bar, book: list[WorkingOrder], participation: Decimal, lots: int
) -> None:
    shown = [replace(each, display_quantity=each.lot_size * lots) for each in book]
    done = fills(bar, shown, participation)
    assert sum(fill.quantity for fill in done) <= bar.volume * participation
    for each in shown:
        own = [fill.quantity for fill in done if fill.number == each.number]
        assert sum(own) <= each.leaves
        assert max(own, default=Decimal(0)) <= each.lot_size * lots


@given(bars(), orders(), participations)
def test_fill_or_kill_fills_whole_or_not_at_all_in_any_company(
    bar: Bar, book: list[WorkingOrder], participation: Decimal
) -> None:
    mixed = [
        replace(each, time_in_force=TimeInForce.FOK) if number % 2 else each
        for number, each in enumerate(book)
    ]
    for fill in fills(bar, mixed, participation):
        assert fill.number % 2 == 0 or fill.quantity == book[fill.number].leaves
