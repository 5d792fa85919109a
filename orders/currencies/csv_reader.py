"""Exchange rates from a CSV file: base,quote,rate,market_time,source.

One unit of base is worth rate units of quote. The market time is RFC 3339 with its offset. Every wrong line is
reported, up to MOST_ERRORS of them; nothing of a file with a wrong line is used.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal

from orders.currencies.rates import Rate
from orders.errors import RatesFileError

COLUMNS = ("base", "quote", "rate", "market_time", "source")
MOST_ERRORS = 20
MOST_LINES = 100_000
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_RATE = re.compile(r"[0-9]{1,10}(\.[0-9]{1,10})?", re.ASCII)
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)
_SOURCE = re.compile(r"[!-~]([ -~]{0,62}[!-~])?", re.ASCII)


class _WrongLine(ValueError):
    """Says in a sentence what is wrong with a line."""


def parse_rates(lines: Iterable[str]) -> list[Rate]:
    """Return the rates of a file's lines. Raises RatesFileError, which names every wrong line."""
    rates: list[Rate] = []
    errors: list[str] = []
    seen: dict[tuple[str, str, datetime], int] = {}
    for number, row in _rows(lines):
        try:
            rate = _rate(row)
            first = seen.setdefault((rate.base, rate.quote, rate.market_time), number)
            if first != number:
                raise _WrongLine(f"line {first} has this pair at this time already; keep one of them")
            rates.append(rate)
        except _WrongLine as wrong:
            errors.append(f"line {number}: {wrong}")
        if len(errors) == MOST_ERRORS:
            break
    if errors:
        raise RatesFileError(errors)
    if not rates:
        raise RatesFileError(["line 1: there is no rate in the file; add a line for each"])
    return rates


def _rows(lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(lines, strict=True)
    try:
        header = next(reader, [])
        if tuple(header) != COLUMNS:
            raise RatesFileError([f"line 1: the header must be exactly {','.join(COLUMNS)}"])
        for row in reader:
            if reader.line_num > MOST_LINES:
                raise RatesFileError([f"line {reader.line_num}: a file has at most {MOST_LINES} lines"])
            if row:
                yield reader.line_num, row
    except (csv.Error, UnicodeDecodeError) as error:
        raise RatesFileError([f"line {reader.line_num + 1}: it cannot be read ({error})"]) from error


def _rate(row: list[str]) -> Rate:
    if len(row) != len(COLUMNS):
        raise _WrongLine(f"{len(row)} fields; a line has {len(COLUMNS)}: {','.join(COLUMNS)}")
    base, quote, rate, moment, source = row
    for name, code in (("base", base), ("quote", quote)):
        if not _CURRENCY.fullmatch(code):
            raise _WrongLine(f"{name} {code[:40]!r} is no currency; write its ISO 4217 code, such as EUR")
    if base == quote:
        raise _WrongLine("base and quote are the same currency; a currency needs no rate to itself")
    if not _RATE.fullmatch(rate) or Decimal(rate) == 0:
        raise _WrongLine(f"rate {rate[:40]!r} is none; write digits above zero, such as 1.0842")
    if not _SOURCE.fullmatch(source):
        raise _WrongLine("source must be 1 to 64 printable characters, such as ECB")
    return Rate(base, quote, Decimal(rate), _moment(moment), source)


def _moment(text: str) -> datetime:
    try:
        if _MOMENT.fullmatch(text):
            return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        pass  # said below, as for any other text that is no moment
    raise _WrongLine(
        f"market_time {text[:40]!r} is no moment; write it with its offset: 2024-03-01T14:15:00Z"
    )
