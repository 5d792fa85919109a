"""is: as fast as the risk of waiting is worth, against the price on arrival (implementation shortfall)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import Field

from execution.algorithms import almgren_chriss as ac
from execution.algorithms.bound import Bound
from execution.algorithms.pacing import paced, slots
from execution.algorithms.risk_aversion import RiskAversion
from execution.algorithms.scheduled import ScheduledParameters
from execution.algorithms.situation import Situation
from execution.algorithms.terms import POINTER, Asked, Market, Parent, Plan, invalid
from execution.algorithms.working import completed
from execution.session import Session

Urgency = Literal["low", "medium", "high"]
URGENCY = {"low": 1.0, "medium": 2.0, "high": 4.0}
"""kappa T: a half-life of the whole time, of a half or of a quarter of it."""
DEFAULT_URGENCY: Urgency = "medium"
FRONTIER = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""kappa T of the points of the efficient frontier that are shown, after the straight line."""


class ShortfallParameters(ScheduledParameters):
    """When to work, and how urgently. Times are market times."""

    urgency: Urgency | None = Field(
        default=None, description="How much of it comes early; medium when nothing is given."
    )
    risk_aversion: RiskAversion | None = Field(
        default=None,
        description="Instead of urgency: lambda per unit of currency. Taken for medium where spread, volume or "
        "volatility of the instrument are not known.",
    )

    def boundaries(self, market: Market) -> list[float]:
        """Return when the slots begin and the last ends, in days of trading from the start."""
        start, end = self.span
        return [_days(market.session, start, moment) for moment in (*self.grid(market), end)]

    def kappa(self, market: Market) -> float:
        """Return the urgency in which it is traded, per day of trading."""
        days, impact = self.boundaries(market)[-1], impact_of(market)
        if self.risk_aversion is None or impact is None:
            return URGENCY[self.urgency or DEFAULT_URGENCY] / days
        return ac.kappa(self.sale(Decimal(1), market, impact), float(self.risk_aversion)).real

    def sale(self, quantity: Decimal, market: Market, impact: ac.Impact) -> ac.Sale:
        """Return what the model is asked about: the quantity over the slots."""
        *slots_, end = self.boundaries(market)
        return ac.Sale(quantity=float(quantity), days=end, periods=len(slots_), impact=impact)


def impact_of(market: Market) -> ac.Impact | None:
    """Return the impact as the paper calibrates it; None where a figure is not known or zero."""
    if not (market.spread and market.average_daily_volume and market.daily_volatility):
        return None
    return ac.calibrated(
        spread=float(market.spread),
        average_daily_volume=float(market.average_daily_volume),
        daily_volatility=float(market.daily_volatility),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What is known of a trade before it: floats, for they are estimates. Costs in the instrument's currency.

    `kappa` per day of trading, `half_life` in such days (infinite for a straight line); `trajectory` what is still held
    when each slot begins and at the end, in units. What follows needs the instrument's figures and is None or empty
    without them: `risk_aversion` (lambda), the `expected_cost` against the price on arrival and its
    `standard_deviation`, the efficient `frontier` and its point of `least_value_at_risk`.
    """

    kappa: float
    half_life: float
    trajectory: Sequence[tuple[datetime, float]]
    risk_aversion: float | None = None
    expected_cost: float | None = None
    standard_deviation: float | None = None
    frontier: Sequence[ac.Point] = ()
    least_value_at_risk: ac.Point | None = None


def estimate(quantity: Decimal, parameters: ShortfallParameters, market: Market) -> Estimate:
    """Return what working `quantity` units by completed parameters is expected to cost, at which risk."""
    kappa, impact = parameters.kappa(market), impact_of(market)
    shares = ac.left_shares(kappa, parameters.boundaries(market))
    moments = [*parameters.grid(market), parameters.span[1]]
    trajectory = [(moment, share * float(quantity)) for moment, share in zip(moments, shares, strict=True)]
    if impact is None:
        return Estimate(kappa=kappa, half_life=ac.half_life(kappa), trajectory=trajectory)
    sale = parameters.sale(quantity, market, impact)
    here = ac.point(sale, ac.risk_aversion_of(sale, kappa))
    aversions = [ac.risk_aversion_of(sale, each / sale.days) for each in FRONTIER]
    return Estimate(
        kappa=kappa,
        half_life=ac.half_life(kappa),
        trajectory=trajectory,
        risk_aversion=here.risk_aversion,
        expected_cost=here.expected_cost,
        standard_deviation=here.standard_deviation,
        frontier=ac.efficient_frontier(sale, [0.0, *aversions]),
        least_value_at_risk=ac.least_value_at_risk(sale),
    )


def _days(session: Session, start: datetime, moment: datetime) -> float:
    return session.trading_time(start, moment) / session.length


class ImplementationShortfall(Bound):
    """Version 1: most of it early, by Almgren and Chriss's trajectory; what remains is spread by the same rule."""

    name = "is"
    version = 1
    title = "Implementation shortfall: early, as far as the risk of waiting is worth the haste"
    parameters = ShortfallParameters

    def complete(self, given: ShortfallParameters, asked: Asked) -> ShortfallParameters:
        """Decide start, end, urgency and seed. Raises InvalidInput for what does not fit the order."""
        if given.urgency is not None and given.risk_aversion is not None:
            raise invalid(f"{POINTER}/risk_aversion", "give urgency or risk_aversion, not both")
        decided = completed(given, asked)
        if decided.risk_aversion is not None:
            return decided
        return decided.model_copy(update={"urgency": decided.urgency or DEFAULT_URGENCY})

    def plan(
        self, parent: Parent, parameters: ShortfallParameters, *, market: Market, market_time: datetime
    ) -> Plan:
        """Give every slot what the trajectory has for it; what is late is spread over all slots that remain."""
        now = Situation(parent, parameters, market, market_time)
        shares = ac.period_weights(parameters.kappa(market), parameters.boundaries(market))
        weights = parameters.varied_weights([Decimal(max(share, 0.0)) for share in shares])
        schedule = slots(parent, now.minimum, parameters.moments(market), weights)
        return paced(now, schedule, self.venue_terms(parent), is_memoryless=True)
