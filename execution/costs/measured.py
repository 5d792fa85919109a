"""One order measured: from what is known of it and of the market meanwhile to what it cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from uuid import UUID

from execution.costs.market_impact import market_impact_bps, participation, reversion_bps
from execution.costs.shortfall import ZERO, Shortfall, Slippage, shortfall, slippage
from orders.terms import Side

REVERSION_MINUTES = 5
"""How long after the last fill it is looked whether the price came back."""


class Unmeasured(StrEnum):
    """Why an order is counted and not measured: it never came to the market, has not ended, or nobody knows a price."""

    REFUSED = "refused"
    OPEN = "open"
    NO_PRICE = "no_price"


class Benchmark(StrEnum):
    """What the fills are compared with: the price on arrival, the market's averages meanwhile, the day's close."""

    ARRIVAL = "arrival"
    VWAP = "vwap"
    TWAP = "twap"
    CLOSE = "close"


class Component(StrEnum):
    """The parts of a shortfall, in the order of time."""

    DELAY = "delay"
    TRADING = "trading"
    OPPORTUNITY = "opportunity"
    FEES = "fees"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fills:
    """What was filled, at one venue or at all: units, their value in currency, and how much of the spread they kept.

    `kept_spread` is the sum over the fills of units times share, `quoted_quantity` the units of those fills whose
    quotes are known.
    """

    quantity: Decimal = ZERO
    value: Decimal = ZERO
    kept_spread: Decimal = ZERO
    quoted_quantity: Decimal = ZERO


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of an order that has ended. Moments are market time, prices in `currency`, None where unknown.

    `placed_at` is the decision: an order has no earlier moment here. `arrived_at` is when its first slice was due,
    `ended_at` when the last unit was filled or the rest given up. `market_volume` is what the market traded between
    the two, `average_daily_volume` and `volatility` (of a year, 0.25 for 25 %) are of up to 20 days before,
    `spread_bps` is what was quoted on arrival. `fill_models` names how the venue filled it, not what
    was filled by hand.
    """

    order_id: UUID
    account: str
    trader: str
    algorithm: str
    symbol: str
    currency: str
    side: Side
    placed_at: datetime
    arrived_at: datetime
    ended_at: datetime
    quantity: Decimal
    fills: Fills
    by_venue: Mapping[str, Fills]
    fill_models: Sequence[str]
    decision_price: Decimal
    arrival_price: Decimal
    end_price: Decimal | None
    benchmarks: Mapping[Benchmark, Decimal]
    market_volume: Decimal = ZERO
    average_daily_volume: Decimal | None = None
    volatility: float | None = None
    spread_bps: Decimal | None = None
    price_at_last_fill: Decimal | None = None
    price_afterwards: Decimal | None = None
    fees: Decimal = ZERO


@dataclass(frozen=True)
class Costs:
    """What one order cost: in the currency of its instrument, and in basis points. None is not known."""

    facts: Facts
    shortfall: Shortfall
    slippage: Mapping[Benchmark, Slippage]

    @cached_property
    def total_bps(self) -> Decimal:
        """The shortfall in basis points of what the whole order was worth when it was decided."""
        return self.shortfall.bps(self.shortfall.total)

    def component(self, component: Component) -> Decimal:
        """Return one part of the shortfall, in currency."""
        amount: Decimal = getattr(self.shortfall, component)
        return amount

    def component_bps(self, component: Component) -> Decimal:
        """Return one part of the shortfall, in basis points of the same value."""
        return self.shortfall.bps(self.component(component))

    @cached_property
    def average_price(self) -> Decimal | None:
        """The fills' average, unrounded."""
        fills = self.facts.fills
        return fills.value / fills.quantity if fills.quantity else None

    @cached_property
    def spread_capture(self) -> Decimal | None:
        """How much of the quoted spread the fills kept: 1 at the order's own side, 0 at the other."""
        fills = self.facts.fills
        return fills.kept_spread / fills.quoted_quantity if fills.quoted_quantity else None

    @cached_property
    def reversion_bps(self) -> Decimal | None:
        """How far the price came back in the minutes after the last fill."""
        facts = self.facts
        if facts.price_at_last_fill is None or facts.price_afterwards is None:
            return None
        return reversion_bps(
            facts.side, at_last_fill=facts.price_at_last_fill, afterwards=facts.price_afterwards
        )

    @cached_property
    def participation(self) -> Decimal | None:
        """The fills' share of what the market traded while the order was worked."""
        return participation(self.facts.fills.quantity, self.facts.market_volume) or None

    @cached_property
    def size_share(self) -> Decimal | None:
        """What was filled as a share of the average daily volume."""
        volume = self.facts.average_daily_volume
        return self.facts.fills.quantity / volume if volume and self.facts.fills.quantity else None

    @cached_property
    def impact_bps(self) -> Decimal | None:
        """What I-Star expects fills of this size and pace to cost against arrival."""
        share, pace, volatility = self.size_share, self.participation, self.facts.volatility
        if share is None or pace is None or volatility is None:
            return None
        told = market_impact_bps(
            size_share=float(share), volatility=volatility, participation=min(float(pace), 1.0)
        )
        return Decimal(f"{told:.4f}")


def measure(facts: Facts) -> Costs:
    """Return what the order cost. Raises ValueError for facts that are those of no order (`shortfall`)."""
    fills = facts.fills
    told = shortfall(
        side=facts.side,
        quantity=facts.quantity,
        filled_quantity=fills.quantity,
        filled_value=fills.value,
        decision_price=facts.decision_price,
        arrival_price=facts.arrival_price,
        end_price=facts.end_price,
        fees=facts.fees,
    )
    compared = {**facts.benchmarks, Benchmark.ARRIVAL: facts.arrival_price} if fills.quantity else {}
    return Costs(
        facts,
        told,
        {
            each: slippage(facts.side, fills.quantity, fills.value, compared[each])
            for each in Benchmark
            if each in compared
        },
    )


def measure_by_venue(facts: Facts) -> list[tuple[str, Costs]]:
    """Return by venue what the fills there cost against arrival: neither delay nor opportunity is a venue's doing.

    I-Star is not asked: it tells of a whole order.
    """
    return [
        (
            venue,
            measure(
                replace(
                    facts,
                    quantity=fills.quantity,
                    fills=fills,
                    decision_price=facts.arrival_price,
                    average_daily_volume=None,
                    fees=ZERO,
                )
            ),
        )
        for venue, fills in sorted(facts.by_venue.items())
    ]
