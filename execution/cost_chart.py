"""A chart of the efficient frontier: expected cost against its standard deviation, as points of an SVG. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

WIDTH = 640
HEIGHT = 260
_MARGIN = Decimal("0.06")
"""Of the widest distance, left free on each side: marks and their words stay inside."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of the frontier: where it is drawn, in SVG units, and what a person reads of it."""

    x: str
    y: str
    expected: Decimal
    standard_deviation: Decimal
    word: str


@dataclass(frozen=True, slots=True)
class FrontierChart:
    """The curve as `points` of an SVG polyline, its marks, and the ends of both axes in currency."""

    points: str
    marks: Sequence[Mark]
    chosen: Mark
    least_cost: Decimal
    most_cost: Decimal
    least_deviation: Decimal
    most_deviation: Decimal
    width: int = WIDTH
    height: int = HEIGHT


Point = tuple[Decimal, Decimal, str]
"""Standard deviation and expected cost, in currency, and a word."""


def frontier_chart(frontier: Sequence[Point], chosen: Point) -> FrontierChart:
    """Return the chart of the frontier with the chosen point on it."""
    across, up = (
        _axis([each[0] for each in (*frontier, chosen)]),
        _axis([each[1] for each in (*frontier, chosen)]),
    )

    def mark(point: Point) -> Mark:
        deviation, cost, word = point
        x, y = WIDTH * across.share(deviation), HEIGHT * (1 - up.share(cost))
        return Mark(f"{x:.1f}", f"{y:.1f}", cost, deviation, word)

    curve = [mark(each) for each in sorted((*frontier, chosen))]
    return FrontierChart(
        points=" ".join(f"{each.x},{each.y}" for each in curve),
        marks=[mark(each) for each in frontier],
        chosen=mark(chosen),
        least_cost=up.least,
        most_cost=up.most,
        least_deviation=across.least,
        most_deviation=across.most,
    )


@dataclass(frozen=True, slots=True)
class _Axis:
    least: Decimal
    most: Decimal

    def share(self, value: Decimal) -> Decimal:
        """Return where a value lies between the ends, from the margin to one less it; in the middle of nothing."""
        if self.most == self.least:
            return Decimal("0.5")
        return _MARGIN + (1 - 2 * _MARGIN) * (value - self.least) / (self.most - self.least)


def _axis(values: Sequence[Decimal]) -> _Axis:
    return _Axis(min(values), max(values))
