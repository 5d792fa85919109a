"""Days played: what comes later never moves what came before, and what the measures say."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from execution.algorithms import all_latest, latest
from execution.backtest.days import Archive, Day, KnownDay
from execution.backtest.measures import measured, summary
from execution.backtest.play import Played, Terms, play
from execution.market_data.bars import Bar
from orders.kernel.errors import InvalidInput
from orders.terms import Side
from tests.execution.backtest.samples import CENT, days, sessions_from

DATES = sessions_from(date(2013, 10, 7), 11)
PAST, TODAY = days("SPY", DATES[:10]), days("SPY", DATES[10:])[0]
EARLY = days("SPY", [date(2013, 11, 29)])[0]
BOUND = sorted(each.name for each in all_latest() if each.is_bound)
GIVEN: Mapping[str, Mapping[str, Any]] = {
    "pov": {"participation": "0.05"},
    "iceberg": {"display_quantity": "100"},
    "twap": {"interval_minutes": 7, "would_price": "99.5"},
    "vwap": {"randomise_time": "0.5", "seed": 5},
}


def played(name: str, day: Day, **given: Any) -> Played:
    terms = terms_of(day, limit_price=Decimal("100.5"))
    return play(terms, latest(name), {**GIVEN.get(name, {}), **given}, known(day))


@cache
def known_before() -> KnownDay:
    return Archive(PAST).known(TODAY)


def known(day: Day) -> KnownDay:
    """The day with ten days before it, in place of the one after them."""
    return replace(known_before(), day=day)


def terms_of(day: Day, **differing: Any) -> Terms:
    usual: dict[str, Any] = {
        "side": Side.BUY,
        "quantity": Decimal(4_000),
        "limit_price": None,
        "lot_size": Decimal(1),
        "tick_size": CENT,
        "placed_at": day.session.open,
        "participation": Decimal("0.2"),
    }
    return Terms(**{**usual, **differing})


def known_by(made: Played, moment: datetime) -> tuple[list[Any], list[Any]]:
    return (
        [each for each in made.sent if each.at <= moment],
        [each for each in made.executions if each.at <= moment],
    )


@cache
def as_it_was(name: str) -> Played:
    return played(name, TODAY)


@given(
    st.sampled_from(BOUND),
    st.integers(1, 388),
    st.lists(st.tuples(st.integers(0, 40), st.integers(-300, 300)), min_size=1, max_size=9),
)
@settings(max_examples=25)
def test_no_slice_and_no_fill_moves_when_every_later_bar_changes(
    name: str, minute: int, changes: list[tuple[int, int]]
) -> None:
    moment = TODAY.session.open + timedelta(minutes=minute)
    future = [bar for bar in TODAY.bars if bar.start >= moment]
    # A volume of zero takes the bar away.
    changed = [
        _changed(bar, *changes[number % len(changes)])
        for number, bar in enumerate(future)
        if changes[number % len(changes)][0]
    ]
    other = Day("SPY", TODAY.session, [*TODAY.bars[: len(TODAY.bars) - len(future)], *changed])

    assert known_by(played(name, other), moment) == known_by(as_it_was(name), moment)


def _changed(bar: Bar, volume: int, cents: int) -> Bar:
    moved = [price + cents * CENT for price in (bar.open, bar.high, bar.low, bar.close)]
    return Bar(bar.symbol, bar.start, *moved, bar.volume * volume)


def test_the_days_played_have_something_to_move() -> None:
    for made in map(as_it_was, BOUND):
        assert len(made.sent) > 10 < len(made.executions)
    assert set(BOUND) == {"iceberg", "is", "pov", "twap", "vwap"}


@pytest.mark.parametrize("name", ["twap", "vwap"])
def test_a_half_day_is_done_by_its_close(name: str) -> None:
    made = play(terms_of(EARLY), latest(name), {}, Archive(PAST).known(EARLY))

    assert made.filled_quantity == 4_000
    assert made.end == EARLY.session.close
    assert max(each.at for each in made.executions) <= EARLY.session.close


def test_a_slice_is_filled_by_bars_that_begin_when_it_is_sent_or_later() -> None:
    made = played("vwap", TODAY)
    by_end = {bar.end: bar for bar in TODAY.minutes}
    first = made.sent[0].at
    for each in made.executions:
        assert by_end[each.at].start >= first
        assert by_end[each.at].low <= each.price <= by_end[each.at].high
    sent_by = 0
    for each in made.executions:
        start = by_end[each.at].start
        sent_by = sum(one.quantity for one in made.sent if one.at <= start)
        assert sum(one.quantity for one in made.executions if one.at <= each.at) <= sent_by


def test_what_is_live_at_an_order_s_end_is_not_filled_after_it() -> None:
    thin = Day("SPY", TODAY.session, [replace(bar, volume=Decimal(50)) for bar in TODAY.bars])
    given = {"duration_minutes": 30, "interval_minutes": 5}

    ended = play(terms_of(thin), latest("twap"), given, known(thin))
    assert max(each.at for each in ended.executions) == TODAY.session.open + timedelta(minutes=30)
    assert ended.filled_quantity == 300

    completing = {**given, "must_complete": True}
    completed = play(terms_of(thin), latest("twap"), completing, known(thin))
    assert completed.filled_quantity == 3_900, "a fifth of each minute until the close"


def test_measures_are_against_the_interval_s_vwap_and_the_first_open() -> None:
    terms, day = terms_of(TODAY, side=Side.SELL), known(TODAY)
    made = play(terms, latest("twap"), {"duration_minutes": 60}, day)
    result = measured(made, terms, day, seed=1)
    assert result is not None

    hour = TODAY.minutes[:60]
    volume = sum(bar.volume for bar in hour)
    vwap = sum(bar.typical_price * bar.volume for bar in hour) / volume
    assert result.vwap == vwap
    assert result.average_price is not None
    assert result.slippage_bps == (vwap - result.average_price) / vwap * 10_000
    assert round(result.shortfall_bps, 10) == round(
        (hour[0].open - result.average_price) / hour[0].open * 10_000, 10
    )
    assert (result.completion, result.participation, result.model) == (1, 4_000 / volume, "bar")


def test_what_is_not_filled_counts_at_the_last_price_in_the_shortfall_alone() -> None:
    terms, day = terms_of(TODAY, limit_price=Decimal(1)), known(TODAY)
    result = measured(play(terms, latest("twap"), {}, day), terms, day, seed=1)
    assert result is not None

    first, last = TODAY.minutes[0].open, TODAY.minutes[-1].close
    assert (result.slippage_bps, result.completion, result.bins) == (None, 0, 0)
    assert round(result.shortfall_bps, 10) == round((last - first) / first * 10_000, 10)
    both = summary([result])
    assert (both.rms_bps, both.unfilled, both.count) == (None, 1, 1)


def test_where_nothing_was_traded_in_the_interval_there_is_no_benchmark() -> None:
    silent = Day("SPY", TODAY.session, [replace(bar, volume=Decimal(0)) for bar in TODAY.bars])
    terms, day = terms_of(silent), known(silent)
    assert measured(play(terms, latest("twap"), {}, day), terms, day, seed=1) is None


def test_parameters_that_do_not_fit_are_refused_as_in_a_request() -> None:
    with pytest.raises(InvalidInput, match="displayed"):
        play(terms_of(TODAY), latest("vwap"), {"display_quantity": "100"}, known(TODAY))
    with pytest.raises(ValueError, match="not bound"):
        play(terms_of(TODAY), latest("direct"), {}, known(TODAY))
