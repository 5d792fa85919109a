"""What implementation shortfall is expected to cost, told before the trade in digits that mean something. Pure.

The model reckons in floats, for it estimates. Told are decimals: money and basis points to hundredths of one.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from execution.algorithms import Market
from execution.algorithms.almgren_chriss import Point, point, risk_aversion_of
from execution.algorithms.implementation_shortfall import (
    FRONTIER,
    URGENCY,
    Estimate,
    ShortfallParameters,
    impact_of,
)

_BASIS_POINTS = 10_000
_SIGNIFICANT = 8
_CURVE_POINTS = 48
_HUNDREDTH = Decimal("0.01")
_URGENCIES = {kappa_time: word for word, kappa_time in URGENCY.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """A cost with its risk, at a risk aversion lambda (per unit of currency).

    `expected` against the last price, `standard_deviation` and `value_at_risk` (E + 1.645 sd, at 95 %) in the
    instrument's currency; the same in basis points of the order's value at the last price, None without one.
    `urgency` is the word for it where there is one.
    """

    risk_aversion: Decimal
    urgency: str | None
    expected: Decimal
    standard_deviation: Decimal
    value_at_risk: Decimal
    expected_bps: Decimal | None
    standard_deviation_bps: Decimal | None
    value_at_risk_bps: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CostEstimate:
    """What is known of a trade by implementation shortfall before it.

    `kappa_per_day` of trading, `half_life_days` of trading, None for a straight line. `trajectory` is what is still
    held (units) at each market time, `curve` the frontier as it is drawn: standard deviation and expected cost.
    `chosen`, `frontier`, `curve` and `least_value_at_risk` are None or empty where figures of the market are not known,
    and `unknown` then names them; it is empty otherwise.
    """

    kappa_per_day: Decimal
    half_life_days: Decimal | None
    trajectory: Sequence[tuple[datetime, Decimal]]
    chosen: Cost | None
    frontier: Sequence[Cost]
    least_value_at_risk: Cost | None
    curve: Sequence[tuple[Decimal, Decimal]]
    unknown: Sequence[str]

    @property
    def why_unknown(self) -> str | None:
        """A sentence on why there are no costs, None where there are."""
        return f"costs cannot be estimated without {' and '.join(self.unknown)}" if self.unknown else None


def cost_estimate(
    estimate: Estimate,
    *,
    quantity: Decimal,
    last_price: Decimal | None,
    curve: Sequence[Point],
    unknown: Sequence[str],
) -> CostEstimate:
    """Return the estimate for `quantity` units as it is told; `last_price` in the instrument's currency."""
    value = None if last_price is None else float(quantity * last_price)
    chosen = None
    if estimate.risk_aversion is not None:
        here = Point(
            estimate.risk_aversion, estimate.expected_cost or 0.0, estimate.standard_deviation or 0.0
        )
        chosen = _cost(here, value, _word_of(estimate))
    least = estimate.least_value_at_risk
    return CostEstimate(
        kappa_per_day=significant(estimate.kappa),
        half_life_days=significant(estimate.half_life) if math.isfinite(estimate.half_life) else None,
        trajectory=[(moment, _hundredths(held)) for moment, held in estimate.trajectory],
        chosen=chosen,
        frontier=[
            _cost(each, value, _URGENCIES.get(kappa_time))
            for kappa_time, each in zip((0.0, *FRONTIER), estimate.frontier, strict=False)
        ],
        least_value_at_risk=None if least is None else _cost(least, value, None),
        curve=[(_hundredths(each.standard_deviation), _hundredths(each.expected_cost)) for each in curve],
        unknown=unknown,
    )


def frontier_curve(quantity: Decimal, parameters: ShortfallParameters, market: Market) -> list[Point]:
    """Return the frontier as it is drawn, between the ends of what is shown of it; nothing without the figures."""
    impact = impact_of(market)
    if impact is None:
        return []
    sale = parameters.sale(quantity, market, impact)
    urgencies = (FRONTIER[-1] * step / _CURVE_POINTS for step in range(_CURVE_POINTS + 1))
    return [point(sale, risk_aversion_of(sale, each / sale.days)) for each in urgencies]


def significant(value: float) -> Decimal:
    """Return the number with eight significant digits, which are more than any of these figures has."""
    return Decimal(f"{value:.{_SIGNIFICANT - 1}e}")


def _word_of(estimate: Estimate) -> str | None:
    """Return the urgency that an estimate was made for, None for a risk aversion of its user's own."""
    for kappa_time, each in zip((0.0, *FRONTIER), estimate.frontier, strict=True):
        is_it = math.isclose(each.risk_aversion, estimate.risk_aversion or 0.0, rel_tol=1e-9)
        if is_it and kappa_time in _URGENCIES:
            return _URGENCIES[kappa_time]
    return None


def _cost(at: Point, value: float | None, urgency: str | None) -> Cost:
    return Cost(
        risk_aversion=significant(at.risk_aversion),
        urgency=urgency,
        expected=_hundredths(at.expected_cost),
        standard_deviation=_hundredths(at.standard_deviation),
        value_at_risk=_hundredths(at.value_at_risk),
        expected_bps=_bps(at.expected_cost, value),
        standard_deviation_bps=_bps(at.standard_deviation, value),
        value_at_risk_bps=_bps(at.value_at_risk, value),
    )


def _bps(cost: float, value: float | None) -> Decimal | None:
    return None if not value else _hundredths(cost / value * _BASIS_POINTS)


def _hundredths(value: float) -> Decimal:
    return Decimal(value).quantize(_HUNDREDTH)
