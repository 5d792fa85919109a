"""How fast to trade where haste moves the price and waiting risks it: Almgren and Chriss (2000). Pure.

R. Almgren, N. Chriss: Optimal Execution of Portfolio Transactions, Journal of Risk 3 (2000), pages 5 to 39; equation
numbers are the paper's. Floats: what comes out are estimates, whose weights are turned into whole lots elsewhere. Time
is in days, prices in the instrument's currency per unit.
"""

import cmath
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

Z_95 = 1.645
"""The 95 % quantile of the normal distribution, as the paper rounds it."""
_GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What trading does to the price, and what the price does by itself.

    `volatility` in currency per square root of a day, `fixed_cost` (epsilon) in currency per unit, `temporary` (eta) in
    currency per unit for a unit a day, `permanent` (gamma) in currency per unit for a unit.
    """

    volatility: float
    fixed_cost: float
    temporary: float
    permanent: float


def calibrated(*, spread: float, average_daily_volume: float, daily_volatility: float) -> Impact:
    """Return the impact as the paper sets it (section 3.4).

    Half the spread is paid always; every 1 % of the daily volume at which one trades costs a spread; 10 % of it moves
    the price by a spread for good.
    """
    return Impact(
        volatility=daily_volatility,
        fixed_cost=spread / 2,
        temporary=spread / (0.01 * average_daily_volume),
        permanent=spread / (0.1 * average_daily_volume),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """`quantity` units to trade (buying costs the same) within `days`, in `periods` of equal length."""

    quantity: float
    days: float
    periods: int
    impact: Impact

    @property
    def period_days(self) -> float:
        """tau."""
        return self.days / self.periods

    @property
    def net_temporary(self) -> float:
        """eta - gamma tau / 2 (equation 16)."""
        return self.impact.temporary - self.impact.permanent * self.period_days / 2


def kappa(sale: Sale, risk_aversion: float) -> complex:
    """Return the urgency of the optimal trajectory, per day (equation 18); lambda per currency unit.

    Real for lambda >= 0; imaginary below, where risk is sought. Raises ValueError where so much is sought that no
    trajectory is the best (|kappa| T of pi or more).
    """
    squared = risk_aversion * sale.impact.volatility**2 / sale.net_temporary
    urgency = cmath.acosh(1 + squared * sale.period_days**2 / 2) / sale.period_days
    if abs(urgency.imag) * sale.days >= math.pi:
        raise ValueError("no trajectory is the best for a risk aversion that is so far below zero")
    return urgency


def half_life(urgency: complex) -> float:
    """Return 1 / kappa in days: the time in which the position falls by a factor e; infinite for a straight line."""
    return 1 / urgency.real if urgency.real > 0 else math.inf


def risk_aversion_of(sale: Sale, urgency: float) -> float:
    """Return lambda for a real kappa: equation 18 solved for it."""
    tau = sale.period_days
    squared = 2 * (math.cosh(urgency * tau) - 1) / tau**2
    return squared * sale.net_temporary / sale.impact.volatility**2


def holdings(sale: Sale, urgency: complex) -> list[float]:
    """Return what is held at the end of each period, x_1 to x_N (equation 19), in units."""
    times = [sale.period_days * number for number in range(1, sale.periods)]
    return [*(sale.quantity * _left(urgency, sale.days, time) for time in times), 0.0]


def _left(urgency: complex, days: float, time: float) -> float:
    """sinh(kappa (T - t)) / sinh(kappa T), as it can be computed for any kappa >= 0 without overflow."""
    if abs(urgency) * days < 1e-9:
        return 1 - time / days
    if urgency.real == 0:
        return math.sin(urgency.imag * (days - time)) / math.sin(urgency.imag * days)
    rate = urgency.real
    return math.exp(-rate * time) * math.expm1(-2 * rate * (days - time)) / math.expm1(-2 * rate * days)


def trades(sale: Sale, left: Sequence[float]) -> list[float]:
    """Return what is traded in each period, n_1 to n_N, in units, for what is held at the end of each."""
    return [before - after for before, after in pairwise([sale.quantity, *left])]


def expected_cost(sale: Sale, left: Sequence[float]) -> float:
    """Return E in currency (equation 14): what the trajectory is expected to cost against the first price."""
    each = trades(sale, left)
    permanent = sale.impact.permanent * sale.quantity**2 / 2
    fixed = sale.impact.fixed_cost * sum(abs(traded) for traded in each)
    return permanent + fixed + sale.net_temporary / sale.period_days * sum(traded**2 for traded in each)


def variance(sale: Sale, left: Sequence[float]) -> float:
    """Return V in currency squared (equation 15)."""
    return sale.impact.volatility**2 * sale.period_days * sum(held**2 for held in left)


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the efficient frontier: lambda per currency unit, E and its standard deviation in currency."""

    risk_aversion: float
    expected_cost: float
    standard_deviation: float

    @property
    def value_at_risk(self) -> float:
        """Liquidity-adjusted, at 95 %: E + 1.645 sd (section 4.2), in currency."""
        return self.expected_cost + Z_95 * self.standard_deviation


def point(sale: Sale, risk_aversion: float) -> Point:
    """Return the least expected cost for a risk aversion, with its risk."""
    left = holdings(sale, kappa(sale, risk_aversion))
    return Point(risk_aversion, expected_cost(sale, left), math.sqrt(variance(sale, left)))


def efficient_frontier(sale: Sale, risk_aversions: Sequence[float]) -> list[Point]:
    """Return the points of these risk aversions."""
    return [point(sale, each) for each in risk_aversions]


def least_value_at_risk(sale: Sale, *, steps: int = 60) -> Point:
    """Return the point of the frontier at which E + 1.645 sd is least: a search by golden section over log lambda.

    Between a kappa T of 0.01, which is a straight line, and of 100, by which all is traded at once.
    """
    low, high = (math.log(risk_aversion_of(sale, each / sale.days)) for each in (0.01, 100))
    for _ in range(steps):
        third = (high - low) * _GOLDEN
        one, other = high - third, low + third
        if point(sale, math.exp(one)).value_at_risk <= point(sale, math.exp(other)).value_at_risk:
            high = other
        else:
            low = one
    return point(sale, math.exp((low + high) / 2))


def left_shares(urgency: float, boundaries: Sequence[float]) -> list[float]:
    """Return what share is still held at each boundary between periods, in days: 1 at the first, 0 at the last."""
    start, end = boundaries[0], boundaries[-1]
    return [_left(urgency, end - start, each - start) for each in boundaries]


def period_weights(urgency: float, boundaries: Sequence[float]) -> list[float]:
    """Return what is traded in each period, from boundary to boundary in days, as shares that sum to 1.

    For periods of equal length it is cosh(kappa (T - t_(j-1/2))) over the sum of all (equation 20); for a last one that
    is shorter it is right too. What remains after a period is spread by the same weights: the trajectory has no memory.
    """
    return [before - after for before, after in pairwise(left_shares(urgency, boundaries))]
