"""How sure a mean is: the 95 % interval of a mean weighted by notional, as that of a ratio.

W. G. Cochran, "Sampling Techniques" (3rd edition, 1977), chapter 6: the mean of x weighted by w is the ratio of two
means, its variance n / (n - 1) sum w^2 (x - mean)^2 / (sum w)^2. The quantile is Student's, by the expansion 26.7.5 of
Abramowitz and Stegun, to four places with 19 degrees of freedom and more.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

FEWEST = 20
"""Of fewer no interval is told: costs have long tails, and the interval of a handful would say too much."""
_NORMAL = 1.959963984540054
"""The 97.5 % quantile of the standard normal distribution."""


@dataclass(frozen=True, slots=True)
class Mean:
    """A weighted mean of `count` values, and the ends of its 95 % interval: None where they are too few."""

    count: int
    mean: float
    low: float | None
    high: float | None

    @property
    def is_told(self) -> bool:
        """Whether there is an interval."""
        return self.low is not None


def student_quantile(degrees: int) -> float:
    """Return the 97.5 % quantile of Student's distribution. Raises ValueError for fewer than 4 degrees of freedom."""
    if degrees < 4:
        raise ValueError("the expansion does not hold for so few degrees of freedom")
    z = _NORMAL
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92_160,
    )
    quantile: float = z + sum(term / degrees**power for power, term in enumerate(terms, start=1))
    return quantile


def weighted_mean(values: Sequence[float], weights: Sequence[float]) -> Mean:
    """Return the mean of `values` weighted by `weights`, in the values' unit.

    Raises ValueError for no values, for other than one weight each, and for weights that are not above zero.
    """
    if not values or len(values) != len(weights) or min(weights) <= 0:
        raise ValueError("a mean needs values, each with a weight above zero")
    count, whole = len(values), math.fsum(weights)
    mean = math.fsum(value * weight for value, weight in zip(values, weights, strict=True)) / whole
    if count < FEWEST:
        return Mean(count, mean, None, None)
    squares = math.fsum((weight * (value - mean)) ** 2 for value, weight in zip(values, weights, strict=True))
    reach = student_quantile(count - 1) * math.sqrt(squares * count / (count - 1)) / whole
    return Mean(count, mean, mean - reach, mean + reach)
