"""A chart of what was used of a limit over market time, beside its value and its warning, as lines of an SVG. Pure.

What was not known is a gap of the line. An order that brought the limit nearer between two samples is a thin stroke
from what was used to what it came to.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from orders.risk.figures import HUNDRED, ZERO
from orders.risk.utilisation import is_minimum, nearest_to, utilisation_percent

WIDTH = 640
HEIGHT = 180
_WORDS_WIDTH = 110
_ROOM = Decimal("1.08")
"""How much higher the chart is than the highest that it shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What was used of a limit from this market time on, in the unit of its kind, and its terms then.

    `used` and `peak_used`, the nearest to the limit that it came shortly before, are None where it was not known.
    """

    market_time: datetime
    version: int
    value: Decimal
    warn_at_percent: int
    used: Decimal | None
    peak_used: Decimal | None


@dataclass(frozen=True, slots=True)
class Peak:
    """The nearest to the limit that it came: how much of which value, and when (market time)."""

    used: Decimal
    value: Decimal
    percent: Decimal
    market_time: datetime


@dataclass(frozen=True, slots=True)
class Mark:
    """Where the limit got terms, and `anchor`, to which side of that there is room for words."""

    x: str
    y: str
    market_time: datetime
    version: int
    value: Decimal

    @property
    def anchor(self) -> str:
        """SVG's word for it."""
        return "end" if Decimal(self.x) > WIDTH - _WORDS_WIDTH else "start"


@dataclass(frozen=True, slots=True)
class HistoryChart:
    """Lines as points of SVG polylines, strokes as a path, and what the axes and a reader are told.

    `begins` are the first terms that are shown, `marks` where it got others.
    """

    used_lines: tuple[str, ...]
    value_points: str
    warn_points: str
    strokes: str
    begins: Mark
    marks: tuple[Mark, ...]
    zero_y: str
    value: Decimal
    first: datetime
    last: datetime
    width: int = WIDTH
    height: int = HEIGHT


def peak_of(kind: str, samples: Iterable[Sample]) -> Peak | None:
    """Return the nearest to its limit that a limit came, the first time; None where nothing was known."""
    peaks = [
        Peak(
            each.peak_used,
            each.value,
            utilisation_percent(kind, each.peak_used, each.value),
            each.market_time,
        )
        for each in samples
        if each.peak_used is not None
    ]
    return max(peaks, key=lambda peak: peak.percent, default=None)


def history_chart(
    kind: str, samples: Sequence[Sample], *, first: datetime, last: datetime
) -> HistoryChart | None:
    """Return the chart of `samples`, oldest first, between two market times; None where nothing was known.

    The first sample may be older than `first`: it says what was used then.
    """
    known = [each for each in samples if each.used is not None and each.peak_used is not None]
    if not known or last <= first:
        return None
    warnings = [_warning(kind, each) for each in samples]
    figures = [figure for each in known for figure in (each.used, each.peak_used) if figure is not None]
    levels = [*figures, *warnings, *(each.value for each in samples), ZERO]
    scale = _Scale(first, last, min(levels), (max(levels) * _ROOM) or Decimal(1))
    return HistoryChart(
        used_lines=tuple(" ".join(line) for line in _used_lines(samples, scale)),
        value_points=" ".join(_steps([(each.market_time, each.value) for each in samples], scale)),
        warn_points=" ".join(
            _steps(list(zip((each.market_time for each in samples), warnings, strict=True)), scale)
        ),
        strokes=" ".join(_strokes(kind, known, scale)),
        begins=_mark(samples[0], scale),
        marks=tuple(
            _mark(after, scale) for before, after in pairwise(samples) if after.version != before.version
        ),
        zero_y=scale.y(ZERO),
        value=samples[-1].value,
        first=first,
        last=last,
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    first: datetime
    last: datetime
    lowest: Decimal
    highest: Decimal

    def x(self, moment: datetime) -> str:
        inside = min(max(moment, self.first), self.last)
        return f"{WIDTH * ((inside - self.first) / (self.last - self.first)):.1f}"

    def y(self, level: Decimal) -> str:
        return f"{HEIGHT * (self.highest - level) / (self.highest - self.lowest):.1f}"


def _mark(sample: Sample, scale: _Scale) -> Mark:
    x, y = scale.x(sample.market_time), scale.y(sample.value)
    return Mark(x, y, sample.market_time, sample.version, sample.value)


def _warning(kind: str, sample: Sample) -> Decimal:
    """Return from what use on the limit warns."""
    if is_minimum(kind):
        return sample.value * HUNDRED / sample.warn_at_percent
    return sample.value * sample.warn_at_percent / HUNDRED


def _steps(
    levels: Sequence[tuple[datetime, Decimal]], scale: _Scale, *, until: datetime | None = None
) -> Iterator[str]:
    """Yield the corners of a line that holds each level from its moment on, to `until` or the chart's end."""
    (first, level), last = levels[0], levels[-1][1]
    yield f"{scale.x(first)},{scale.y(level)}"
    for (_, before), (moment, after) in pairwise(levels):
        yield f"{scale.x(moment)},{scale.y(before)}"
        yield f"{scale.x(moment)},{scale.y(after)}"
    yield f"{scale.x(until or scale.last)},{scale.y(last)}"


def _used_lines(samples: Sequence[Sample], scale: _Scale) -> Iterator[list[str]]:
    line: list[tuple[datetime, Decimal]] = []
    for each in samples:
        if each.used is not None:
            line.append((each.market_time, each.used))
        elif line:
            yield list(_steps(line, scale, until=each.market_time))
            line = []
    if line:
        yield list(_steps(line, scale))


def _strokes(kind: str, known: Sequence[Sample], scale: _Scale) -> Iterator[str]:
    for each in known:
        if each.used is not None and nearest_to(kind, each.used, each.peak_used) != each.used:
            x = scale.x(each.market_time)
            yield f"M{x},{scale.y(each.used)} V{scale.y(nearest_to(kind, each.used, each.peak_used))}"
