"""Effective dates that leave some time: looked at when a limit is asked for, and again when it is agreed to."""

from compliance.errors import LimitNeverInForce
from orders.kernel.transactions import step
from orders.selectors import market_now
from orders.services import LimitTerms


@step
def require_time_to_come(terms: LimitTerms) -> None:
    """Raise LimitNeverInForce where no market time that is still to come lies between the effective dates."""
    start, end = terms.effective_from, terms.effective_until
    if end is not None and (end <= market_now() or (start is not None and end <= start)):
        raise LimitNeverInForce("no market time that is still to come lies between the effective dates")
