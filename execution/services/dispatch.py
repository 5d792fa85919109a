"""Send what is due: plan what is to be planned, claim slices, commit, and only then speak to the venue."""

from datetime import datetime
from uuid import UUID

from execution.services.claim import claim_due
from execution.services.plan_runs import plan_due
from execution.services.submit import submit_all
from execution.venue_access import BREAKER, Venue
from orders.kernel.context import Actor


def dispatch(*, actor: Actor, venue: Venue, market_time: datetime) -> int:
    """Send every slice that is due at `market_time`, in batches; returns how many venue orders were made.

    What is new, or to be looked at again, is planned before. A run that is hindered, and still is when it was planned
    anew, is left until the next time. When the venue does not answer, what is claimed stays for `resolve`, and nothing
    more is claimed now; while its breaker is open nothing is claimed at all: a slice that is only planned can be
    withdrawn at once.
    """
    plan_due(market_time=market_time)
    sent, hindered, left = 0, set[UUID](), set[UUID]()
    while not BREAKER.is_open:
        claim = claim_due(market_time=market_time, passed_over=left)
        if not claim.venue_orders and not claim.hindered:
            break
        left |= hindered & claim.hindered
        hindered |= claim.hindered
        sent += len(claim.venue_orders)
        if claim.venue_orders and not submit_all(actor, venue, claim.venue_orders):
            break
    return sent
