"""What an admission may know of a market: each figure beside a reckoning of its own from the rows."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from execution.market_data.bars import Bar as MinuteBar
from execution.market_data.generator import trading_day
from execution.market_data.quotes import Quote
from execution.market_figures import FIGURES, market_figures
from execution.services.market_data import load_bars, load_quotes
from execution.session import XNYS, session_on
from orders.errors import MarketWithoutCalendar
from orders.hooks import hooks
from orders.risk.figures import MarketFigures
from tests.execution.market import load_day, session
from tests.world import LAST_PRICE, NOON, SETUP, World

FRIDAY, MONDAY = date(2013, 10, 4), date(2013, 10, 7)
OPEN = datetime(2013, 10, 7, 13, 30, tzinfo=UTC)


def at(moment: datetime, world: World, **asked: object) -> MarketFigures:
    """All figures of the world's instrument, or those asked for, as they are known at `moment`."""
    return market_figures(
        **{
            "instrument_id": world.instrument.pk,
            "mic": world.instrument.mic,
            "market_time": moment,
            "wanted": FIGURES,
            **asked,
        }  # type: ignore[arg-type]
    )


def bar(start: datetime, price: str, volume: int = 100, *, spread: str = "1") -> MinuteBar:
    """A minute around `price` whose typical price is not its close."""
    middle, away = Decimal(price), Decimal(spread)
    return MinuteBar("SPY", start, middle, middle + away, middle - away, middle, Decimal(volume))


def load_quote(moment: datetime, bid: str, ask: str) -> None:
    load_quotes(actor=SETUP, quotes=[Quote("SPY", moment, Decimal(bid), Decimal(ask))])


def test_an_instrument_of_which_nothing_is_known_has_no_figures_but_its_session(world: World) -> None:
    long_ago = datetime(2013, 6, 3, 13, 0, tzinfo=UTC)

    assert at(long_ago, world) == MarketFigures(session_opens_in_s=Decimal(1800))


def test_only_what_is_wanted_is_read_and_the_last_price_always(world: World) -> None:
    load_quote(NOON, "99", "101")

    for name in FIGURES:
        known = {
            key
            for key, value in asdict(at(NOON, world, wanted=frozenset({name}))).items()
            if value is not None
        }
        assert known <= {"last", name}
        assert "last" in known


def test_all_figures_are_one_statement_whose_parts_are_those_wanted(world: World) -> None:
    with CaptureQueriesContext(connection) as captured:
        at(NOON, world)
        at(NOON, world, wanted=frozenset())

    everything, last_alone = (query["sql"] for query in captured.captured_queries)
    assert "execution_quote" in everything
    assert "execution_dailybar" in everything
    assert last_alone.count("SELECT") == 2


def test_a_figure_that_nobody_knows_is_a_mistake_of_the_asker(world: World) -> None:
    with pytest.raises(KeyError):
        at(NOON, world, wanted=frozenset({"spread"}))


def test_the_last_price_is_the_close_of_a_bar_that_has_ended(world: World) -> None:
    load_bars(actor=SETUP, bars=[bar(OPEN, "101")])
    ended = OPEN + timedelta(minutes=1)

    assert at(ended - timedelta(microseconds=1), world).last == LAST_PRICE
    assert at(ended, world).last == Decimal(101)


def test_the_mid_is_that_of_the_newest_quote_at_or_before_the_moment(world: World) -> None:
    load_quote(NOON, "99.99", "100")
    load_quote(NOON + timedelta(microseconds=1), "50", "60")

    assert at(NOON, world).mid == Decimal("99.995")
    assert at(NOON + timedelta(microseconds=1), world).mid == Decimal(55)
    assert at(NOON - timedelta(microseconds=1), world).mid is None


def test_a_quote_is_good_for_sixty_seconds_of_market_time(world: World) -> None:
    load_quote(NOON, "99", "101")
    minute = timedelta(seconds=60)

    assert at(NOON + minute, world).mid == Decimal(100)
    assert at(NOON + minute + timedelta(microseconds=1), world).mid is None


def test_the_middle_of_the_largest_prices_is_exact(world: World) -> None:
    load_quote(NOON, "999999999999.00000001", "999999999999.00000002")

    assert at(NOON, world).mid == Decimal("999999999999.000000015")


def test_the_window_is_of_the_bars_that_ended_in_the_last_five_minutes(world: World) -> None:
    bars = [
        bar(OPEN + timedelta(minutes=minute), str(100 + minute), 10 * (minute + 1)) for minute in range(8)
    ]
    load_bars(actor=SETUP, bars=bars)
    moment = OPEN + timedelta(minutes=7)

    def naive(window: Iterable[MinuteBar]) -> Decimal:
        rows = list(window)
        value = sum((each.typical_price * each.volume for each in rows), Decimal(0))
        return (value / sum(each.volume for each in rows)).quantize(Decimal("0.00000001"))

    assert at(moment, world).window_average == naive(bars[2:7])
    # A bar has ended at its end and not before; the oldest drops out with the fifth minute after its end.
    assert at(moment - timedelta(microseconds=1), world).window_average == naive(bars[1:6])
    assert at(moment + timedelta(seconds=59), world).window_average == naive(bars[2:7])


def test_a_window_without_volume_has_no_average(world: World) -> None:
    load_bars(actor=SETUP, bars=[bar(OPEN, "100", 0)])

    assert at(OPEN + timedelta(minutes=1), world).window_average is None


def test_the_days_before_count_and_the_day_that_is_traded_does_not(world: World) -> None:
    load_bars(actor=SETUP, bars=[bar(OPEN, "110", 700), bar(OPEN + timedelta(minutes=1), "120", 500)])
    tuesday = OPEN + timedelta(days=1)
    load_bars(actor=SETUP, bars=[bar(tuesday, "130", 100)])

    during = at(tuesday + timedelta(hours=1), world)

    assert (during.previous_close, during.average_daily_volume) == (Decimal(120), Decimal(1200))


def test_after_the_close_the_day_that_is_over_is_the_previous_one(world: World) -> None:
    load_bars(actor=SETUP, bars=[bar(OPEN, "110", 700)])
    close = session().close

    before_close = at(close - timedelta(microseconds=1), world)
    after_close = at(close, world)

    assert (before_close.previous_close, before_close.average_daily_volume) == (None, None)
    assert (after_close.previous_close, after_close.average_daily_volume) == (Decimal(110), Decimal(700))


def test_the_average_volume_is_of_twenty_days_at_most(world: World) -> None:
    days = (date(2013, 9, 2) + timedelta(days=number) for number in range(40))
    sessions = [hours for day in days if (hours := session_on(day, XNYS)) and day != FRIDAY]
    bars = [bar(hours.open, "100", 1000 * (number + 1)) for number, hours in enumerate(sessions)]
    load_bars(actor=SETUP, bars=bars)
    volumes = [each.volume for each in bars]

    assert len(sessions) > 24
    assert at(sessions[3].open, world).average_daily_volume == sum(volumes[:3]) / 3
    assert at(sessions[22].open, world).average_daily_volume == sum(volumes[2:22]) / 20


def test_minutes_before_and_after_the_session_are_no_part_of_its_day(world: World) -> None:
    hours = session()
    load_bars(
        actor=SETUP,
        bars=[
            bar(hours.open - timedelta(minutes=1), "90", 5),
            bar(hours.open, "100", 7),
            bar(hours.close - timedelta(minutes=1), "101", 11),
            bar(hours.close, "150", 13),
        ],
    )

    found = at(hours.close, world)

    assert (found.previous_close, found.average_daily_volume) == (Decimal(101), Decimal(18))


def test_the_session_is_open_or_so_many_seconds_away(world: World) -> None:
    hours = session()
    opens_in = lambda moment, **asked: at(moment, world, **asked).session_opens_in_s  # noqa: E731

    assert opens_in(hours.open - timedelta(milliseconds=1500)) == Decimal("1.5")
    assert opens_in(hours.open) == 0
    assert opens_in(hours.close - timedelta(microseconds=1)) == 0
    assert opens_in(hours.close) == Decimal(17 * 3600 + 30 * 60)
    assert opens_in(hours.open, effective_at=hours.close) == Decimal(24 * 3600)
    assert opens_in(hours.open, effective_at=hours.open + timedelta(hours=1)) == 0


def test_a_market_without_a_calendar_still_has_a_last_price(world: World) -> None:
    assert at(NOON, world, mic="XNON", wanted=frozenset({"mid"})).last == LAST_PRICE
    for name in ("previous_close", "average_daily_volume", "session_opens_in_s"):
        with pytest.raises(MarketWithoutCalendar):
            at(NOON, world, mic="XNON", wanted=frozenset({name}))


def test_admission_reads_them_through_its_hook() -> None:
    assert hooks.market_figures is market_figures


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    minutes=st.sets(st.integers(-20, 410), min_size=1, max_size=12),
    quotes=st.dictionaries(st.integers(-120, 24_000), st.integers(1, 400), max_size=8),
    second=st.integers(-1800, 26_000),
    data=st.data(),
)
def test_all_of_them_agree_with_a_reckoning_from_the_rows(
    world: World, minutes: set[int], quotes: dict[int, int], second: int, data: st.DataObject
) -> None:
    """Rolled back after each example, so that the next one begins with an empty market."""
    price = st.integers(2, 300)
    bars = [
        bar(OPEN + timedelta(minutes=minute), str(data.draw(price)), data.draw(st.integers(0, 50)))
        for minute in sorted(minutes)
    ]
    shown = [
        Quote("SPY", OPEN + timedelta(seconds=moment), Decimal(bid), Decimal(bid + 1))
        for moment, bid in quotes.items()
    ]
    moment = OPEN + timedelta(seconds=second)
    mark = transaction.savepoint()
    try:
        load_bars(actor=SETUP, bars=bars)
        if shown:
            load_quotes(actor=SETUP, quotes=shown)
        assert at(moment, world) == naive_figures(bars, shown, moment)
    finally:
        transaction.savepoint_rollback(mark)


def naive_figures(bars: list[MinuteBar], quotes: list[Quote], moment: datetime) -> MarketFigures:
    """The same by Python, from all rows: the world's own price of Friday noon is there before them."""
    ended = [each for each in bars if each.end <= moment]
    recent = [each for each in ended if moment - each.end < timedelta(minutes=5)]
    traded = sum((each.volume for each in recent), Decimal(0))
    value = sum(((each.high + each.low + each.close) / 3 * each.volume for each in recent), Decimal(0))
    alive = [each for each in quotes if timedelta(0) <= moment - each.at <= timedelta(seconds=60)]
    hours = session()
    inside = [each for each in bars if hours.open <= each.start < hours.close]
    is_over = moment >= hours.close and bool(inside)
    opens = hours.open if moment < hours.close else hours.open + timedelta(days=1)
    return MarketFigures(
        last=max(ended, key=lambda each: each.start).close if ended else LAST_PRICE,
        mid=max(alive, key=lambda each: each.at).mid if alive else None,
        previous_close=max(inside, key=lambda each: each.start).close if is_over else None,
        window_average=(value / traded).quantize(Decimal("0.00000001")) if traded else None,
        average_daily_volume=sum((each.volume for each in inside), Decimal(0)) if is_over else None,
        session_opens_in_s=Decimal(max(int((opens - moment).total_seconds()), 0)),
    )


def test_the_figures_of_a_loaded_day_are_those_of_its_bars(world: World) -> None:
    load_day(day_volume=4_000_000)
    bars = trading_day(
        "SPY", MONDAY, seed=1, open_price=Decimal(100), tick_size=Decimal("0.01"), day_volume=4_000_000
    )
    hours = session()
    inside = [each for each in bars if each.start in hours]

    found = at(hours.close + timedelta(hours=1), world)

    assert found.average_daily_volume == 4_000_000
    assert found.previous_close == inside[-1].close
