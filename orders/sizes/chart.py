"""How sizes are drawn: a box for each trader on one logarithmic scale, with the present limit as a line. Pure.

From the smallest order to the largest a thin line, from the lower to the upper quartile a box, the median in it, and a
mark at the 99th percentile.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

MOST_MARKS = 9
"""How many decades are marked at most, so that their numbers do not run into each other."""
_EDGE = 0.02
"""How much of the scale is left free at either end."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is drawn of one row, each above zero; `limit` and another one that is `proposed` may be None."""

    smallest: Decimal
    lower_quartile: Decimal
    median: Decimal
    upper_quartile: Decimal
    p99: Decimal
    largest: Decimal
    limit: Decimal | None
    proposed: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """Places and lengths in percent of the scale, from its lower end."""

    smallest: str
    reach: str
    lower_quartile: str
    middle_half: str
    median: str
    p99: str
    largest: str
    limit: str | None
    proposed: str | None
    is_beyond: bool
    """Whether the largest order is beyond the limit."""


@dataclass(frozen=True, slots=True)
class Boxes:
    """The boxes in the order of the rows, and the powers of ten that the scale marks, with their places."""

    boxes: Sequence[Box]
    marks: Sequence[tuple[Decimal, str]]


def boxes(rows: Sequence[Drawn]) -> Boxes:
    """Return `rows` as they are drawn. Raises ValueError for none."""
    ends = [
        each
        for row in rows
        for each in (row.smallest, row.largest, row.limit, row.proposed)
        if each is not None
    ]
    scale = _Scale.over(ends)
    return Boxes([_box(row, scale) for row in rows], list(scale.marks()))


@dataclass(frozen=True, slots=True)
class _Scale:
    low: float
    high: float

    @classmethod
    def over(cls, values: Iterable[Decimal]) -> "_Scale":
        logarithms = [math.log10(each) for each in values]
        low, high = min(logarithms), max(logarithms)
        if high - low < 1:  # at least a decade, or equal sizes would fill the whole of it
            low, high = (low + high - 1) / 2, (low + high + 1) / 2
        edge = (high - low) * _EDGE
        return cls(low - edge, high + edge)

    def place(self, value: Decimal) -> float:
        return (math.log10(value) - self.low) / (self.high - self.low) * 100

    def marks(self) -> Iterable[tuple[Decimal, str]]:
        first, last = math.ceil(self.low), math.floor(self.high)
        step = math.ceil((last - first + 1) / MOST_MARKS)
        for power in range(first, last + 1, max(step, 1)):
            value = Decimal(1).scaleb(power)
            yield value, _text(self.place(value))


def _box(row: Drawn, scale: _Scale) -> Box:
    smallest, largest = scale.place(row.smallest), scale.place(row.largest)
    lower, upper = scale.place(row.lower_quartile), scale.place(row.upper_quartile)
    return Box(
        smallest=_text(smallest),
        reach=_text(largest - smallest),
        lower_quartile=_text(lower),
        middle_half=_text(upper - lower),
        median=_text(scale.place(row.median)),
        p99=_text(scale.place(row.p99)),
        largest=_text(largest),
        limit=None if row.limit is None else _text(scale.place(row.limit)),
        proposed=None if row.proposed is None else _text(scale.place(row.proposed)),
        is_beyond=row.limit is not None and row.largest > row.limit,
    )


def _text(percent: float) -> str:
    return f"{percent:.2f}"
