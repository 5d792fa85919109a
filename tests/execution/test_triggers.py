"""When the market triggers, as examples and as properties."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.market_data.bars import Bar
from execution.triggers import Watch, is_triggered, watched
from orders.terms import TRIGGERED_TYPES, OrderType, Side

START = datetime(2013, 10, 7, 14, 0, tzinfo=UTC)
T = OrderType


def watch(order_type: OrderType = T.STOP, side: Side = Side.SELL, **terms: Any) -> Watch:
    prices = {
        name: None if terms.get(name) is None else Decimal(terms[name])
        for name in ("stop_price", "trail_price", "trail_percent", "extreme")
    }
    return Watch(type=order_type, side=side, watched_from=START, **prices)


def bars(*ranges: tuple[str, str], start: datetime = START) -> list[Bar]:
    """A minute each, by its low and high."""
    return [
        Bar(
            "SPY",
            start + timedelta(minutes=number),
            Decimal(low),
            Decimal(high),
            Decimal(low),
            Decimal(high),
            Decimal(100),
        )
        for number, (low, high) in enumerate(ranges)
    ]


@pytest.mark.parametrize(
    ("order_type", "side", "low", "high", "triggers"),
    [
        (T.STOP, Side.SELL, "99.99", "101", True),
        (T.STOP, Side.SELL, "100", "101", True),
        (T.STOP, Side.SELL, "100.01", "101", False),
        (T.STOP, Side.BUY, "99", "100", True),
        (T.STOP, Side.BUY, "99", "99.99", False),
        (T.STOP_LIMIT, Side.BUY, "99", "100", True),
        (T.MARKET_IF_TOUCHED, Side.BUY, "100", "101", True),
        (T.MARKET_IF_TOUCHED, Side.BUY, "100.01", "101", False),
        (T.MARKET_IF_TOUCHED, Side.SELL, "99", "100", True),
        (T.MARKET_IF_TOUCHED, Side.SELL, "99", "99.99", False),
    ],
)
def test_a_bar_triggers_when_it_reaches_the_price_from_the_right_side(
    order_type: OrderType, side: Side, low: str, high: str, triggers: bool
) -> None:
    assert is_triggered(watch(order_type, side, stop_price="100"), bars((low, high))[0]) is triggers


def test_bars_that_had_begun_when_the_order_came_say_nothing() -> None:
    early = bars(("90", "110"), start=START - timedelta(seconds=1))
    assert watched(watch(stop_price="100"), early).bar is None


def test_the_first_bar_that_triggers_counts() -> None:
    found = watched(watch(stop_price="100"), bars(("101", "102"), ("99", "101"), ("98", "99")))
    assert found.bar is not None
    assert found.bar.start == START + timedelta(minutes=1)


def test_a_trailing_sell_follows_the_high_and_never_turns_back() -> None:
    trailing = watch(T.TRAILING_STOP, trail_price="2", extreme="100")
    risen = watched(trailing, bars(("99", "101"), ("100", "104"), ("102.01", "103")))
    assert (risen.bar, risen.watch.extreme, risen.watch.price) == (None, Decimal(104), Decimal(102))
    assert watched(risen.watch, bars(("102", "103"), start=START + timedelta(minutes=3))).bar is not None


def test_a_trailing_buy_follows_the_low_by_percent() -> None:
    trailing = watch(T.TRAILING_STOP, Side.BUY, trail_percent="1", extreme="100")
    fallen = watched(trailing, bars(("90", "95")))
    assert (fallen.bar, fallen.watch.price) == (None, Decimal("90.90"))
    assert watched(fallen.watch, bars(("90.5", "90.9"), start=START + timedelta(minutes=1))).bar is not None


def test_a_bar_is_held_against_what_was_seen_before_it() -> None:
    """Whether its high or its low came first is unknown: its own high does not trigger on its own low."""
    wide = bars(("99", "110"))
    assert watched(watch(T.TRAILING_STOP, trail_price="2", extreme="100"), wide).bar is None


def test_a_trailing_stop_without_a_price_begins_with_its_first_bar() -> None:
    trailing = watch(T.TRAILING_STOP, trail_price="2")
    assert trailing.price is None
    begun = watched(trailing, bars(("90", "100")))
    assert (begun.bar, begun.watch.extreme) == (None, Decimal(100))


cents = st.integers(9_000, 11_000).map(lambda number: Decimal(number) / 100)


@st.composite
def markets(draw: st.DrawFn) -> list[Bar]:
    pairs = draw(st.lists(st.tuples(cents, cents), max_size=12))
    return bars(*((str(min(pair)), str(max(pair))) for pair in pairs))


@st.composite
def watches(draw: st.DrawFn) -> Watch:
    order_type = draw(st.sampled_from(sorted(TRIGGERED_TYPES)))
    side = draw(st.sampled_from(Side))
    if order_type is not T.TRAILING_STOP:
        return watch(order_type, side, stop_price=draw(cents))
    offset = draw(st.sampled_from(["trail_price", "trail_percent"]))
    return watch(order_type, side, extreme=draw(st.none() | cents), **{offset: draw(st.integers(1, 5))})


@given(watches(), markets(), st.integers(0, 12))
def test_looking_in_two_goes_finds_what_looking_once_finds(
    waiting: Watch, market: list[Bar], cut: int
) -> None:
    """What a crash interrupts goes on from the row: nothing is seen twice and nothing is missed."""
    once = watched(waiting, market)
    first = watched(waiting, market[:cut])
    second = first if first.bar is not None else watched(first.watch, market)
    assert second == once


@given(watches(), markets())
def test_a_stop_never_turns_back(waiting: Watch, market: list[Bar]) -> None:
    for bar in market:
        before, after = waiting.price, (verdict := watched(waiting, [bar])).watch.price
        if verdict.bar is None and before is not None and after is not None:
            assert after >= before if waiting.side is Side.SELL else after <= before
        waiting = verdict.watch


@given(watches(), markets())
def test_what_triggers_has_reached_the_price_and_nothing_before_had(
    waiting: Watch, market: list[Bar]
) -> None:
    found = watched(waiting, market)
    if found.bar is not None and found.watch.price is not None:
        assert found.bar.low <= found.watch.price or found.bar.high >= found.watch.price
    if waiting.type is not T.TRAILING_STOP:
        before = [bar for bar in market if found.bar is None or bar.start < found.bar.start]
        assert not any(is_triggered(waiting, bar) for bar in before)


@given(watches(), markets())
def test_a_buy_in_the_mirrored_market_triggers_where_the_sell_does(waiting: Watch, market: list[Bar]) -> None:
    """Prices mirrored at 100, percentages aside: nothing prefers a side."""
    if waiting.trail_percent is not None:
        return
    other = Side.BUY if waiting.side is Side.SELL else Side.SELL

    def mirror(price: Decimal | None) -> Decimal | None:
        return None if price is None else 200 - price

    mirrored = replace(
        waiting, side=other, stop_price=mirror(waiting.stop_price), extreme=mirror(waiting.extreme)
    )
    flipped = bars(*((str(200 - bar.high), str(200 - bar.low)) for bar in market))
    here, there = watched(waiting, market).bar, watched(mirrored, flipped).bar
    assert (here and here.start) == (there and there.start)
