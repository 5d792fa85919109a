"""What the market did while an order was worked: prices with benchmark lines, and the volume of each minute. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from execution.chart import WIDTH
from execution.market_data.bars import BAR_LENGTH, Bar

PRICE_HEIGHT = 90
VOLUME_HEIGHT = 50


@dataclass(frozen=True, slots=True)
class Line:
    """A benchmark: its name, its price in currency, and how far down (SVG units) it is drawn."""

    name: str
    price: Decimal
    y: str


@dataclass(frozen=True, slots=True)
class Column:
    """The volume of a minute as a rectangle, in SVG units."""

    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True, slots=True)
class MarketChart:
    """The closes as `points` of an SVG polyline, the benchmarks, the volumes, and the ends of the axes."""

    price_points: str
    lines: Sequence[Line]
    columns: Sequence[Column]
    low: Decimal
    high: Decimal
    top_volume: Decimal
    volume: Decimal
    width: int = WIDTH
    price_height: int = PRICE_HEIGHT
    volume_height: int = VOLUME_HEIGHT


def market_chart(
    bars: Sequence[Bar], benchmarks: Sequence[tuple[str, Decimal]], *, first: datetime, last: datetime
) -> MarketChart | None:
    """Return the chart of bars from `first` to `last`, oldest first; None where there are none."""
    if not bars:
        return None
    prices = [each.close for each in bars] + [price for _, price in benchmarks]
    low, high = min(prices), max(prices)
    top = max(each.volume for each in bars)

    def x(moment: datetime) -> float:
        return WIDTH * min(max((moment - first) / (last - first), 0.0), 1.0)

    def y(price: Decimal) -> Decimal:
        return PRICE_HEIGHT * (high - price) / (high - low) if high > low else Decimal(PRICE_HEIGHT) / 2

    def column(bar: Bar) -> Column:
        height = VOLUME_HEIGHT * bar.volume / top if top else Decimal(0)
        left = x(bar.start)
        width = max(x(bar.start + BAR_LENGTH) - left - 0.3, 0.5)
        return Column(f"{left:.1f}", f"{VOLUME_HEIGHT - height:.1f}", f"{width:.1f}", f"{height:.1f}")

    return MarketChart(
        price_points=" ".join(f"{x(each.end):.1f},{y(each.close):.1f}" for each in bars),
        lines=[Line(name, price, f"{y(price):.1f}") for name, price in benchmarks],
        columns=[column(each) for each in bars],
        low=low,
        high=high,
        top_volume=top,
        volume=sum((each.volume for each in bars), Decimal(0)),
    )
