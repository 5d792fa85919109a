"""Which market time an event has that is about the machinery."""

from datetime import datetime

from django.core.exceptions import ObjectDoesNotExist

from orders.kernel.clock import recorded_now
from orders.selectors import market_now


def market_moment() -> datetime:
    """Return the market time; recorded time in a database of which nobody has set the market's clock yet."""
    try:
        return market_now()
    except ObjectDoesNotExist:
        return recorded_now()
