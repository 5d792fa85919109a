"""Over which days orders are looked at."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from orders.calendars import market_days
from orders.kernel.errors import InvalidInput
from orders.kernel.moments import first_moment_of
from orders.models import Market
from orders.selectors import market_now
from orders.sizes.asked import Days

MARKET_DAYS = 30
"""How many days are looked at where nobody says otherwise: those on which a market that we know was open."""
MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Span:
    """Days of market time by UTC, both included."""

    first: date
    last: date

    @property
    def begins(self) -> datetime:
        """The market time from which on orders count."""
        return first_moment_of(self.first)

    @property
    def ends(self) -> datetime:
        """The market time before which orders count."""
        return first_moment_of(self.last) + timedelta(days=1)


def span_of(asked: Days) -> Span:
    """Return the days that are asked for: two queries. Raises InvalidInput for none and for too many."""
    today = market_now().astimezone(UTC).date()
    last = min(asked.last_day or today, today)  # of days to come there is nothing to see
    first = asked.first_day or _first_market_day(last)
    if first > last:
        raise _invalid("must not come after the last day")
    if last - first >= timedelta(days=MOST_DAYS):
        raise _invalid(f"must be less than {MOST_DAYS} days before the last day")
    return Span(first, last)


def _first_market_day(last: date) -> date:
    """Return the first of the market days until `last`; without a calendar every day counts as one."""
    mics = Market.objects.order_by("mic").values_list("mic", flat=True)
    days = market_days(mics, last=last, count=MARKET_DAYS)
    return days[0] if days else date.fromordinal(max(last.toordinal() - MARKET_DAYS + 1, 1))


def _invalid(what: str) -> InvalidInput:
    place = {"parameter": "first_day", "detail": what, "code": "days_out_of_order"}
    return InvalidInput(f"the first day {what}", errors=[place])
