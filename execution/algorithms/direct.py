"""direct: the order goes to the venue as it is, at once."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from execution.algorithms.terms import Asked, IntendedSlice, Market, Parent, Plan, VenueTerms
from orders.terms import DIRECT, SURVIVING, TimeInForce


class DirectParameters(BaseModel):
    """It has none."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Direct:
    """Version 1: one slice, due now, under the order's own type, limit price and time in force."""

    name = DIRECT
    version = 1
    title = "Direct: to the venue as it is, at once"
    is_spread = False
    is_bound = False
    follows_fills = False
    reads_curve = False
    parameters = DirectParameters

    def complete(self, given: DirectParameters, asked: Asked) -> DirectParameters:
        """There is nothing to decide."""
        return given

    def plan(
        self, parent: Parent, parameters: DirectParameters, *, market: Market, market_time: datetime
    ) -> Plan:
        """All of it, from the start."""
        return Plan([IntendedSlice(1, parent.quantity, market_time)])

    def venue_terms(self, parent: Parent) -> VenueTerms:
        """The order's own; one that outlives the session is at the venue for a day at a time."""
        time_in_force = TimeInForce.DAY if parent.time_in_force in SURVIVING else parent.time_in_force
        display = parent.display_quantity
        return VenueTerms(
            parent.type,
            time_in_force,
            parent.limit_price,
            display_quantity=None if display is None else min(display, parent.quantity),
            minimum_quantity=parent.minimum_quantity,
        )
