"""A chart of a position's quantity over market time, as points of an SVG. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

WIDTH = 640
HEIGHT = 140
_INSTANT = timedelta(seconds=1)

Change = tuple[datetime, Decimal]
"""At this market time so many units more, or fewer."""


@dataclass(frozen=True)
class QuantityChart:
    """A line of steps as `points` of an SVG polyline, the height of zero, and what the axes and a reader are told."""

    points: str
    zero_y: str
    first: datetime
    last: datetime
    highest: Decimal
    lowest: Decimal
    final: Decimal
    width: int = WIDTH
    height: int = HEIGHT


def quantity_chart(changes: Sequence[Change], *, final: Decimal) -> QuantityChart | None:
    """Return the chart of the changes, oldest first, that ended in `final`; None where there is none."""
    if not changes:
        return None
    quantity = final - sum((change for _, change in changes), Decimal(0))
    first = changes[0][0]
    last = max(changes[-1][0], first + _INSTANT)
    levels = [quantity]
    for _, change in changes:
        levels.append(levels[-1] + change)
    highest, lowest = max(*levels, Decimal(0)), min(*levels, Decimal(0))
    span = highest - lowest

    def y(level: Decimal) -> str:
        return f"{HEIGHT * (highest - level) / span:.1f}"

    corners = [f"0,{y(levels[0])}"]
    for (moment, _), before, after in zip(changes, levels, levels[1:], strict=False):
        x = f"{WIDTH * ((moment - first) / (last - first)):.1f}"
        corners += [f"{x},{y(before)}", f"{x},{y(after)}"]
    corners.append(f"{WIDTH},{y(final)}")
    return QuantityChart(" ".join(corners), y(Decimal(0)), first, last, highest, lowest, final)
