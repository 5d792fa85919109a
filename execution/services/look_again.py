"""When an algorithm that is bound to the market looks again at an order, because of what became of its slices."""

from itertools import takewhile

from execution.algorithms import is_bound, known
from execution.algorithms.release import PATIENCE, look_after
from execution.backoff import MOST_ATTEMPTS
from execution.models import Run, VenueOrder
from execution.models.run import RunState
from execution.selectors import progress_of
from execution.venues.protocol import Reason
from orders.kernel.clock import recorded_now
from orders.kernel.moments import parse_moment
from orders.kernel.transactions import step
from orders.models import Order
from orders.selectors import market_now
from orders.states import TERMINAL, OrderStatus


def is_left_to_algorithm(order: Order, run: Run) -> bool:
    """Tell whether what remains of the order is its algorithm's to plan: nobody asked anything, and time is left."""
    is_asked = order.status in (OrderStatus.PENDING_CANCEL, OrderStatus.PENDING_REPLACE)
    if run.state != RunState.WORKING or is_asked or order.status in TERMINAL:
        return False
    return is_bound(run.algorithm, run.algorithm_version)


@step
def look_again(run: Run) -> None:
    """Let the algorithm of a locked run look again where a part of the order is neither planned, live nor filled.

    At once where it waits for its fills and nothing is live, else in a minute. What the venue refused five times in a
    row is a dead letter: the sixth would not fare better.
    """
    progress = progress_of(run)
    if not progress.unplanned_quantity:
        return
    live, now = progress.live_quantity, market_now()
    if not live and parse_moment(run.parameters["end"]) <= now:
        # Its last slices were filled after the end: now it is over.
        run.works_until = min(run.works_until, now)
        _save(run, "works_until")
        return
    if refusals := _refusals_in_a_row(run):
        if len(refusals) == MOST_ATTEMPTS:
            run.dead_lettered_at = recorded_now()
            run.last_error = f"the venue refused {MOST_ATTEMPTS} slices in a row: {refusals[0]}"
            _save(run, "dead_lettered_at", "last_error")
            return
        review_at = now + PATIENCE
    else:
        review_at = look_after(now, follows_fills=_follows_fills(run), is_live=bool(live))
    if run.review_at is None or review_at < run.review_at:
        run.review_at = review_at
        _save(run, "review_at")


def _follows_fills(run: Run) -> bool:
    algorithm = known(run.algorithm, run.algorithm_version)
    return algorithm is not None and algorithm.follows_fills


def _refusals_in_a_row(run: Run) -> list[str]:
    """Return why the venue refused the last ones, newest first, five at most: for what they are, not for the clock."""
    last = VenueOrder.objects.filter(run=run).order_by("-id").values_list("status", "reason")[:MOST_ATTEMPTS]
    refused = takewhile(
        lambda row: row[0] == OrderStatus.REJECTED and row[1] != Reason.MARKET_TIME_WENT_BACK, last
    )
    return [reason for _status, reason in refused]


def _save(run: Run, *fields: str) -> None:
    run.version += 1
    run.save(update_fields=[*fields, "version"])
