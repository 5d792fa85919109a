"""Sessions against what the exchanges published."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest

from execution.session import XNYS, current_or_next_session, in_regular_session, session_on
from orders.errors import MarketWithoutCalendar

FRIDAY_OPEN = datetime(2013, 10, 4, 13, 30, tzinfo=UTC)
FRIDAY_CLOSE = datetime(2013, 10, 4, 20, 0, tzinfo=UTC)
MONDAY_OPEN = datetime(2013, 10, 7, 13, 30, tzinfo=UTC)


def hours(mic: str, day: date) -> tuple[str, str] | None:
    session = session_on(day, mic)
    return session and (f"{session.open:%H:%M}", f"{session.close:%H:%M}")


@pytest.mark.parametrize(
    ("mic", "day", "utc"),
    [
        ("XNYS", date(2013, 10, 4), ("13:30", "20:00")),
        ("XNYS", date(2013, 12, 4), ("14:30", "21:00")),  # the clocks have changed
        ("XNYS", date(2016, 1, 4), ("14:30", "21:00")),
        ("XNYS", date(2024, 7, 3), ("13:30", "17:00")),  # early close at 13:00 in New York
        ("XNYS", date(2024, 11, 29), ("14:30", "18:00")),  # the day after Thanksgiving
        ("XNYS", date(2024, 7, 4), None),  # Independence Day
        ("XNYS", date(2025, 1, 9), None),  # mourning for President Carter
        ("XNYS", date(2012, 10, 29), None),  # Hurricane Sandy
        ("XNYS", date(2013, 10, 5), None),  # Saturday
        ("ARCX", date(2024, 7, 3), ("13:30", "17:00")),
        ("XNAS", date(2024, 7, 4), None),
        ("XXXX", date(2024, 7, 3), ("13:30", "17:00")),  # no market: files of bars are New York's
        ("XLON", date(2024, 12, 24), ("08:00", "12:30")),
        ("XLON", date(2024, 12, 26), None),  # Boxing Day
        ("XLON", date(2024, 7, 4), ("07:00", "15:30")),
        ("XETR", date(2024, 12, 23), ("08:00", "16:30")),
        ("XETR", date(2024, 12, 24), None),
        ("XETR", date(2024, 7, 4), ("07:00", "15:30")),
    ],
)
def test_sessions_are_those_that_the_exchange_published(
    mic: str, day: date, utc: tuple[str, str] | None
) -> None:
    assert hours(mic, day) == utc


def test_a_session_knows_its_day_and_its_auctions() -> None:
    session = session_on(date(2024, 7, 3), XNYS)
    assert session is not None
    assert session.day == date(2024, 7, 3)
    assert session.opening_auction == datetime(2024, 7, 3, 13, 30, tzinfo=UTC)
    assert session.closing_auction == datetime(2024, 7, 3, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("mic", "day", "pause"),
    [
        ("XNYS", date(2024, 1, 4), None),
        ("XTKS", date(2024, 1, 4), ("02:30", "03:30")),
        ("XHKG", date(2024, 1, 4), ("04:00", "05:00")),
        ("XHKG", date(2024, 12, 24), None),  # Christmas Eve is a morning
    ],
)
def test_lunch_breaks_are_those_that_the_exchange_published(
    mic: str, day: date, pause: tuple[str, str] | None
) -> None:
    session = session_on(day, mic)
    assert session is not None
    assert (session.pause and tuple(f"{each:%H:%M}" for each in session.pause)) == pause


def test_trading_time_does_not_count_the_lunch_break() -> None:
    session = session_on(date(2024, 1, 4), "XTKS")
    assert session is not None
    paused, resumed = datetime(2024, 1, 4, 2, 30, tzinfo=UTC), datetime(2024, 1, 4, 3, 30, tzinfo=UTC)
    hour, minute = timedelta(hours=1), timedelta(minutes=1)

    assert session.length == 5 * hour
    assert session.trading_time(paused - minute, resumed + minute) == 2 * minute
    assert session.trading_time(paused + minute, resumed - minute) == timedelta(0)
    assert session.trading_time(session.open, session.open - minute) == timedelta(0)
    assert session.after(session.open, 3 * hour) == session.open + 4 * hour
    assert session.after(paused - minute, minute) == resumed
    assert session.after(paused) == session.after(paused + minute) == resumed
    assert session.after(resumed, minute) == resumed + minute


def test_the_open_belongs_to_the_session_and_the_close_does_not() -> None:
    assert in_regular_session(FRIDAY_OPEN, XNYS)
    assert not in_regular_session(FRIDAY_CLOSE, XNYS)
    assert not in_regular_session(FRIDAY_OPEN + timedelta(days=1), XNYS)


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        (datetime(2013, 10, 4, 8, 0, tzinfo=UTC), FRIDAY_OPEN),
        (FRIDAY_OPEN, FRIDAY_OPEN),
        (datetime(2013, 10, 4, 19, 59, 59, tzinfo=UTC), FRIDAY_OPEN),
        (FRIDAY_CLOSE, MONDAY_OPEN),
        (datetime(2013, 10, 6, 12, 0, tzinfo=UTC), MONDAY_OPEN),
        (datetime(2024, 7, 3, 17, 0, tzinfo=UTC), datetime(2024, 7, 5, 13, 30, tzinfo=UTC)),
    ],
)
def test_an_order_belongs_to_the_session_that_is_open_or_opens_next(
    moment: datetime, opens: datetime
) -> None:
    assert current_or_next_session(moment, XNYS).open == opens


def test_a_session_of_futures_that_began_on_the_evening_before_is_open() -> None:
    evening = datetime(2024, 1, 3, 0, 0, tzinfo=UTC)  # 18:00 in Chicago on the 2nd
    assert in_regular_session(evening, "CMES")
    assert current_or_next_session(evening, "CMES").day == date(2024, 1, 3)


def test_a_market_without_a_calendar_is_refused_by_name() -> None:
    with pytest.raises(MarketWithoutCalendar, match="XQQQ"):
        session_on(date(2024, 1, 2), "XQQQ")


@pytest.mark.parametrize(("mic", "year"), [("XNYS", 1885), ("XNYS", 2400), ("XTKS", 1991)])
def test_outside_the_years_that_a_calendar_knows_there_is_no_session(mic: str, year: int) -> None:
    assert session_on(date(year, 6, 3), mic) is None
    with pytest.raises(MarketWithoutCalendar, match="no session"):
        current_or_next_session(datetime(year, 6, 3, tzinfo=UTC), mic)


def test_a_process_that_asks_for_no_session_loads_no_calendars() -> None:
    program = "import sys, execution.session; print('pandas' in sys.modules)"
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == "False"
