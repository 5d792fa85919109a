"""Days out of the generator, and files of them."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from execution.backtest.days import Day, days_of
from execution.market_data.bars import Bar
from execution.market_data.csv_reader import COLUMNS
from execution.market_data.generator import trading_day
from execution.session import NEW_YORK, XNYS, session_on

CENT = Decimal("0.01")


def sessions_from(first: date, count: int) -> list[date]:
    """The next so many days with a session, from `first` on."""
    days = (first + timedelta(days=number) for number in range(3 * count + 5))
    return [day for day in days if session_on(day, XNYS) is not None][:count]


def bars_of(symbol: str, days: Iterable[date], *, seed: int = 3, day_volume: int = 400_000) -> list[Bar]:
    return [
        bar
        for day in days
        for bar in trading_day(
            symbol, day, seed=seed, open_price=Decimal(100), tick_size=CENT, day_volume=day_volume + day.day
        )
    ]


def days(symbol: str, dates: Iterable[date], **made: int) -> list[Day]:
    return days_of(bars_of(symbol, dates, **made))[0]


def written(path: Path, bars: Sequence[Bar]) -> Path:
    """The bars as a file, in New York's time."""
    lines = [",".join(COLUMNS), *(_line(bar) for bar in bars)]
    path.write_text("\n".join(lines) + "\n")
    return path


def _line(bar: Bar) -> str:
    local = bar.start.astimezone(NEW_YORK)
    prices = (bar.open, bar.high, bar.low, bar.close, bar.volume)
    return ",".join([bar.symbol, f"{local:%Y-%m-%d,%H:%M:%S}", *(f"{each:f}" for each in prices)])
