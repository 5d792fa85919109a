"""What a day lacks is counted against the calendar, and what stands out against the day itself."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from execution.market_data.day_report import DayReport, Gap, Minute, day_report
from execution.session import XNYS, Session, session_on

SESSION = session_on(date(2013, 10, 7), XNYS)
MINUTE = timedelta(minutes=1)
QUIET = [Decimal(100) + Decimal(number % 7 - 3) / 100 for number in range(390)]


def minutes(closes: list[Decimal], session: Session = SESSION) -> list[Minute]:
    return [Minute(session.open + each * MINUTE, close, Decimal(10)) for each, close in enumerate(closes)]


def report(rows: list[Minute]) -> DayReport:
    return day_report(SESSION, rows)


def test_a_whole_quiet_day_has_nothing_to_look_at() -> None:
    told = report(minutes(QUIET))
    assert (told.expected, told.present, told.missing, told.gaps, told.outliers) == (390, 390, 0, (), ())


def test_missing_minutes_are_told_in_runs_and_bars_around_the_session_fill_none() -> None:
    rows = minutes(QUIET)
    around = [
        Minute(SESSION.open - MINUTE, Decimal(100), Decimal(1)),
        Minute(SESSION.close, Decimal(100), Decimal(0)),
    ]
    told = report([around[0], *rows[:10], *rows[13:20], *rows[21:], around[1]])

    at = [row.start for row in rows]
    assert told.gaps == (Gap(at[10], at[12], 3), Gap(at[20], at[20], 1))
    assert (told.missing, told.outside, told.zero_volume) == (4, 2, 0)


def test_a_jump_and_its_return_stand_out_with_their_number() -> None:
    closes = [*QUIET]
    closes[100] = Decimal(110)
    told = report(minutes(closes))

    assert told.outliers is not None
    assert [(each.start, each.close) for each in told.outliers] == [
        (SESSION.open + 100 * MINUTE, Decimal(110)),
        (SESSION.open + 101 * MINUTE, QUIET[101]),
    ]
    assert told.outliers[0].score > 10 > -10 > told.outliers[1].score


def test_where_most_minutes_do_not_move_the_mean_deviation_measures() -> None:
    closes = [Decimal(100)] * 200 + [Decimal("100.01")] * 190
    told = report(minutes(closes))
    assert told.outliers is not None
    assert [each.start for each in told.outliers] == [SESSION.open + 200 * MINUTE]
    assert report(minutes([Decimal(100)] * 390)).outliers == ()


def test_of_few_minutes_nothing_is_told() -> None:
    assert report(minutes(QUIET[:20])).outliers is None
    assert report([]).gaps == (Gap(SESSION.open, SESSION.close - MINUTE, 390),)


def test_a_lunch_break_is_not_missing() -> None:
    noon = datetime(2024, 1, 4, 4, 0, tzinfo=UTC)
    session = Session(date(2024, 1, 4), noon - 3 * MINUTE, noon + 5 * MINUTE, pause=(noon, noon + 2 * MINUTE))
    told = day_report(session, minutes([Decimal(1)], session))
    assert (told.expected, told.present) == (6, 1)
    assert [gap.minutes for gap in told.gaps] == [5]


@given(st.sets(st.integers(0, 389)))
def test_present_and_missing_make_the_day_whatever_is_there(places: set[int]) -> None:
    rows = [row for place, row in enumerate(minutes(QUIET)) if place in places]
    told = report(rows)
    assert told.present == len(places)
    assert told.missing == sum(gap.minutes for gap in told.gaps) == 390 - len(places)
    assert all(gap.last - gap.first == (gap.minutes - 1) * MINUTE for gap in told.gaps)
