"""How long a million bars take to be loaded, beside a bare COPY of the same file.

The bare COPY reads the very bytes of the file into a table with the file's columns: partitioned by month, with the same
CHECKs, a primary key and a foreign key of the symbol. Ours does what `manage.py load_bars` does, from the file to the
commit: every field is looked at, times become UTC, symbols instruments, days are derived, the load leaves its row,
digest and leaf. `bars_load_ratio_without_key` is ours over a bare COPY into a table without the foreign key, which our
table has.
"""

import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import psycopg
from stdnum import isin

from bench import universe
from execution.market_data.kinds import BARS
from execution.market_data.sources import file_source
from execution.models import Bar
from execution.services.market_data import load_market_data
from execution.session import NEW_YORK, XNYS, session_on
from orders import services

ROUNDS = 3
_SYMBOLS = 40
_HEADER = "symbol,date,time,open,high,low,close,volume\n"
_NUMBERS = ", ".join(f"{name} numeric(20, 8) NOT NULL" for name in ("open", "high", "low", "close", "volume"))
_BARE = """
    DROP TABLE IF EXISTS bars;
    CREATE TABLE IF NOT EXISTS symbols (symbol text PRIMARY KEY);
    CREATE TABLE bars (symbol text NOT NULL {key}, date date NOT NULL, time time NOT NULL, {numbers},
        CHECK (low > 0 AND low <= open AND high >= open AND low <= close AND high >= close), CHECK (volume >= 0),
        PRIMARY KEY (symbol, date, time)) PARTITION BY RANGE (date);
"""
_KEY = "REFERENCES symbols DEFERRABLE INITIALLY DEFERRED"
_FIRST_YEAR = 2021


@dataclass(frozen=True)
class Measured:
    """Seconds of each round; a file for each, of other days, so that each is loaded into months without rows."""

    bars: int
    bare_s: list[float]
    bare_without_key_s: list[float]
    ours_s: list[float]
    peak_mb: float

    @property
    def ratio(self) -> float:
        """The median of ours over the median of the bare COPY."""
        return statistics.median(self.ours_s) / statistics.median(self.bare_s)

    @property
    def ratio_without_key(self) -> float:
        """The same over a table without its foreign key."""
        return statistics.median(self.ours_s) / statistics.median(self.bare_without_key_s)


def measure(url: str) -> Measured:
    """Measure ROUNDS times; `url` is the bare table's database on the same server.

    Raises RuntimeError where a bar is missing afterwards.
    """
    count = int(os.environ.get("BENCH_BARS", "1000000"))
    symbols = [_register(number) for number in range(_SYMBOLS)]
    bare, without, ours = [], [], []
    with tempfile.TemporaryDirectory() as folder, psycopg.connect(url, autocommit=True) as connection:
        for number in range(ROUNDS):
            path, year = Path(folder) / f"bars_{number}.csv", _FIRST_YEAR + number
            _write(path, symbols, count, year)
            bare.append(_timed_s(_bare(connection, path, symbols, year, key=_KEY)))
            ours.append(_timed_s(lambda path=path: _load(path)))
            without.append(_timed_s(_bare(connection, path, symbols, year, key="")))
    if (stored := Bar.objects.filter(start__year__gte=_FIRST_YEAR).count()) != ROUNDS * count:
        raise RuntimeError(f"of {ROUNDS * count} bars {stored} are stored")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Measured(count, bare, without, ours, peak_mb)


def _timed_s(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _load(path: Path) -> None:
    load_market_data(actor=universe.SETUP, kind=BARS, source=file_source(BARS, path))


def _bare(
    connection: psycopg.Connection, path: Path, symbols: list[str], year: int, *, key: str
) -> Callable[[], None]:
    """Make the table and its months, which is not measured, and return the COPY, which is."""
    connection.execute(_BARE.format(key=key, numbers=_NUMBERS))
    connection.execute(
        "INSERT INTO symbols SELECT unnest(%s::text[]) ON CONFLICT (symbol) DO NOTHING", [symbols]
    )
    for month in range(1, 13):
        first, following = f"{year}-{month:02}-01", f"{year + month // 12}-{month % 12 + 1:02}-01"
        connection.execute(
            f"CREATE TABLE bars_{month} PARTITION OF bars FOR VALUES FROM ('{first}') TO ('{following}')"
        )

    def copy() -> None:
        statement = "COPY bars FROM STDIN (FORMAT csv, HEADER)"
        with connection.cursor().copy(statement) as writer, path.open("rb") as file:
            while block := file.read(1 << 20):
                writer.write(block)

    return copy


def _register(number: int) -> str:
    symbol, body = f"BENCH{number:02}", f"XS99{number:07}"
    services.register_instrument(
        actor=universe.SETUP,
        symbol=symbol,
        isin=body + isin.calc_check_digit(body),
        mic=XNYS,
        currency="USD",
        tick_size=Decimal("0.01"),
        lot_size=Decimal(1),
    )
    return symbol


def _write(path: Path, symbols: list[str], count: int, year: int) -> None:
    """Write a file of `count` bars, day by day and symbol by symbol, as vendors' files are."""
    dice = Random(year)  # noqa: S311 - repeatable, not secret
    day, left = date(year, 1, 1), count
    with path.open("w") as file:
        file.write(_HEADER)
        while left > 0:
            session = session_on(day, XNYS)
            minutes = [] if session is None else _minutes(session.open, session.close)
            for symbol in symbols:
                lines = _lines(dice, symbol, day, minutes[:left])
                file.writelines(lines)
                left -= len(lines)
            day += timedelta(days=1)


def _minutes(opens: datetime, closes: datetime) -> list[str]:
    length = (closes - opens) // timedelta(minutes=1)
    return [f"{(opens + timedelta(minutes=each)).astimezone(NEW_YORK):%H:%M:00}" for each in range(length)]


def _lines(dice: Random, symbol: str, day: date, minutes: list[str]) -> list[str]:
    price, lines = dice.randint(5_000, 15_000), []
    for minute in minutes:
        opened, price = price, price + dice.randint(-3, 3)
        high, low = max(opened, price) + dice.randint(0, 2), min(opened, price) - dice.randint(0, 2)
        prices = ",".join(f"{each / 100:.2f}" for each in (opened, high, low, price))
        lines.append(f"{symbol},{day},{minute},{prices},{dice.randint(1, 300) * 100}\n")
    return lines
