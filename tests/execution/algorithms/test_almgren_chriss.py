"""The figures of Almgren and Chriss (2000), by six digits."""

import math

import pytest

from execution.algorithms import almgren_chriss as ac

IMPACT = ac.calibrated(spread=0.125, average_daily_volume=5e6, daily_volatility=0.95)
SALE = ac.Sale(quantity=1e6, days=5, periods=5, impact=IMPACT)
SIX_DIGITS = 5e-7
HELD = {
    2e-6: [428598.8, 182932.8, 76295.7, 27643.4, 0],
    1e-6: [541955.6, 289854.2, 147897.5, 62141.8, 0],
    0: [800000, 600000, 400000, 200000, 0],
}


def test_the_impact_is_calibrated_as_the_paper_does() -> None:
    assert (IMPACT.fixed_cost, IMPACT.temporary, IMPACT.permanent) == (0.0625, 2.5e-6, 2.5e-7)


@pytest.mark.parametrize(
    ("aversion", "kappa", "half_life", "cost", "variance", "deviation"),
    [
        (2e-6, 0.846297, 1.1816, 1_140_715.17, 2.019313e11, 449_367.65),
        (1e-6, 0.607076, 1.6472, 911_226.99, 3.641286e11, 603_430.67),
        (0, 0, math.inf, 662_500, 1.083e12, 1_040_672.86),
    ],
)
def test_the_optimal_trajectory(
    aversion: float, kappa: float, half_life: float, cost: float, variance: float, deviation: float
) -> None:
    urgency = ac.kappa(SALE, aversion)
    left = ac.holdings(SALE, urgency)

    assert urgency.real == pytest.approx(kappa, abs=SIX_DIGITS)
    assert ac.half_life(urgency) == pytest.approx(half_life, rel=5e-5)  # the reference gives five digits
    assert left == pytest.approx(HELD[aversion], abs=0.05)
    assert ac.expected_cost(SALE, left) == pytest.approx(cost, rel=SIX_DIGITS)
    assert ac.variance(SALE, left) == pytest.approx(variance, rel=SIX_DIGITS)
    assert ac.point(SALE, aversion).standard_deviation == pytest.approx(deviation, rel=SIX_DIGITS)


def test_the_trades_of_the_optimal_trajectory() -> None:
    urgency = ac.kappa(SALE, 1e-6)
    expected = [458044.4, 252101.3, 141956.7, 85755.7, 62141.8]

    assert ac.trades(SALE, ac.holdings(SALE, urgency)) == pytest.approx(expected, abs=0.05)
    weights = ac.period_weights(urgency.real, [0, 1, 2, 3, 4, 5])
    assert [1e6 * weight for weight in weights] == pytest.approx(expected, abs=0.05)


def test_all_at_once_costs_most_and_risks_nothing() -> None:
    assert ac.expected_cost(SALE, [0] * 5) == pytest.approx(2_562_500, rel=SIX_DIGITS)
    assert ac.variance(SALE, [0] * 5) == 0


def test_the_least_value_at_risk_and_that_of_the_straight_line() -> None:
    least = ac.least_value_at_risk(SALE)

    assert least.value_at_risk == pytest.approx(1_877_207, rel=SIX_DIGITS)
    assert least.risk_aversion == pytest.approx(1.693e-6, rel=2e-3)
    assert ac.point(SALE, 0).value_at_risk == pytest.approx(2_374_407, rel=SIX_DIGITS)


def test_the_frontier_trades_risk_for_cost() -> None:
    points = ac.efficient_frontier(SALE, [0, 1e-7, 1e-6, 1e-5])
    costs, risks = [p.expected_cost for p in points], [p.standard_deviation for p in points]
    assert (costs, risks) == (sorted(costs), sorted(risks, reverse=True))


def test_who_seeks_risk_holds_on_for_longer() -> None:
    urgency = ac.kappa(SALE, -1e-7)

    assert (urgency.real, urgency.imag > 0) == (0, True)
    assert all(
        held > straight for held, straight in zip(ac.holdings(SALE, urgency)[:4], HELD[0], strict=False)
    )
    assert ac.point(SALE, -1e-7).expected_cost > 662_500
    with pytest.raises(ValueError, match="no trajectory"):
        ac.kappa(SALE, -1e-5)


def test_lambda_is_found_back_from_kappa() -> None:
    assert ac.risk_aversion_of(SALE, ac.kappa(SALE, 1e-6).real) == pytest.approx(1e-6)


def test_the_trajectory_has_no_memory() -> None:
    whole = ac.period_weights(0.6, [0, 1, 2, 3, 4, 5])
    rest = ac.period_weights(0.6, [2, 3, 4, 5])
    assert [each * sum(whole[2:]) for each in rest] == pytest.approx(whole[2:])


def test_the_greatest_urgency_is_computed_without_overflow() -> None:
    assert ac.holdings(SALE, complex(1e4, 0)) == [0] * 5
