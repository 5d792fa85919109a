"""Settlement dates by market, cycle and business day, and what of a position has settled."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from orders.positions.holding import Holding
from orders.positions.settlement import CYCLES, MARKETS, Movement, Settled, cycle_days, settled_at
from orders.positions.venue_days import date_at, settlement_date


@pytest.mark.parametrize(
    ("mic", "traded", "settles"),
    [
        ("XNYS", "2013-10-04T16:00:00Z", "2013-10-09"),  # T+3 over a weekend
        ("XNAS", "2017-09-01T15:00:00Z", "2017-09-07"),  # the last day of T+3, Labor Day between
        ("ARCX", "2017-09-05T15:00:00Z", "2017-09-07"),  # the first day of T+2
        ("XNYS", "2024-05-24T15:00:00Z", "2024-05-29"),  # the last day of T+2, Memorial Day between
        ("XNYS", "2024-05-28T15:00:00Z", "2024-05-29"),  # the first day of T+1
        ("IEXG", "2024-07-03T15:00:00Z", "2024-07-05"),  # Independence Day between
        ("XNYS", "2024-05-29T02:00:00Z", "2024-05-29"),  # still the 28th in New York
        ("XNYS", "2024-06-08T15:00:00Z", "2024-06-11"),  # a Saturday: as on Monday
        ("XETR", "2024-03-27T12:00:00Z", "2024-04-02"),  # Good Friday and Easter Monday between
        ("XLON", "2024-03-27T12:00:00Z", "2024-04-02"),
        ("XPAR", "2027-10-08T12:00:00Z", "2027-10-12"),  # the last day of T+2
        ("XPAR", "2027-10-11T12:00:00Z", "2027-10-12"),  # the first day of T+1
        ("XNYS", "2024-12-31T15:00:00Z", "2025-01-02"),  # over the end of the year
    ],
)
def test_a_trade_settles_after_its_markets_cycle_in_business_days(
    mic: str, traded: str, settles: str
) -> None:
    assert settlement_date(mic, datetime.fromisoformat(traded)) == date.fromisoformat(settles)


@pytest.mark.parametrize(("mic", "traded"), [("XXXX", "2024-05-28"), ("XPAR", "2014-10-03")])
def test_where_no_cycle_is_known_no_date_is_guessed(mic: str, traded: str) -> None:
    assert settlement_date(mic, datetime.fromisoformat(f"{traded}T12:00:00Z")) is None
    assert cycle_days(mic, date.fromisoformat(traded)) is None


@pytest.mark.parametrize("mic", MARKETS)
def test_every_market_with_a_cycle_has_a_calendar(mic: str) -> None:
    assert settlement_date(mic, datetime(2024, 6, 17, 12, tzinfo=UTC)) in (
        date(2024, 6, 18),
        date(2024, 6, 19),
    )


def test_cycles_stand_in_the_order_of_their_dates_and_only_get_shorter() -> None:
    for cycles in CYCLES.values():
        assert list(cycles) == sorted(cycles)
        assert [days for _, days in cycles] == sorted((days for _, days in cycles), reverse=True)


def test_the_date_at_a_venue_is_that_of_its_clocks() -> None:
    assert date_at("XNYS", datetime(2024, 5, 29, 2, tzinfo=UTC)) == date(2024, 5, 28)


def test_what_settles_later_than_today_is_unsettled() -> None:
    today = date(2024, 5, 29)
    bought = Movement(bought_quantity=Decimal(10), bought_notional=Decimal(1000))
    sold = Movement(sold_quantity=Decimal(4), sold_notional=Decimal(500))
    holding = Holding(
        bought_quantity=Decimal(10),
        bought_notional=Decimal(1000),
        sold_quantity=Decimal(4),
        sold_notional=Decimal(500),
    )

    found = settled_at(holding, {today: bought, date(2024, 5, 30): sold}, today)

    assert found == Settled(Decimal(10), Decimal(-4), Decimal(-1000), Decimal(500))
    assert settled_at(holding, {None: bought}, today) is None
