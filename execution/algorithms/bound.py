"""What algorithms that are bound to the market have in common. Pure."""

from execution.algorithms.terms import Parent, VenueTerms
from orders.terms import TimeInForce


class Bound:
    """Several slices, each held against the market when it is due, and day orders at the venue."""

    is_spread = True
    is_bound = True
    follows_fills = False
    reads_curve = False

    def venue_terms(self, parent: Parent) -> VenueTerms:
        """The order's type and limit price; what a slice leaves unfilled stays at the venue for the day."""
        return VenueTerms(parent.type, TimeInForce.DAY, parent.limit_price)
