from datetime import UTC, date, datetime

import pytest

from execution.session import current_or_next_session, in_regular_session, session_on

FRIDAY_OPEN = datetime(2013, 10, 4, 13, 30, tzinfo=UTC)
FRIDAY_CLOSE = datetime(2013, 10, 4, 20, 0, tzinfo=UTC)
MONDAY_OPEN = datetime(2013, 10, 7, 13, 30, tzinfo=UTC)


def test_the_session_is_half_past_nine_to_four_in_new_york() -> None:
    session = session_on(date(2013, 10, 4))
    assert session is not None
    assert (session.open, session.close) == (FRIDAY_OPEN, FRIDAY_CLOSE)


def test_the_session_moves_in_utc_when_the_clocks_change() -> None:
    session = session_on(date(2013, 12, 4))
    assert session is not None
    assert (session.open.hour, session.close.hour) == (14, 21)


def test_there_is_no_session_at_the_weekend() -> None:
    assert session_on(date(2013, 10, 5)) is None
    assert not in_regular_session(FRIDAY_OPEN.replace(day=5))


def test_the_open_belongs_to_the_session_and_the_close_does_not() -> None:
    assert in_regular_session(FRIDAY_OPEN)
    assert not in_regular_session(FRIDAY_CLOSE)


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        (datetime(2013, 10, 4, 8, 0, tzinfo=UTC), FRIDAY_OPEN),
        (FRIDAY_OPEN, FRIDAY_OPEN),
        (datetime(2013, 10, 4, 19, 59, 59, tzinfo=UTC), FRIDAY_OPEN),
        (FRIDAY_CLOSE, MONDAY_OPEN),
        (datetime(2013, 10, 6, 12, 0, tzinfo=UTC), MONDAY_OPEN),
    ],
)
def test_an_order_belongs_to_the_session_that_is_open_or_opens_next(
    moment: datetime, opens: datetime
) -> None:
    assert current_or_next_session(moment).open == opens
