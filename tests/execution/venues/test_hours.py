"""A venue's own calendar: what is open in London while New York sleeps."""

from datetime import UTC, datetime

import pytest

from execution.venues.hours import is_in_session
from orders.errors import MarketWithoutCalendar
from orders.terms import TimeInForce


@pytest.mark.parametrize(
    ("calendar", "moment", "is_open"),
    [
        ("XLON", "2013-10-04T07:00:00", True),  # eight o'clock in London
        ("XLON", "2013-10-04T06:59:59", False),
        ("XLON", "2013-10-04T15:30:00", False),
        ("XNYS", "2013-10-04T07:00:00", False),
        ("XNYS", "2013-10-04T13:30:00", True),
        ("XNYS", "2013-10-05T15:00:00", False),  # a Saturday
        ("XHKG", "2013-10-04T03:59:59", True),
        ("XHKG", "2013-10-04T04:30:00", False),  # the lunch break
        ("XHKG", "2013-10-04T05:00:00", True),
    ],
)
def test_a_venue_is_in_session_by_its_own_calendar(calendar: str, moment: str, is_open: bool) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)

    assert is_in_session(calendar, at, TimeInForce.DAY) is is_open


@pytest.mark.parametrize(
    ("moment", "takes"),
    [("2013-10-04T12:00:00", True), ("2013-10-04T21:00:00", False), ("2013-10-05T15:00:00", False)],
)
def test_an_order_for_the_opening_auction_is_taken_before_the_open_of_its_day(
    moment: str, takes: bool
) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)

    assert is_in_session("XNYS", at, TimeInForce.OPG) is takes


def test_a_calendar_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(MarketWithoutCalendar):
        is_in_session("ZZZZ", datetime(2013, 10, 4, 15, tzinfo=UTC), TimeInForce.DAY)
