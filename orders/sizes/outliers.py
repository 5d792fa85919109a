"""Which orders stand out against the other orders of their trader: the modified z-score of log sizes. Pure.

B. Iglewicz and D. C. Hoaglin, "How to Detect and Handle Outliers", The ASQC Basic References in Quality Control:
Statistical Techniques, volume 16 (1993): M = 0.6745 (x - median) / MAD, where MAD is the median of the absolute
deviations from the median; what has |M| > 3.5 is labeled a potential outlier. Here x is the natural logarithm of an
order's notional: sizes differ by factors, and the measure wants something like a normal distribution.

orders/sizes/reads.py does the same for many traders in SQL; tests/orders/sizes/test_reads.py holds the two equal.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

FACTOR = 0.6745
"""The upper quartile of the standard normal distribution, to which 1 / MAD is scaled."""
THRESHOLD = 3.5
FEWEST = 20
"""With fewer orders nothing is told: a median of a handful of deviations says little of how a trader orders."""


class Verdict(StrEnum):
    """What can be told of a trader's orders."""

    TOO_FEW = "too_few"
    ONE_SIZE = "one_size"
    TOLD = "told"


@dataclass(frozen=True, slots=True)
class Outliers:
    """How many of `orders` stand out as too `large` or too `small`; both are None where that cannot be told.

    It cannot of fewer than FEWEST, and not where most orders are of one size: MAD is zero then and measures nothing.
    `differing` is how many are not of the median size.
    """

    verdict: Verdict
    orders: int
    differing: int
    large: int | None = None
    small: int | None = None


def outliers_of(*, orders: int, differing: int, spread: float | None, large: int, small: int) -> Outliers:
    """Return what may be said where MAD is `spread`, None for no orders, and so many are beyond the threshold."""
    if orders < FEWEST:
        return Outliers(Verdict.TOO_FEW, orders, differing)
    if not spread:
        return Outliers(Verdict.ONE_SIZE, orders, differing)
    return Outliers(Verdict.TOLD, orders, differing, large, small)


def outliers(sizes: Sequence[Decimal]) -> Outliers:
    """Return the outliers among `sizes`, in any one unit, each greater than zero."""
    logarithms = [math.log(size) for size in sizes]
    if not logarithms:
        return Outliers(Verdict.TOO_FEW, 0, 0)
    middle = _median(logarithms)
    deviations = [each - middle for each in logarithms]
    spread = _median([abs(each) for each in deviations])
    return outliers_of(
        orders=len(sizes),
        differing=sum(each != 0 for each in deviations),
        spread=spread,
        large=sum(FACTOR * each > THRESHOLD * spread for each in deviations),
        small=sum(FACTOR * -each > THRESHOLD * spread for each in deviations),
    )


def _median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    below, above = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return below + (above - below) * 0.5
