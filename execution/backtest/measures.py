"""What an order's day came to, against the market's."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from execution.backtest.days import KnownDay
from execution.backtest.play import Played, Terms
from execution.market_data.benchmarks import interval_vwap, slippage_bps
from execution.market_data.usual_day import UsualDay
from execution.venues.simulated.bar_model import MODEL
from orders.terms import Side

_BASIS_POINTS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One order, played over one day with one seed, by the fill model `model`. Basis points above zero are a cost.

    `slippage_bps` is the average price against the market's VWAP of the order's interval, None where nothing was
    filled. `shortfall_bps` is against the arrival price, with what was not filled at the interval's last price.
    `completion` is filled to ordered, `participation` filled to what the market traded in the interval; `bins` counts
    what went to the venue.
    """

    symbol: str
    day: date
    seed: int
    bins: int
    quantity: Decimal
    filled_quantity: Decimal
    average_price: Decimal | None
    vwap: Decimal
    slippage_bps: Decimal | None
    shortfall_bps: Decimal
    completion: Decimal
    participation: Decimal
    usual_day: UsualDay
    model: str = MODEL


def measured(played: Played, terms: Terms, day: KnownDay, *, seed: int) -> Result | None:
    """Return what a played day came to; None where nothing was traded in the order's interval.

    The market's VWAP is that of the minutes from the order's start to its end, each at its typical price. The arrival
    price is the open of the first of them: what the market traded at when the order came.
    """
    interval = [bar for bar in day.day.minutes if played.start <= bar.start < played.end]
    vwap = interval_vwap(interval)
    if vwap is None:
        return None
    filled = played.filled_quantity
    value = sum((each.quantity * each.price for each in played.executions), Decimal(0))
    average = value / filled if filled else None
    arrival, last, unfilled = interval[0].open, interval[-1].close, terms.quantity - filled
    paid = value + unfilled * last - terms.quantity * arrival
    sign = 1 if terms.side is Side.BUY else -1
    return Result(
        symbol=day.day.symbol,
        day=day.session.day,
        seed=seed,
        bins=len(played.sent),
        quantity=terms.quantity,
        filled_quantity=filled,
        average_price=average,
        vwap=vwap,
        slippage_bps=None if average is None else slippage_bps(terms.side, average, vwap),
        shortfall_bps=sign * paid / (terms.quantity * arrival) * _BASIS_POINTS,
        completion=filled / terms.quantity,
        participation=filled / sum(bar.volume for bar in interval),
        usual_day=day.usual_day,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Several results together: means, and the root mean square of the slippage; None where nothing was filled.

    `unfilled` counts the results that the means of slippage leave out, because nothing of the order was filled.
    """

    count: int
    unfilled: int
    rms_bps: float | None
    slippage_bps: float | None
    shortfall_bps: float
    bins: float
    completion: float
    participation: float


def summary(results: Sequence[Result]) -> Summary:
    """Return what at least one result comes to; each counts the same."""
    slippages = [float(each.slippage_bps) for each in results if each.slippage_bps is not None]
    return Summary(
        count=len(results),
        unfilled=len(results) - len(slippages),
        rms_bps=root_mean_square(slippages),
        slippage_bps=mean(slippages) if slippages else None,
        shortfall_bps=mean([float(each.shortfall_bps) for each in results]),
        bins=mean([each.bins for each in results]),
        completion=mean([float(each.completion) for each in results]),
        participation=mean([float(each.participation) for each in results]),
    )


def root_mean_square(values: Sequence[float]) -> float | None:
    """Return it; None of nothing."""
    return math.sqrt(math.fsum(value**2 for value in values) / len(values)) if values else None


def mean(values: Sequence[float]) -> float:
    """Return the arithmetic mean of at least one value."""
    return math.fsum(values) / len(values)
