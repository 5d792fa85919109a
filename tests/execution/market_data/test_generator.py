import os
import subprocess
import sys
from datetime import date
from decimal import Decimal

import pytest

from execution.market_data.bars import Bar
from execution.market_data.generator import VOLUME_SHARES, trading_day
from execution.session import XNYS, in_regular_session

FRIDAY = date(2013, 10, 4)


def a_day(seed: int = 7, symbol: str = "SPY", day: date = FRIDAY, open_price: str = "167.25") -> list[Bar]:
    return trading_day(
        symbol,
        day,
        seed=seed,
        open_price=Decimal(open_price),
        tick_size=Decimal("0.01"),
        day_volume=10_000_000,
    )


def regular(bars: list[Bar]) -> list[Bar]:
    return [bar for bar in bars if in_regular_session(bar.start, XNYS)]


def test_the_same_seed_makes_the_same_day_and_another_seed_or_symbol_another() -> None:
    assert a_day() == a_day()
    assert a_day() != a_day(seed=8)
    assert [bar.close for bar in a_day()] != [bar.close for bar in a_day(symbol="IBM")]


def test_the_day_is_the_same_in_another_process() -> None:
    program = "from tests.execution.market_data.test_generator import a_day; print(a_day())"
    environment = {**os.environ, "PYTHONHASHSEED": "1"}
    printed = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert printed.stdout.strip() == str(a_day()), printed.stderr


def test_the_regular_session_has_390_bars_and_the_whole_volume() -> None:
    bars = regular(a_day())
    assert len({bar.start for bar in bars}) == len(bars) == 390
    assert sum(bar.volume for bar in bars) == 10_000_000


def test_volume_follows_the_published_shares_by_half_hour() -> None:
    bars = regular(a_day())
    for bucket, share in enumerate(VOLUME_SHARES):
        volume = sum(bar.volume for bar in bars[bucket * 30 : bucket * 30 + 30])
        assert abs(float(volume) / 10_000_000 - share / sum(VOLUME_SHARES)) < 1e-6


def test_a_few_bars_stand_before_and_after_the_session() -> None:
    bars = a_day()
    first, last = regular(bars)[0], regular(bars)[-1]
    assert sum(bar.start < first.start for bar in bars) == 12
    assert sum(bar.start > last.start for bar in bars) == 12
    assert bars == sorted(bars, key=lambda bar: bar.start)


@pytest.mark.parametrize("open_price", ["0.01", "0.03", "167.25"])
def test_every_bar_is_sound_and_on_the_tick(open_price: str) -> None:
    for bar in a_day(open_price=open_price):
        assert 0 < bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high
        assert bar.high % Decimal("0.01") == bar.low % Decimal("0.01") == 0
        assert bar.volume >= 0


def test_a_half_day_has_its_whole_volume_in_210_bars() -> None:
    bars = regular(a_day(day=date(2024, 7, 3)))
    assert len(bars) == 210
    assert sum(bar.volume for bar in bars) == 10_000_000


def test_a_day_at_the_weekend_is_refused() -> None:
    with pytest.raises(ValueError, match="day of trading"):
        a_day(day=date(2013, 10, 5))
