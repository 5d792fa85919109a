"""Costs by group as an SVG: the parts of the shortfall stacked from zero on, and the mean with its interval. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from execution.costs.groups import GroupCosts
from execution.costs.measured import Component

WIDTH = 640
ROW_HEIGHT = 30
_NAMES_WIDTH = 170
_ROOM = 0.04
_MOST_NAME = 26
MOST_GROUPS = 20
"""How many groups a person compares at a glance; the table has them all."""


@dataclass(frozen=True, slots=True)
class Part:
    """A rectangle for one part of the shortfall, in SVG units, and what it is in basis points."""

    component: Component
    x: str
    width: str
    bps: float


@dataclass(frozen=True, slots=True)
class Row:
    """A group: where it is drawn, its stacked parts, its mean, and the ends of its interval where it has one."""

    name: str
    full_name: str
    y: int
    middle: int
    parts: Sequence[Part]
    mean_x: str
    mean_bps: float
    low_x: str | None
    high_x: str | None


@dataclass(frozen=True, slots=True)
class CostsChart:
    """The rows on one scale of basis points, with its ends and where zero is."""

    rows: Sequence[Row]
    zero_x: str
    low: float
    high: float
    height: int
    plot_x: int = _NAMES_WIDTH
    width: int = WIDTH


def costs_chart(groups: Sequence[GroupCosts]) -> CostsChart | None:
    """Return the chart of the first groups; None for none."""
    drawn = groups[:MOST_GROUPS]
    if not drawn:
        return None
    bps = [{part: float(group.component_bps(part)) for part in Component} for group in drawn]
    ends = [end for group, parts in zip(drawn, bps, strict=True) for end in _ends(group, parts.values())]
    scale = _Scale(min(0.0, *ends), max(0.0, *ends))
    rows = [
        _row(number, group, parts, scale)
        for number, (group, parts) in enumerate(zip(drawn, bps, strict=True))
    ]
    return CostsChart(rows, f"{scale.x(0):.1f}", scale.low, scale.high, len(rows) * ROW_HEIGHT)


@dataclass(frozen=True, slots=True)
class _Scale:
    low: float
    high: float

    def x(self, bps: float) -> float:
        reach = (self.high - self.low) or 1.0
        inside = _ROOM + (1 - 2 * _ROOM) * (bps - self.low) / reach
        return _NAMES_WIDTH + (WIDTH - _NAMES_WIDTH) * inside


def _ends(group: GroupCosts, parts: Iterable[float]) -> Iterable[float]:
    values = list(parts)
    yield sum(value for value in values if value > 0)
    yield sum(value for value in values if value < 0)
    yield from (end for end in (group.total_bps.low, group.total_bps.high) if end is not None)


def _row(number: int, group: GroupCosts, parts: dict[Component, float], scale: _Scale) -> Row:
    mean, name = group.total_bps, f"{group.name} {group.currency}"
    return Row(
        name=name if len(name) <= _MOST_NAME else f"…{name[-_MOST_NAME:]}",
        full_name=name,
        y=number * ROW_HEIGHT + 5,
        middle=number * ROW_HEIGHT + ROW_HEIGHT // 2,
        parts=list(_stacked(parts, scale)),
        mean_x=f"{scale.x(mean.mean):.1f}",
        mean_bps=mean.mean,
        low_x=None if mean.low is None else f"{scale.x(mean.low):.1f}",
        high_x=None if mean.high is None else f"{scale.x(mean.high):.1f}",
    )


def _stacked(parts: dict[Component, float], scale: _Scale) -> Iterable[Part]:
    """Yield costs to the right of zero and gains to the left of it, each beginning where the one before ends."""
    reached = {True: 0.0, False: 0.0}
    for component, bps in parts.items():
        if bps:
            begin = reached[bps > 0]
            reached[bps > 0] = begin + bps
            left, right = sorted((scale.x(begin), scale.x(begin + bps)))
            yield Part(component, f"{left:.1f}", f"{right - left:.1f}", bps)
