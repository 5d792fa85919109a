"""The three kinds of market data: what a file of each may have for columns, and what one of its rows may say."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from execution.market_data.trades import can_be_condition, can_be_trade_id

Fault = tuple[str, str]
"""What is wrong with a row: the column and the problem."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of market data.

    A file has `symbol` (or is of one symbol), the moment in one of the `moments`' columns, the `numbers`, and may have
    the `more_numbers`, all or none of them, and the `texts`. `moment` is the moment's column where it is kept.
    """

    name: str
    row_name: str
    table: str
    moment: str
    moments: tuple[tuple[str, ...], ...]
    numbers: tuple[str, ...]
    fault: Callable[[Sequence[Decimal]], Fault | None]
    more_numbers: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    whole_minutes: bool = False

    def forms(self) -> list[tuple[str, ...]]:
        """The headers that a file may have, the usual one first."""
        optional = [self.texts[:count] for count in range(len(self.texts) + 1)]
        optional += [(text,) for text in self.texts[1:]]
        numbers = [self.numbers, self.all_numbers] if self.more_numbers else [self.numbers]
        return [
            (*symbol, *moment, *given, *texts)
            for symbol in (("symbol",), ())
            for moment in self.moments
            for given in numbers
            for texts in optional
        ]

    def numbers_in(self, header: Sequence[str]) -> tuple[str, ...]:
        """The numbers that a file with one of the headers has."""
        return tuple(name for name in self.all_numbers if name in header)

    @property
    def all_numbers(self) -> tuple[str, ...]:
        """The numbers that are kept of a row, of which a file may lack the last."""
        return (*self.numbers, *self.more_numbers)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the table that a file gives, without the instrument."""
        return (self.moment, *self.all_numbers, *self.texts)

    @property
    def key(self) -> tuple[str, ...]:
        """What tells rows of an instrument apart."""
        return (self.moment, *(name for name in self.texts if name == "trade_id"))


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file: the moment is aware UTC, the numbers and texts are in their kind's order.

    Numbers that its file does not have are left out: they are the last.
    """

    symbol: str
    at: datetime
    numbers: tuple[Decimal, ...]
    texts: tuple[str, ...] = ()


def _bar_fault(numbers: Sequence[Decimal]) -> Fault | None:
    opened, high, low, close, volume = numbers
    for column, price in zip(("open", "high", "low", "close"), numbers[:4], strict=True):
        if price <= 0:
            return column, f"{price} is no price; write one above zero"
    if volume < 0:
        return "volume", f"{volume} is no volume; write zero or more"
    if high < max(opened, close):
        return "high", f"{high} is below open or close; write the highest price"
    if low > min(opened, close):
        return "low", f"{low} is above open or close; write the lowest price"
    return None


def _quote_fault(numbers: Sequence[Decimal]) -> Fault | None:
    bid, ask, *sizes = numbers
    for column, price in (("bid", bid), ("ask", ask)):
        if price <= 0:
            return column, f"{price} is no price; write one above zero"
    if ask < bid:
        return "ask", f"{ask} is below the bid {bid}; a quote that is crossed is none"
    for column, size in zip(("bid_size", "ask_size"), sizes, strict=False):
        if size < 0:
            return column, f"{size} is no size; write zero or more"
    return None


def _trade_fault(numbers: Sequence[Decimal]) -> Fault | None:
    price, size = numbers
    if price <= 0:
        return "price", f"{price} is no price; write one above zero"
    if size <= 0:
        return "size", f"{size} is no size; write one above zero"
    return None


def text_fault(column: str, text: str) -> str | None:
    """Return what is wrong with a text of a print, None where nothing is."""
    if column == "trade_id" and not can_be_trade_id(text):
        return f"{text[:40]!r} is no id; write up to 64 printable characters, the first not #"
    if column == "condition" and not can_be_condition(text):
        return f"{text[:40]!r} is no condition; write up to 16 printable characters"
    return None


_LOCAL, _UTC, _OFFSET = ("date", "time"), ("timestamp_utc",), ("time",)
BARS = Kind(
    name="bars",
    row_name="bar",
    table="execution_bar",
    moment="start",
    moments=(_LOCAL, _UTC),
    numbers=("open", "high", "low", "close", "volume"),
    fault=_bar_fault,
    whole_minutes=True,
)
QUOTES = Kind(
    name="quotes",
    row_name="quote",
    table="execution_quote",
    moment="at",
    moments=(_OFFSET, _UTC),
    numbers=("bid", "ask"),
    fault=_quote_fault,
    more_numbers=("bid_size", "ask_size"),
)
TRADES = Kind(
    name="trades",
    row_name="trade",
    table="execution_trade",
    moment="at",
    moments=(_OFFSET, _UTC),
    numbers=("price", "size"),
    fault=_trade_fault,
    texts=("trade_id", "condition"),
)
