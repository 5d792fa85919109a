"""Speak to the venue about one venue order after the other, for as long as it answers."""

from collections.abc import Callable, Iterable

from execution.models import VenueOrder

FAILURES_IN_A_ROW = 2
"""One lost answer says nothing about the venue; two in a row say that it is away."""


def speak_about(venue_orders: Iterable[VenueOrder], speak: Callable[[VenueOrder], bool]) -> bool:
    """Call `speak` for each, which tells whether the venue answered; False when it is away.

    Those that were not spoken about keep their lease, and are asked about when it is over.
    """
    failures = 0
    for venue_order in venue_orders:
        failures = 0 if speak(venue_order) else failures + 1
        if failures == FAILURES_IN_A_ROW:
            return False
    return True
