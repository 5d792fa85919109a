"""What the API tells of the plan for an order that is not placed."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from execution.algorithms import IntendedSlice, VenueTerms, Why
from execution.estimates import Cost, CostEstimate
from execution.services.plan_order import OrderPlan
from orders.kernel.money import Amount
from orders.terms import OrderType, TimeInForce


class PlannedSliceRepresentation(BaseModel):
    """A part of the order, when it would fall due (market time), and its terms at the venue."""

    number: int
    due_at: datetime
    quantity: Amount
    type: OrderType
    time_in_force: TimeInForce
    limit_price: Amount | None
    display_quantity: Amount | None
    minimum_quantity: Amount | None


class CostRepresentation(BaseModel):
    """A cost against the last price, with its risk; `_bps` are basis points of the order's value at that price."""

    urgency: str | None = Field(description="the word for it, where there is one")
    risk_aversion: Amount = Field(description="lambda, per unit of the instrument's currency")
    expected_cost: Amount
    standard_deviation: Amount
    value_at_risk: Amount = Field(description="liquidity-adjusted, at 95 %: E + 1.645 standard deviations")
    expected_cost_bps: Amount | None
    standard_deviation_bps: Amount | None
    value_at_risk_bps: Amount | None


class HeldRepresentation(BaseModel):
    """What is still to be traded at a market time."""

    at: datetime
    quantity: Amount


class EstimateRepresentation(BaseModel):
    """The trade by the model of Almgren and Chriss (2000). A day is a session of trading.

    The impact is calibrated as in the paper, on spread, average daily volume and volatility.
    """

    kappa_per_day: Amount
    half_life_days: Amount | None = Field(description="null for a straight line")
    trajectory: list[HeldRepresentation]
    chosen: CostRepresentation | None = Field(description="null where `unknown` says why")
    frontier: list[CostRepresentation] = Field(description="the efficient frontier, from patience to haste")
    least_value_at_risk: CostRepresentation | None = Field(
        description="the point of the frontier where it is least"
    )
    unknown: str | None = Field(description="why there are no costs, where there are none")


class PlanRepresentation(BaseModel):
    """What would be done with the order. Nothing is kept: the same question a minute later has another answer."""

    algorithm: str
    version: int
    parameters: dict[str, Any] = Field(description="with everything decided that was left open")
    quantity: Amount
    currency: str
    market_time: datetime
    last_price: Amount | None
    works_until: datetime = Field(description="from when on nothing would be sent (market time)")
    slices: list[PlannedSliceRepresentation]
    unplanned_quantity: Amount = Field(description="what the algorithm decides later, when it looks again")
    why: Why | None = Field(description="null where nothing is planned yet")
    review_at: datetime | None = Field(description="when the algorithm would look again (market time)")
    waits: str | None = Field(description="why nothing is planned yet, where that is so")
    estimate: EstimateRepresentation | None = Field(description="of implementation shortfall alone")


def represent_plan(planned: OrderPlan) -> PlanRepresentation:
    """Return what the API tells of a plan."""
    order, instruction = planned.order, planned.order.instruction
    slices = [_slice(each, terms) for each, terms in planned.slices]
    return PlanRepresentation(
        algorithm=instruction["name"],
        version=instruction["version"],
        parameters=instruction["parameters"],
        quantity=order.quantity,
        currency=order.instrument.currency,
        market_time=order.market_time,
        last_price=planned.market.last_price,
        works_until=planned.works_until,
        slices=slices,
        unplanned_quantity=planned.unplanned_quantity,
        why=None if planned.waits else planned.plan.why,
        review_at=planned.plan.review_at,
        waits=planned.waits,
        estimate=None if planned.estimate is None else _estimate(planned.estimate),
    )


def _slice(each: IntendedSlice, terms: VenueTerms) -> PlannedSliceRepresentation:
    return PlannedSliceRepresentation(
        number=each.number,
        due_at=each.due_at,
        quantity=each.quantity,
        type=terms.type,
        time_in_force=terms.time_in_force,
        limit_price=terms.limit_price,
        display_quantity=terms.display_quantity,
        minimum_quantity=terms.minimum_quantity,
    )


def _estimate(told: CostEstimate) -> EstimateRepresentation:
    least = told.least_value_at_risk
    return EstimateRepresentation(
        kappa_per_day=told.kappa_per_day,
        half_life_days=told.half_life_days,
        trajectory=[HeldRepresentation(at=moment, quantity=held) for moment, held in told.trajectory],
        chosen=None if told.chosen is None else _cost(told.chosen),
        frontier=[_cost(each) for each in told.frontier],
        least_value_at_risk=None if least is None else _cost(least),
        unknown=told.why_unknown,
    )


def _cost(cost: Cost) -> CostRepresentation:
    return CostRepresentation(
        urgency=cost.urgency,
        risk_aversion=cost.risk_aversion,
        expected_cost=cost.expected,
        standard_deviation=cost.standard_deviation,
        value_at_risk=cost.value_at_risk,
        expected_cost_bps=cost.expected_bps,
        standard_deviation_bps=cost.standard_deviation_bps,
        value_at_risk_bps=cost.value_at_risk_bps,
    )
