"""A chart of the efficient frontier: expected cost against its standard deviation, as points of an SVG. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

WIDTH = 640
HEIGHT = 260
_MARGIN = Decimal("0.1")
"""Of the widest distance, left free on each side: marks and their words stay inside."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of the frontier: where it is drawn, in SVG units, and what a person reads of it."""

    x: str
    y: str
    expected: Decimal
    standard_deviation: Decimal
    word: str
    is_told: bool
    """Whether there is room for the word beside it."""


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
_ROOM = Decimal(60)
"""So far apart (SVG units) two words beside marks can both be read."""


def frontier_chart(
    frontier: Sequence[Point], chosen: Point, curve: Sequence[tuple[Decimal, Decimal]]
) -> FrontierChart:
    """Return the chart of the frontier, from patience to haste, with the chosen point on it.

    `curve` are the points between which it is drawn. Where words are too near each other the hastier one is told.
    """
    across = _axis([each[0] for each in (*frontier, chosen)])
    up = _axis([each[1] for each in (*frontier, chosen)])

    def x(deviation: Decimal) -> Decimal:
        return WIDTH * across.share(deviation)

    def y(cost: Decimal) -> Decimal:
        return HEIGHT * (1 - up.share(cost))

    def mark(point: Point, is_told: bool) -> Mark:
        deviation, cost, word = point
        return Mark(f"{x(deviation):.1f}", f"{y(cost):.1f}", cost, deviation, word, is_told)

    told = _with_room([x(each[0]) for each in frontier])
    drawn = sorted({*curve, chosen[:2]})
    return FrontierChart(
        points=" ".join(f"{x(deviation):.1f},{y(cost):.1f}" for deviation, cost in drawn),
        marks=[mark(each, number in told) for number, each in enumerate(frontier)],
        chosen=mark(chosen, True),
        least_cost=up.least,
        most_cost=up.most,
        least_deviation=across.least,
        most_deviation=across.most,
    )


def _with_room(places: Sequence[Decimal]) -> set[int]:
    """Return which of the places, from right to left, have room for a word beside them: the leftmost first."""
    told: dict[int, Decimal] = {}
    for number in reversed(range(len(places))):
        if all(abs(places[number] - other) >= _ROOM for other in told.values()):
            told[number] = places[number]
    return set(told)


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
