"""The demo replays the symbol and day that can carry it, and says which and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from execution.market_data.bars import BAR_LENGTH, Bar
from execution.market_data.csv_reader import read_bars
from execution.session import XNYS, session_on
from qtweb.demo.bars import SymbolDay, bars_of, choose, reason, survey, written
from qtweb.demo.errors import NoSuitableDay
from qtweb.universe.made_up import made_up_day

MONDAY, TUESDAY, SUNDAY = date(2024, 3, 4), date(2024, 3, 5), date(2024, 3, 3)
LARGEST_NOTIONAL = Decimal(100_000_000)
AMPLE, TOO_LITTLE = 100_000, 1_000


def day_of(
    symbol: str,
    day: date = MONDAY,
    *,
    volume: int = AMPLE,
    minutes: Iterable[int] = range(390),
    price: str = "50",
) -> Iterator[Bar]:
    """A bar of so many shares in each of these minutes from the open."""
    session = session_on(day, XNYS)
    assert session is not None
    at = Decimal(price)
    for minute in minutes:
        yield Bar(symbol, session.open + minute * BAR_LENGTH, at, at, at, at, Decimal(volume))


def chosen_from(*days: Iterable[Bar]) -> SymbolDay:
    return choose(survey(bar for day in days for bar in day).days, LARGEST_NOTIONAL)


def test_day_with_most_minutes_is_chosen_whatever_its_volume() -> None:
    chosen = chosen_from(day_of("FULL"), day_of("SPARSE", volume=10 * AMPLE, minutes=range(0, 390, 2)))
    assert (chosen.symbol, chosen.minutes) == ("FULL", 390)


def test_among_equals_the_largest_volume_is_chosen() -> None:
    chosen = chosen_from(day_of("A"), day_of("A", TUESDAY, volume=2 * AMPLE), day_of("B", volume=AMPLE + 1))
    assert (chosen.symbol, chosen.day, chosen.volume) == ("A", TUESDAY, 390 * 2 * AMPLE)
    assert "A on Tuesday 5 March 2024" in reason(chosen)


def test_sparse_symbol_is_chosen_when_it_can_carry_the_parent() -> None:
    assert chosen_from(day_of("SPARSE", minutes=range(1, 390, 7))).minutes == 56


def test_volume_before_and_after_the_session_does_not_count() -> None:
    around = day_of("NIGHT", minutes=[*range(-60, 0), *range(390, 450)])
    with pytest.raises(NoSuitableDay, match="its volume"):
        chosen_from(around)


def test_day_that_ends_early_cannot_carry_the_afternoon() -> None:
    with pytest.raises(NoSuitableDay, match="cannot carry 100,000 shares"):
        chosen_from(day_of("HALF", minutes=range(210)))


def test_volume_has_to_come_after_the_slices() -> None:
    early = day_of("EARLY", volume=10 * AMPLE, minutes=range(30))
    late = day_of("EARLY", volume=TOO_LITTLE, minutes=range(30, 390))
    with pytest.raises(NoSuitableDay, match="its volume"):
        chosen_from(early, late)


def test_venue_gives_only_its_share_of_the_volume() -> None:
    just_enough = 100_000 * 5 // 300  # a fifth of each minute, over fewer minutes than there are
    assert chosen_from(day_of("ENOUGH", volume=just_enough)).symbol == "ENOUGH"
    with pytest.raises(NoSuitableDay):
        chosen_from(day_of("HALVED", volume=just_enough // 2))


def test_without_a_price_before_the_first_order_nothing_can_be_placed() -> None:
    with pytest.raises(NoSuitableDay, match="no price before the first order"):
        chosen_from(day_of("LATE", minutes=range(30, 390)))
    assert chosen_from(day_of("PRE", minutes=[-30, *range(30, 390)])).symbol == "PRE"


def test_order_worth_more_than_the_limit_cannot_be_placed() -> None:
    with pytest.raises(NoSuitableDay, match="worth more than the limit of 100,000,000"):
        chosen_from(day_of("DEAR", price="1000.01"))


def test_weekend_has_no_session_to_replay() -> None:
    bars = [Bar("SPY", bar.start - timedelta(days=1), *(Decimal(1),) * 5) for bar in day_of("SPY")]
    assert bars[0].start.date() == SUNDAY
    with pytest.raises(NoSuitableDay, match="no day on which"):
        chosen_from(bars)


def test_only_the_chosen_days_bars_are_benchmarks_oldest_first() -> None:
    bars = [*day_of("A", TUESDAY), *day_of("A"), *day_of("B")]
    chosen = SymbolDay("A", MONDAY)
    assert bars_of(reversed(bars), chosen) == list(day_of("A"))


def test_lowest_price_of_a_symbol_is_that_of_all_its_days() -> None:
    found = survey([*day_of("A", price="1.5"), *day_of("A", TUESDAY, price="0.9")])
    assert found.lowest == {"A": Decimal("0.9")}


def test_made_up_day_is_a_file_like_any_other(tmp_path: Path) -> None:
    bars = made_up_day(MONDAY)
    assert list(read_bars(written(bars, tmp_path / "bars.csv"))) == bars
    assert choose(survey(bars).days, LARGEST_NOTIONAL).symbol == "SPY"
