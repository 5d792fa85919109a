"""manual: the desk works the order by hand, and nothing of it goes to a venue of ours."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from execution.algorithms.terms import Asked, Market, Parent, Plan, VenueTerms
from orders.terms import MANUAL


class ManualParameters(BaseModel):
    """It has none."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Manual:
    """Version 1: no slices. What becomes of the order is what the desk answers (orders.services.desk)."""

    name = MANUAL
    version = 1
    title = "Manual: the desk works it by hand and answers for it"
    is_spread = False
    is_bound = False
    follows_fills = False
    reads_curve = False
    parameters = ManualParameters

    def complete(self, given: ManualParameters, asked: Asked) -> ManualParameters:
        """There is nothing to decide."""
        return given

    def plan(
        self, parent: Parent, parameters: ManualParameters, *, market: Market, market_time: datetime
    ) -> Plan:
        """Nothing, ever: the order has no run."""
        return Plan()

    def venue_terms(self, parent: Parent) -> VenueTerms:
        """The order's own, which the desk takes where it likes."""
        return VenueTerms(parent.type, parent.time_in_force, parent.limit_price)
