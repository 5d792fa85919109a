"""What has been traded, and how a day's volume is usually spread."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from execution.market_data.volume import NO_VOLUME, TradedVolume, VolumeCurve
from execution.market_data.volume_curve import (
    USUAL_SHARES,
    DayType,
    TradedDay,
    day_type,
    days_like,
    volume_curve,
)
from tests.execution.algorithms.samples import (
    MINUTE,
    OPEN,
    SESSION,
    TOKYO,
    a_bar,
    at,
    bars_of,
    session_of,
)

EARLY = session_of(date(2013, 11, 29))
EXPIRY = session_of(date(2013, 12, 20))
REGULAR = SESSION.length


def test_traded_volume_counts_bars_that_have_begun_and_ended_between() -> None:
    traded = TradedVolume(bars_of([1, 2, 4, 8]))

    assert traded.between(OPEN, at(4)) == 15
    assert traded.between(at(0.5), at(3)) == 6
    assert traded.between(at(1), at(2.5)) == 2
    assert traded.between(at(3), at(1)) == 0
    assert NO_VOLUME.between(OPEN, at(390)) == 0


def test_a_curve_is_even_within_a_bin_and_rests_in_the_break() -> None:
    curve = VolumeCurve([Decimal("0.7"), Decimal("0.3")])

    assert curve.share_between(SESSION, OPEN, at(195)) == Decimal("0.7")
    assert curve.share_between(SESSION, at(97.5), SESSION.close) == Decimal("0.65")
    assert curve.share_between(SESSION, at(10), at(5)) == 0
    assert curve.share_between(TOKYO, at(150, TOKYO), at(210, TOKYO)) == 0
    assert sum(USUAL_SHARES.bins) == Decimal("0.998")


@pytest.mark.parametrize(
    ("session", "expected"),
    [
        (SESSION, DayType.REGULAR),
        (EARLY, DayType.EARLY_CLOSE),
        (EXPIRY, DayType.QUARTERLY_EXPIRY),
        (session_of(date(2013, 11, 15)), DayType.REGULAR),  # a third Friday, but of November
        (session_of(date(2013, 12, 13)), DayType.REGULAR),
        (session_of(date(2013, 12, 19)), DayType.REGULAR),
    ],
)
def test_days_are_told_apart_by_how_their_volume_is_spread(session, expected) -> None:  # type: ignore[no-untyped-def]
    assert day_type(session, usual_length=REGULAR) is expected


def test_a_curve_is_made_of_days_of_the_same_type_where_there_are_three() -> None:
    regular = [TradedDay(session_of(date(2013, 10, day)), ()) for day in (1, 2, 3)]
    early = [TradedDay(EARLY, ())]

    assert days_like(SESSION, [*regular, *early]) == regular
    assert days_like(EARLY, [*regular, *early]) == [*regular, *early]


def day(*volumes: int, auction: int = 0) -> TradedDay:
    bars = [
        a_bar(OPEN - MINUTE, 10**6),
        *(a_bar(at(195 * number), volume) for number, volume in enumerate(volumes)),
    ]
    return TradedDay(SESSION, [*bars, a_bar(SESSION.close, auction)])


def test_a_curve_is_the_median_of_the_days_shares() -> None:
    curve = volume_curve([day(60, 40), day(7, 3), day(1, 9), day(0, 0)], bins=2)

    assert curve == VolumeCurve((Decimal("0.6"), Decimal("0.4")), Decimal(0), 3)


def test_the_auction_has_a_share_where_most_days_have_its_print() -> None:
    with_print = volume_curve([day(50, 30, auction=20)] * 2 + [day(50, 50)], bins=2)
    assert with_print is not None
    assert (with_print.bins, with_print.closing_auction) == ((Decimal("0.5"), Decimal("0.3")), Decimal("0.2"))
    without = volume_curve([day(50, 50, auction=20), day(50, 50)], bins=2)
    assert without == VolumeCurve((Decimal("0.5"), Decimal("0.5")), Decimal(0), 2)


def test_without_volume_there_is_no_curve() -> None:
    assert volume_curve([]) is None
    assert volume_curve([day(0, 0)]) is None


def test_bars_are_put_into_bins_by_trading_time() -> None:
    bars = [a_bar(at(149, TOKYO), 1), a_bar(at(210, TOKYO), 3)]
    curve = volume_curve([TradedDay(TOKYO, bars)], bins=2)
    assert curve is not None
    assert curve.bins == (Decimal("0.25"), Decimal("0.75"))
    assert TOKYO.length == timedelta(minutes=300)
