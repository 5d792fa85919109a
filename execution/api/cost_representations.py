"""Costs as the API tells them."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, Field

from execution.costs.groups import GroupBy, GroupCosts
from execution.costs.intervals import Mean
from execution.costs.measured import Benchmark, Component, Costs, Unmeasured
from orders.kernel.api.paging import Page
from orders.kernel.moments import Moment
from orders.kernel.money import Amount

_HUNDREDTH = Decimal("0.0001")
FEES = "none recorded"


class MeanRepresentation(BaseModel):
    """A weighted mean of `count` values with its 95 % interval: `low` and `high` are null for fewer than 20."""

    count: int
    mean: Amount
    low: Amount | None
    high: Amount | None


class SlippageRepresentation(BaseModel):
    """The fills against one benchmark: a cost is positive, for buys and for sells."""

    orders: int
    amount: Amount = Field(description="in the instrument's currency")
    bps: MeanRepresentation


class GroupCostsRepresentation(BaseModel):
    """What the orders of a group in one currency cost. A figure that nobody knows is null or left out of `slippage`.

    `components` are the parts of the shortfall in currency, `components_bps` of the paper value.
    """

    group: str
    currency: str
    orders: int
    paper_value: Amount
    filled_value: Amount
    shortfall: Amount
    shortfall_bps: MeanRepresentation
    components: dict[Component, Amount]
    components_bps: dict[Component, Amount]
    slippage: dict[Benchmark, SlippageRepresentation]
    spread_capture: MeanRepresentation | None = Field(description="1 at the order's own side, 0 at the other")
    reversion_bps: MeanRepresentation | None
    impact_bps: MeanRepresentation | None = Field(description="what I-Star expects against arrival")
    excess_bps: MeanRepresentation | None = Field(description="slippage against arrival beyond I-Star")
    participation: Amount | None


class CostsPage(Page[GroupCostsRepresentation]):
    """Groups by name and currency. `unmeasured` counts the orders that are in no group, by the reason."""

    first_day: date
    last_day: date
    group_by: GroupBy
    measured: int
    unmeasured: dict[Unmeasured, int]
    fill_models: list[str] = Field(description="how the simulated venue filled: `bar`, `tick`")
    fees: str


class OrderCostsRepresentation(BaseModel):
    """What one order cost; `unmeasured` says why nothing is told, and `costs` is null then."""

    order_id: UUID
    unmeasured: Unmeasured | None
    decided_at: Moment | None
    arrived_at: Moment | None
    ended_at: Moment | None
    decision_price: Amount | None
    arrival_price: Amount | None
    end_price: Amount | None
    costs: GroupCostsRepresentation | None
    fill_models: list[str]
    fees: str


def represent_group(group: GroupCosts) -> GroupCostsRepresentation:
    """Return a group as the API tells it: basis points to hundredths of hundredths."""
    return GroupCostsRepresentation(
        group=group.name,
        currency=group.currency,
        orders=group.orders,
        paper_value=group.paper_value,
        filled_value=group.filled_value,
        shortfall=group.total,
        shortfall_bps=_represent_mean(group.total_bps),
        components=dict(group.components),
        components_bps={part: _rounded(group.component_bps(part)) for part in Component},
        slippage={
            each: SlippageRepresentation(
                orders=found.orders, amount=found.amount, bps=_represent_mean(found.bps)
            )
            for each, found in group.slippage.items()
        },
        spread_capture=_optional(group.spread_capture),
        reversion_bps=_optional(group.reversion_bps),
        impact_bps=_optional(group.impact_bps),
        excess_bps=_optional(group.excess_bps),
        participation=None if group.participation is None else _rounded(group.participation),
    )


def represent_order(
    order_id: UUID, found: Costs | Unmeasured, group: GroupCosts | None
) -> OrderCostsRepresentation:
    """Return what one order cost, which is `group`, or why it is not measured."""
    facts = None if isinstance(found, Unmeasured) else found.facts
    return OrderCostsRepresentation(
        order_id=order_id,
        unmeasured=found if isinstance(found, Unmeasured) else None,
        decided_at=None if facts is None else facts.placed_at,
        arrived_at=None if facts is None else facts.arrived_at,
        ended_at=None if facts is None else facts.ended_at,
        decision_price=None if facts is None else facts.decision_price,
        arrival_price=None if facts is None else facts.arrival_price,
        end_price=None if facts is None else facts.end_price,
        costs=None if group is None else represent_group(group),
        fill_models=[] if facts is None else list(facts.fill_models),
        fees=FEES,
    )


def _optional(mean: Mean | None) -> MeanRepresentation | None:
    return None if mean is None else _represent_mean(mean)


def _represent_mean(mean: Mean) -> MeanRepresentation:
    low, high = (None if end is None else _rounded(end) for end in (mean.low, mean.high))
    return MeanRepresentation(count=mean.count, mean=_rounded(mean.mean), low=low, high=high)


def _rounded(value: float | Decimal) -> Decimal:
    return Decimal(value).quantize(_HUNDREDTH)
