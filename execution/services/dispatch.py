"""Send what is due: plan what is to be planned, claim slices, commit, and only then speak to the venues."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from execution.models import VenueOrder
from execution.services.claim import claim_due
from execution.services.plan_runs import plan_due
from execution.services.submit import submit_all
from execution.venue_access import Venues, answering
from orders.kernel.context import Actor


def dispatch(*, actor: Actor, venues: Venues, market_time: datetime) -> int:
    """Send every slice that is due at `market_time`, in batches; returns how many venue orders were made.

    What is new, or to be looked at again, is planned before. A run that is hindered, and still is when it was planned
    anew, is left until the next time, as is one of which no venue takes what is due. When a venue does not answer, what
    is claimed for it stays for `resolve`, and nothing more is claimed for it until it answers: a slice that is only
    planned may go to the next venue of its rule, and can be withdrawn at once.
    """
    plan_due(market_time=market_time)
    sent, hindered, left = 0, set[UUID](), set[UUID]()
    spoken_to = answering(venues)
    while True:
        claim = claim_due(market_time=market_time, answering=spoken_to, passed_over=left)
        if claim.is_empty:
            break
        left |= (hindered & claim.hindered) | claim.unrouted
        hindered |= claim.hindered
        sent += len(claim.venue_orders)
        for code, venue_orders in _by_venue(claim.venue_orders).items():
            if not submit_all(actor, venues[code], venue_orders):
                spoken_to.discard(code)
    return sent


def _by_venue(venue_orders: Sequence[VenueOrder]) -> dict[str, list[VenueOrder]]:
    found: defaultdict[str, list[VenueOrder]] = defaultdict(list)
    for venue_order in venue_orders:
        found[venue_order.venue].append(venue_order)
    return found
