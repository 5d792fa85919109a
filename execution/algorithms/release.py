"""Whether slices that have fallen due may go as they are, or the run has to be planned anew first, and when. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from execution.algorithms.situation import Situation
from execution.algorithms.terms import IntendedSlice, Market, Parent, Why
from execution.algorithms.working import WorkingParameters

PATIENCE = timedelta(minutes=1)
"""So long (market time) a run waits before it plans what ended unfilled at the venue."""


def look_after(market_time: datetime, *, follows_fills: bool, is_live: bool) -> datetime:
    """Return when an algorithm looks again after a slice has ended at the venue and a part is not planned.

    At once where it waits for its fills and nothing is live, else in a minute.
    """
    return market_time if follows_fills and not is_live else market_time + PATIENCE


def hindrance(
    due: Sequence[IntendedSlice],
    parent: Parent,
    parameters: WorkingParameters,
    *,
    market: Market,
    market_time: datetime,
) -> Why | None:
    """Return why the due slices (at least one) of a run may not go as they are; None where they may.

    `parent` is the order as it is now: the due slices are part of `parent.quantity`. What a plan made at the same
    moment with the same market has due is never hindered, so planning anew once is enough. Several that are due at once
    are never sent as they are: only a new plan knows what the schedule had for its slots, and collapses them into one
    bounded slice.
    """
    now = Situation(parent, parameters, market, market_time)
    quantity = sum((each.quantity for each in due), Decimal(0))
    if now.is_over:
        return Why.TIME_OVER
    if len(due) > 1 or not now.is_open:
        return Why.BEHIND_SCHEDULE
    if quantity > parent.quantity:
        return Why.ON_SCHEDULE
    if now.is_completing and not now.is_beyond_limit and quantity == parent.quantity:
        return None
    return _forbidden(now, due[0])


def _forbidden(now: Situation, due: IntendedSlice) -> Why | None:
    if now.is_beyond_limit:
        return Why.PRICE_BEYOND_LIMIT
    if now.is_would_price_reached != now.is_would_slice(due):
        return Why.WOULD_PRICE
    if now.allowance is not None and due.quantity > now.allowance:
        return Why.PARTICIPATION_CAP
    return None
