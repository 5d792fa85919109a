"""What was used of a limit, read back: windows, what they begin with, what is left of many samples, and days."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders import services
from orders.limit_history import DAYS, PARTS, Window, daily_peaks, history_of, samples_of
from orders.limit_kinds import LimitKind
from orders.models import Limit
from orders.risk.history_chart import peak_of
from tests.orders.samples import put
from tests.world import NOON, SETUP, World

K = LimitKind
D = Decimal
MIDNIGHT = NOON.replace(hour=0)


@pytest.fixture
def limit(world: World) -> Limit:
    """The position limit of ALPHA: 20,000 units."""
    return Limit.objects.get(account=world.account, kind=K.POSITION_QUANTITY)


@pytest.fixture
def loss(world: World) -> Limit:
    return services.register_limit(actor=SETUP, kind=K.DAY_LOSS, value=D(1000), holder=world.desk)


def told(limit: Limit, window: Window = Window.TODAY) -> list[tuple[datetime, Decimal | None]]:
    return [(each.market_time, each.used) for each in history_of(limit, window, NOON).samples]


def test_a_window_begins_with_what_was_used_before_it(limit: Limit) -> None:
    put(limit, NOON - timedelta(days=40), 1)
    put(limit, NOON - timedelta(days=8), 2)
    put(limit, NOON - timedelta(days=1), 3, peak=9000)
    put(limit, NOON - timedelta(hours=1), 4)
    put(limit, NOON + timedelta(hours=1), 5)

    assert told(limit) == [(MIDNIGHT, 3), (NOON - timedelta(hours=1), 4)]
    assert [used for _moment, used in told(limit, Window.WEEK)] == [2, 3, 4]
    assert [used for _moment, used in told(limit, Window.MONTH)] == [1, 2, 3, 4]
    today = history_of(limit, Window.TODAY, NOON)
    assert (today.first, today.last, today.taken) == (MIDNIGHT, NOON, 1)
    peak = peak_of(limit.kind, today.samples)
    assert peak is not None and peak.used == 4


def test_a_loss_of_the_day_before_is_none_of_today(loss: Limit) -> None:
    put(loss, NOON - timedelta(days=1), 900)
    put(loss, NOON - timedelta(hours=1), 5)

    assert told(loss) == [(NOON - timedelta(hours=1), 5)]
    (days,) = daily_peaks({loss.pk: loss.kind}, NOON).values()
    assert [each.percent for each in days[-2:]] == [90, D("0.5")]


def test_a_limit_without_samples_has_no_history(limit: Limit) -> None:
    for window in Window:
        assert history_of(limit, window, NOON).samples == ()
    (days,) = daily_peaks({limit.pk: limit.kind}, NOON).values()
    assert {each.percent for each in days} == {None}
    assert daily_peaks({}, NOON) == {}


def test_of_many_samples_each_parts_last_and_highest_are_left_and_all_that_is_no_number(limit: Limit) -> None:
    first = NOON - timedelta(hours=1)
    for number in range(500):
        put(limit, first + timedelta(seconds=number), 17_000 if number == 250 else number % 7)
    put(limit, first + timedelta(seconds=500), None)
    put(limit, first + timedelta(seconds=501), 3, version=2, value=30_000)
    put(limit, first + timedelta(seconds=502), 4, version=2, value=30_000)

    history = history_of(limit, Window.TODAY, NOON)

    assert history.taken == 503 and len(history.samples) <= 16
    peak = peak_of(limit.kind, history.samples)
    assert peak is not None
    assert (peak.used, peak.market_time) == (17_000, first + timedelta(seconds=250))
    assert [each.used for each in history.samples[-3:]] == [None, 3, 4]
    moments = [each.market_time for each in history.samples]
    assert moments == sorted(moments)


def test_a_window_is_one_query_of_bounded_length(limit: Limit) -> None:
    for number in range(3 * PARTS):
        put(limit, NOON - timedelta(minutes=number % 950), number % 11)
    with CaptureQueriesContext(connection) as captured:
        history = history_of(limit, Window.TODAY, NOON)

    assert len(captured) == 1
    assert history.taken == 3 * PARTS
    assert len(history.samples) <= 2 * PARTS + 1


def test_a_quiet_day_has_what_the_day_before_ended_with_and_a_peak_is_of_its_day_alone(limit: Limit) -> None:
    put(limit, NOON - timedelta(days=3), 2000, peak=12_000)
    put(limit, NOON - timedelta(days=3) + timedelta(hours=1), 4000)
    put(limit, NOON - timedelta(days=1), None)

    (days,) = daily_peaks({limit.pk: limit.kind}, NOON).values()

    assert len(days) == DAYS
    assert [each.percent for each in days[-5:]] == [None, 60, 20, 20, None]
    assert (days[0].day, days[-1].day) == (NOON.date() - timedelta(days=DAYS - 1), NOON.date())


def test_what_no_percent_tells_is_the_highest_of_its_day(limit: Limit) -> None:
    put(limit, NOON - timedelta(hours=3), 19_000)
    put(limit, NOON - timedelta(hours=2), 5, value=0)
    put(limit, NOON - timedelta(hours=1), 19_500)

    (days,) = daily_peaks({limit.pk: limit.kind}, NOON).values()

    assert days[-1].percent == D("Infinity")
    peak = peak_of(limit.kind, history_of(limit, Window.TODAY, NOON).samples)
    assert peak is not None and peak.market_time == NOON - timedelta(hours=2)


def test_the_days_of_all_limits_are_one_query(world: World, limit: Limit) -> None:
    other = Limit.objects.get(account=world.other_account, kind=K.POSITION_QUANTITY)
    put(limit, NOON, 200)
    put(other, NOON, 400)

    with CaptureQueriesContext(connection) as captured:
        found = daily_peaks({limit.pk: limit.kind, other.pk: other.kind}, NOON)

    assert len(captured) == 1
    assert [found[each.pk][-1].percent for each in (limit, other)] == [1, 2]


def test_every_sample_is_read_newest_first(limit: Limit) -> None:
    for used in (1, 2, 3):
        put(limit, NOON, used)

    assert [each.used for each in samples_of(limit)] == [3, 2, 1]
