"""Which orders cost so much more or less than the others that they stand out, and what made them: in words.

By the modified z-score of the shortfall in basis points, as orders/sizes/outliers.py has it for sizes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from statistics import median

from execution.costs.measured import Component, Costs
from orders.sizes.outliers import FACTOR, FEWEST, THRESHOLD

MOST_NAMED = 20
"""How many outliers are listed, the most extreme first."""


class Verdict(StrEnum):
    """What can be told: nothing of too few, and nothing where most cost the same and MAD is zero."""

    TOO_FEW = "too_few"
    ONE_COST = "one_cost"
    TOLD = "told"


@dataclass(frozen=True, slots=True)
class Reason:
    """A figure of an outlier beside the median of all orders for which it is known, both in `unit`."""

    name: str
    unit: str
    value: float
    median: float

    def __str__(self) -> str:
        return f"{self.name} {self.value:,.1f} {self.unit}, median {self.median:,.1f}"


@dataclass(frozen=True, slots=True)
class Outlier:
    """An order that stands out. The first of `reasons` is the part of its shortfall that makes it so."""

    costs: Costs
    score: float
    reasons: Sequence[Reason]


@dataclass(frozen=True, slots=True)
class Outliers:
    """How many orders stand out, None where that cannot be told, and the most extreme of them."""

    verdict: Verdict
    orders: int
    count: int | None = None
    median_bps: float | None = None
    named: Sequence[Outlier] = ()


_CIRCUMSTANCES: Mapping[str, tuple[str, float, Callable[[Costs], Decimal | None]]] = {
    "spread on arrival": ("bps", 1, lambda each: each.facts.spread_bps),
    "participation": ("% of the volume", 100, lambda each: each.participation),
    "size": ("% of the daily volume", 100, lambda each: each.size_share),
}


def outliers_of(costs: Sequence[Costs]) -> Outliers:
    """Return the orders that stand out against all of `costs`."""
    if len(costs) < FEWEST:
        return Outliers(Verdict.TOO_FEW, len(costs))
    totals = [float(each.total_bps) for each in costs]
    scores = _scores(totals)
    if scores is None:
        return Outliers(Verdict.ONE_COST, len(costs))
    found = sorted(
        (pair for pair in zip(scores, costs, strict=True) if abs(pair[0]) > THRESHOLD),
        key=lambda pair: (-abs(pair[0]), pair[1].facts.order_id),
    )
    explain = _explainer(costs)
    named = [Outlier(each, score, explain(each, score)) for score, each in found[:MOST_NAMED]]
    return Outliers(Verdict.TOLD, len(costs), len(found), median(totals), named)


def _scores(values: Sequence[float]) -> list[float] | None:
    """Return the modified z-scores; None where MAD is zero."""
    middle = median(values)
    spread = median(abs(value - middle) for value in values)
    return [FACTOR * (value - middle) / spread for value in values] if spread else None


def _explainer(costs: Sequence[Costs]) -> Callable[[Costs, float], list[Reason]]:
    usual = {part: median(float(each.component_bps(part)) for each in costs) for part in Component}
    circumstances = {name: dict(_standing_out(name, costs)) for name in _CIRCUMSTANCES}

    def explain(each: Costs, score: float) -> list[Reason]:
        direction = 1 if score > 0 else -1
        bps = {part: float(each.component_bps(part)) for part in Component}
        made_by = max(Component, key=lambda part: direction * (bps[part] - usual[part]))
        reasons = [Reason(made_by, "bps", bps[made_by], usual[made_by])]
        found = (standing.get(id(each)) for standing in circumstances.values())
        return reasons + [reason for reason in found if reason is not None]

    return explain


def _standing_out(name: str, costs: Sequence[Costs]) -> list[tuple[int, Reason]]:
    """Return, by order, where a circumstance is far above the usual."""
    unit, scale, read = _CIRCUMSTANCES[name]
    known = [(each, float(value) * scale) for each in costs if (value := read(each)) is not None]
    values = [value for _each, value in known]
    scores = _scores(values) if len(values) >= FEWEST else None
    usual = median(values) if values else 0.0
    return [
        (id(each), Reason(name, unit, value, usual))
        for (each, value), score in zip(known, scores or (), strict=False)
        if score > THRESHOLD
    ]
