"""Quantiles of what was asked for, and numbers that a person can read. Pure.

tests/orders/sizes/test_quantiles.py holds them equal to PostgreSQL's percentile_cont and to numpy.
"""

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from orders.positions.trade import EXACT

MEDIAN, P95, P99, LARGEST = Decimal("0.5"), Decimal("0.95"), Decimal("0.99"), Decimal(1)
SIGNIFICANT_DIGITS = 2
_FINEST_EXPONENT = -8
"""The last place that a limit can be asked for with."""


def quantile(ordered: Sequence[Decimal], share: Decimal) -> Decimal:
    """Return the value below which `share` (0 to 1) of `ordered` lies, in its unit; `ordered` ascends.

    Between two orders it is interpolated in a straight line: definition 7 of R. J. Hyndman and Y. Fan, "Sample
    Quantiles in Statistical Packages", The American Statistician 50 (1996), 361-365. Nothing is rounded. Raises
    ValueError for no values or a share beyond 0 to 1.
    """
    if not ordered:
        raise ValueError("no values have no quantile")
    if not 0 <= share <= 1:
        raise ValueError("a share lies between 0 and 1")
    place = EXACT.multiply(share, Decimal(len(ordered) - 1))
    below = int(place.to_integral_value(ROUND_FLOOR))
    above = min(below + 1, len(ordered) - 1)
    step = EXACT.subtract(ordered[above], ordered[below])
    return EXACT.add(ordered[below], EXACT.multiply(EXACT.subtract(place, Decimal(below)), step))


def rounded_up(value: Decimal) -> Decimal:
    """Return the least number with two significant digits that is not below `value` (0 or more): 1,218 is 1,300.

    Never finer than a limit can be asked for: 8 decimal places.
    """
    if value == 0:
        return Decimal(0)
    exponent = max(value.adjusted() - SIGNIFICANT_DIGITS + 1, _FINEST_EXPONENT)
    return value.quantize(Decimal(1).scaleb(exponent), rounding=ROUND_CEILING)
