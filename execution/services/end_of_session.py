"""What becomes of an order whose session is over while it is not filled."""

from datetime import datetime

from execution.session import Session, current_or_next_session
from orders.kernel.transactions import step
from orders.models import Order
from orders.selectors import market_now
from orders.terms import SURVIVING


@step
def end_of_session(order: Order, *, closed_at: datetime) -> Session | None:
    """Return the session in which a locked order works on; None where its time in force is over.

    Nothing of it may be live at a venue. That session is the one that is open now or opens next, however long ago
    `closed_at` is: an order does not make up for sessions that nobody swept.
    """
    if order.time_in_force not in SURVIVING:
        return None
    session = current_or_next_session(max(closed_at, market_now()), order.instrument.mic)
    if order.expires_on is not None and order.expires_on < session.day:
        return None
    return session
