"""Implementation shortfall: early, estimated before the trade, and spread anew over what remains."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from execution.algorithms import latest
from execution.algorithms.implementation_shortfall import estimate
from execution.algorithms.terms import VenueTerms, Why
from orders.kernel.errors import InvalidInput
from orders.terms import OrderType, TimeInForce
from tests.execution.algorithms.samples import OPEN, a_market, a_parent, an_order, at, completed, worked

IS = latest("is")
FIGURES = {
    "spread": Decimal("0.125"),
    "average_daily_volume": Decimal(5_000_000),
    "daily_volatility": Decimal("0.95"),
}


def shortfall(**parameters: Any) -> Any:
    return completed(IS, an_order(), **parameters)


def quantities(parameters: Any, minutes: float = 0, parent: Any = None, **market: Any) -> list[Decimal]:
    known = a_market(**market)
    plan = IS.plan(parent or a_parent(10**6), parameters, market=known, market_time=at(minutes))
    return [each.quantity for each in plan.slices]


def test_the_more_urgent_the_earlier() -> None:
    first = {
        urgency: quantities(shortfall(urgency=urgency, interval_minutes=78))
        for urgency in ("low", "medium", "high")
    }
    assert all(sum(each) == 10**6 and each == sorted(each, reverse=True) for each in first.values())
    assert first["low"][0] < first["medium"][0] < first["high"][0]
    assert quantities(shortfall(interval_minutes=78)) == first["medium"]


def test_a_risk_aversion_makes_the_papers_trades_where_the_figures_are_known() -> None:
    parameters = shortfall(risk_aversion="0.000001", interval_minutes=78)
    kappa = parameters.kappa(a_market(**FIGURES))

    assert kappa == pytest.approx(0.603493, abs=1e-6)  # tau is a fifth of a day
    assert quantities(parameters, **FIGURES)[0] > 200_000
    assert quantities(parameters) == quantities(shortfall(interval_minutes=78))  # medium without figures


def test_after_an_outage_what_remains_is_spread_by_the_same_rule_in_bounds() -> None:
    parameters = shortfall(interval_minutes=39)
    planned = quantities(parameters)

    late = quantities(parameters, 39 * 4, worked(a_parent(10**6), filled=int(sum(planned[:3]))))

    assert sum(late) == 10**6 - sum(planned[:3])
    extra = [after / before for after, before in zip(late, planned[4:], strict=True)]
    assert max(extra) - min(extra) < Decimal("0.0001")
    assert all(1 < each < 2 for each in extra)


def test_on_schedule_the_plan_stays_as_it_was() -> None:
    parameters = shortfall(interval_minutes=39)
    planned = quantities(parameters)
    order = worked(a_parent(10**6), filled=int(sum(planned[:4])))
    assert quantities(parameters, 39 * 4, order) == planned[4:]


def test_late_after_its_last_slot_it_has_nothing_more_to_spread_over() -> None:
    parameters = shortfall(interval_minutes=39, minimum_slice="1000")
    plan = IS.plan(worked(a_parent(), filled=999), parameters, market=a_market(), market_time=at(380))
    assert ([each.quantity for each in plan.slices], plan.why) == ([1], Why.BEHIND_SCHEDULE)


def test_at_a_last_slot_that_has_nothing_of_its_own_what_is_late_still_goes() -> None:
    parameters = shortfall(urgency="high", interval_minutes=39)
    assert quantities(parameters, 0, a_parent(2)) == [1, 1]
    assert quantities(parameters, 351, a_parent(2)) == [2]


def test_before_the_trade_it_is_told_what_to_expect() -> None:
    parameters = shortfall(risk_aversion="0.000001", interval_minutes=78)
    expected = estimate(Decimal(10**6), parameters, a_market(**FIGURES))

    assert expected.risk_aversion == pytest.approx(1e-6)
    assert expected.half_life == pytest.approx(1 / expected.kappa)
    assert expected.trajectory[0] == (OPEN, 10**6)
    assert expected.trajectory[-1] == (at(390), 0)
    assert expected.expected_cost is not None and expected.standard_deviation is not None
    assert expected.frontier[0].expected_cost < expected.expected_cost
    assert expected.frontier[0].standard_deviation > expected.standard_deviation
    assert len(expected.frontier) == 7
    assert expected.least_value_at_risk is not None
    assert all(
        expected.least_value_at_risk.value_at_risk <= each.value_at_risk + 1 for each in expected.frontier
    )


def test_without_figures_only_the_trajectory_is_told() -> None:
    expected = estimate(Decimal(1000), shortfall(urgency="high"), a_market(spread=Decimal("0.1")))

    assert expected.kappa == pytest.approx(4)
    assert (expected.expected_cost, expected.risk_aversion, list(expected.frontier)) == (None, None, [])


def test_urgency_or_a_risk_aversion_above_zero() -> None:
    with pytest.raises(InvalidInput, match="not both"):
        shortfall(urgency="low", risk_aversion="0.000001")
    for wrong in ("0", "-1", "1e-6", 1e-6):
        with pytest.raises(ValidationError):
            IS.parameters.model_validate({"risk_aversion": wrong})
    assert IS.venue_terms(a_parent()) == VenueTerms(OrderType.LIMIT, TimeInForce.DAY, Decimal(100))
