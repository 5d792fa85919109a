"""What of files of bars is a day, and what may be known of one."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from execution.backtest.days import Archive, Day, days_of, merged, why_not_played
from execution.market_data.usual_day import CurveSource
from tests.execution.backtest.samples import bars_of, days, sessions_from

DATES = sessions_from(date(2013, 10, 7), 6)
SPY, IBM = days("SPY", DATES), days("IBM", DATES, day_volume=100_000)


def test_only_days_before_a_day_are_known_of_it() -> None:
    third = SPY[2]
    alone = Archive(SPY[:2]).known(third)

    assert Archive(SPY).known(third) == alone
    other_future = [*SPY[:2], *days("SPY", DATES[2:], seed=9, day_volume=9)]
    assert Archive(other_future).known(third) == alone
    assert alone.average_daily_volume == (SPY[0].volume + SPY[1].volume) / 2
    assert alone.price_before == SPY[1].bars[-1].close


def test_a_day_that_both_files_have_counts_once() -> None:
    both = merged(SPY[:4], SPY[2:])

    assert both.before(SPY[5]) == SPY[:5]
    assert both.known(SPY[5]) == Archive(SPY).known(SPY[5])


def test_own_days_then_pooled_ones_then_the_published_u() -> None:
    both = Archive([*SPY, *IBM])

    sources = [both.known(day).usual_day for day in SPY]
    assert [each.source for each in sources] == [
        CurveSource.PUBLISHED,
        CurveSource.PUBLISHED,
        CurveSource.POOLED,
        CurveSource.OWN,
        CurveSource.OWN,
        CurveSource.OWN,
    ]
    assert [each.curve.days for each in sources] == [0, 0, 4, 3, 4, 5]
    assert Archive(SPY).known(SPY[2]).usual_day.source is CurveSource.PUBLISHED


def test_the_pool_has_the_newest_days_of_others() -> None:
    many = [day for number in range(8) for day in days(f"X{number}", DATES[:3], day_volume=1000 + number)]
    pool = Archive([*many, *SPY]).pool(SPY[3])

    assert "SPY" not in {day.symbol for day in pool}
    assert len(pool) == 20 - 3, "of the newest 20 of any, three are its own"
    assert [day.session.day for day in pool] == sorted((day.session.day for day in pool), reverse=True)


def test_a_holiday_is_no_day_and_a_day_of_a_few_minutes_is_not_played() -> None:
    [bar, *_] = SPY[0].bars
    thanksgiving = replace(bar, start=bar.start + timedelta(days=52))
    found, skipped = days_of([thanksgiving, *SPY[0].bars])

    assert [(each.day, each.reason.split(":")[0]) for each in skipped] == [(date(2013, 11, 28), "no session")]
    assert [why_not_played(day) for day in found] == [None]
    few = Day("SPY", SPY[0].session, SPY[0].minutes[:29])
    assert why_not_played(few) == "29 minutes in the session, fewer than 30"
    silent = Day("SPY", few.session, [replace(bar, volume=Decimal(0)) for bar in SPY[0].minutes])
    assert why_not_played(silent) == "nothing was traded in the session"


def test_a_market_knows_what_has_ended_and_the_price_before() -> None:
    known = Archive(SPY).known(SPY[1])
    opened = known.session.open

    assert known.market(opened).minutes == []
    assert known.market(opened + timedelta(seconds=119)).minutes == SPY[1].minutes[:1]
    first_known = min(bar.end for bar in SPY[1].bars)
    assert known.market(first_known - timedelta(minutes=1)).last_price == SPY[0].bars[-1].close
    assert Archive([]).known(SPY[1]).market(first_known - timedelta(minutes=1)).last_price is None


def test_the_print_after_the_close_is_not_of_the_session() -> None:
    [*_, last] = SPY[0].minutes
    late = replace(last, start=SPY[0].session.close, volume=Decimal(10**9))
    found, _ = days_of([*SPY[0].bars, late])

    assert found[0].volume == SPY[0].volume
    assert found[0].spread.auction == 10**9


def test_early_closes_end_early() -> None:
    [day] = days("SPY", [date(2013, 11, 29)])
    assert (len(day.minutes), day.session.length) == (210, timedelta(hours=3, minutes=30))
    assert bars_of("SPY", [date(2013, 11, 29)])[-1].start > day.session.close
