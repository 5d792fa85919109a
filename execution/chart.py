"""A chart of the schedule against the fills: cumulative quantity over market time, as points of an SVG. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

WIDTH = 640
HEIGHT = 180
_INSTANT = timedelta(seconds=1)

Change = tuple[datetime, Decimal]
"""At this market time so many units more."""


@dataclass(frozen=True)
class Chart:
    """Two lines of steps as `points` of an SVG polyline, and what the axes and a reader are told."""

    schedule_points: str
    fill_points: str
    first: datetime
    last: datetime
    scheduled_quantity: Decimal
    filled_quantity: Decimal
    width: int = WIDTH
    height: int = HEIGHT


def schedule_chart(
    scheduled: Sequence[Change],
    filled: Sequence[Change],
    *,
    until: datetime | None = None,
    now: datetime | None = None,
) -> Chart | None:
    """Return the chart of what was to be sent when and what was filled when; None where there is nothing.

    It goes on to `until` at least, and the line of the fills only to `now`, where these are given.
    """
    moments = [moment for moment, _ in (*scheduled, *filled)]
    if not moments:
        return None
    first = min(moments)
    last = max(*moments, until or first, first + _INSTANT)
    scheduled_quantity = sum((quantity for _, quantity in scheduled), Decimal(0))
    filled_quantity = sum((quantity for _, quantity in filled), Decimal(0))
    top = max(scheduled_quantity, filled_quantity)

    def points(changes: Sequence[Change], end: datetime) -> str:
        corners = [f"0,{HEIGHT}"]
        height = total = Decimal(0)
        for moment, quantity in sorted(changes):
            x = WIDTH * ((moment - first) / (last - first))
            total += quantity
            corners.append(f"{x:.1f},{HEIGHT - height:.1f}")
            height = HEIGHT * total / top
            corners.append(f"{x:.1f},{HEIGHT - height:.1f}")
        x = WIDTH * ((end - first) / (last - first))
        return " ".join([*corners, f"{x:.1f},{HEIGHT - height:.1f}"])

    filled_to = last if now is None else min(max(now, *(moment for moment, _ in filled), first), last)
    return Chart(
        points(scheduled, last), points(filled, filled_to), first, last, scheduled_quantity, filled_quantity
    )
