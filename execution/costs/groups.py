"""Many orders' costs together: sums, and means weighted by notional with their intervals, by what one asks."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from execution.costs.intervals import Mean, weighted_mean
from execution.costs.measured import Benchmark, Component, Costs, Facts, measure_by_venue
from execution.costs.shortfall import BASIS_POINTS, ZERO


class GroupBy(StrEnum):
    """What orders are put together by."""

    PARENT = "parent"
    ACCOUNT = "account"
    TRADER = "trader"
    ALGORITHM = "algorithm"
    VENUE = "venue"
    DAY = "day"
    MONTH = "month"


_NAMES: Mapping[GroupBy, Callable[[Facts], str]] = {
    GroupBy.PARENT: lambda facts: str(facts.order_id),
    GroupBy.ACCOUNT: lambda facts: facts.account,
    GroupBy.TRADER: lambda facts: facts.trader,
    GroupBy.ALGORITHM: lambda facts: facts.algorithm,
    GroupBy.DAY: lambda facts: f"{facts.placed_at:%Y-%m-%d}",
    GroupBy.MONTH: lambda facts: f"{facts.placed_at:%Y-%m}",
}


@dataclass(frozen=True, slots=True)
class ComparedFills:
    """The fills of `orders` orders against one benchmark: in currency, and the mean in basis points."""

    orders: int
    amount: Decimal
    bps: Mean


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCosts:
    """What the orders of one group in one currency cost.

    `paper_value` is what they were worth when decided, `filled_value` what the fills came to, `components` the parts
    of the shortfall in currency. `total_bps` is weighted by the paper value; `slippage`, `spread_capture` (a share),
    `reversion_bps` and `excess_bps` (slippage against arrival beyond I-Star) by the fills' value, and each is of those
    orders for which it is known, which its `count` tells. `participation` is the fills' share of the market's volume.
    """

    key: str
    name: str
    currency: str
    costs: Sequence[Costs]
    paper_value: Decimal
    filled_value: Decimal
    components: Mapping[Component, Decimal]
    total_bps: Mean
    slippage: Mapping[Benchmark, ComparedFills]
    spread_capture: Mean | None
    reversion_bps: Mean | None
    impact_bps: Mean | None
    excess_bps: Mean | None
    participation: Decimal | None

    @property
    def orders(self) -> int:
        """How many orders, or parts of one at a venue, it has."""
        return len(self.costs)

    @property
    def total(self) -> Decimal:
        """The shortfall in currency."""
        return sum(self.components.values(), ZERO)

    def component_bps(self, component: Component) -> Decimal:
        """Return a part of the shortfall in basis points of the paper value."""
        return self.components[component] / self.paper_value * BASIS_POINTS


def grouped(costs: Iterable[Costs], by: GroupBy) -> list[GroupCosts]:
    """Return the groups by name and currency: amounts of different currencies are never added."""
    groups: defaultdict[tuple[str, str], list[Costs]] = defaultdict(list)
    for each in costs:
        parts = measure_by_venue(each.facts) if by is GroupBy.VENUE else [(_NAMES[by](each.facts), each)]
        for name, part in parts:
            groups[name, part.facts.currency].append(part)
    return [_group(name, currency, of_it) for (name, currency), of_it in sorted(groups.items())]


def _group(name: str, currency: str, costs: Sequence[Costs]) -> GroupCosts:
    papers = [float(each.shortfall.paper_value) for each in costs]
    return GroupCosts(
        key=f"{name}|{currency}",
        name=name,
        currency=currency,
        costs=costs,
        paper_value=sum((each.shortfall.paper_value for each in costs), ZERO),
        filled_value=sum((each.facts.fills.value for each in costs), ZERO),
        components={part: sum((each.component(part) for each in costs), ZERO) for part in Component},
        total_bps=weighted_mean([float(each.total_bps) for each in costs], papers),
        slippage=dict(_compared(costs)),
        spread_capture=_mean(costs, lambda each: each.spread_capture),
        reversion_bps=_mean(costs, lambda each: each.reversion_bps),
        impact_bps=_mean(costs, lambda each: each.impact_bps),
        excess_bps=_mean(costs, _excess_bps),
        participation=_participation(costs),
    )


def _compared(costs: Sequence[Costs]) -> Iterable[tuple[Benchmark, ComparedFills]]:
    for benchmark in Benchmark:
        known = [each for each in costs if benchmark in each.slippage]
        if known:
            slips = [each.slippage[benchmark] for each in known]
            weights = [float(each.facts.fills.value) for each in known]
            mean = weighted_mean([float(each.bps) for each in slips], weights)
            yield benchmark, ComparedFills(len(known), sum((each.amount for each in slips), ZERO), mean)


def _mean(costs: Sequence[Costs], read: Callable[[Costs], Decimal | None]) -> Mean | None:
    known = [
        (float(value), float(each.facts.fills.value)) for each in costs if (value := read(each)) is not None
    ]
    known = [(value, weight) for value, weight in known if weight > 0]
    if not known:
        return None
    values, weights = zip(*known, strict=True)
    return weighted_mean(values, weights)


def _excess_bps(costs: Costs) -> Decimal | None:
    expected = costs.impact_bps
    return None if expected is None else costs.slippage[Benchmark.ARRIVAL].bps - expected


def _participation(costs: Sequence[Costs]) -> Decimal | None:
    known = [each.facts for each in costs if each.participation is not None]
    volume = sum((facts.market_volume for facts in known), ZERO)
    return sum((facts.fills.quantity for facts in known), ZERO) / volume if volume else None
