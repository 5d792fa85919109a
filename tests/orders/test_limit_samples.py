"""Samples say what the positions said, are written where something changed, once, and are changed by nobody."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from multiprocessing.queues import Queue
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from psycopg.errors import InsufficientPrivilege

from orders import services, tasks
from orders.commands import AmendOrder, CancelOrder
from orders.kernel.clock import recorded_now
from orders.limit_kinds import LimitKind
from orders.models import Limit, LimitSample, LimitSampling
from orders.risk.use import use_of
from orders.risk.utilisation import MEASURED
from qtweb.celery_configuration import beat_schedule
from tests.compliance.proposals import agreed, propose_value
from tests.conftest import CommittedDatabase
from tests.orders.fills import GATEWAY, fill
from tests.orders.samples import INTERVAL_S, put, sample, samples_of, used_of
from tests.orders.test_concurrency import FORK, run_processes
from tests.world import NOON, SETUP, World, show_price

K = LimitKind
D = Decimal


def limit_of(kind: LimitKind, holder: Any, value: int = 1_000_000) -> Limit:
    return services.register_limit(actor=SETUP, kind=kind, value=D(value), holder=holder)


@pytest.fixture
def limit(world: World) -> Limit:
    """The position limit of ALPHA: 20,000 units."""
    return Limit.objects.get(account=world.account, kind=K.POSITION_QUANTITY)


def test_samples_say_what_the_positions_said_while_orders_come_fill_and_go(
    world: World, limit: Limit
) -> None:
    limits = [limit, *(limit_of(kind, world.desk) for kind in (K.GROSS_NOTIONAL, K.NET_NOTIONAL))]
    placed = []

    def look(minutes: int) -> None:
        sample(minutes=minutes)
        now = use_of([each.pk for each in limits], NOON)
        assert {each.pk: used_of(each)[-1] for each in limits} == now

    look(0)
    for minutes, quantity in ((1, "400"), (2, "100")):
        placed.append(world.place(quantity=quantity))
        look(minutes)
    fill(placed[0], "150", price="99")
    look(3)
    services.cancel(actor=world.trader, order_id=placed[0].pk, command=CancelOrder())
    world.place(side="sell", quantity="700")
    look(4)

    assert used_of(limit) == [0, 400, 500, 550]
    assert [each.market_time for each in samples_of(limit)] == [
        NOON + timedelta(minutes=minutes) for minutes in (0, 1, 2, 4)
    ]
    assert samples_of(limit)[-1].peak_percent == D("2.75")


def test_what_did_not_change_is_not_written_again(world: World, limit: Limit) -> None:
    loss = limit_of(K.DAY_LOSS, world.desk)
    assert sample() == Limit.objects.filter(kind__in=MEASURED).count() - 1 == 2
    assert sample(minutes=1, seconds=10) == 0

    services.revalue(actor=GATEWAY, market_time=NOON)
    world.place(quantity="400")

    assert sample(minutes=2, seconds=20) == 2
    assert (used_of(limit), used_of(loss)) == ([0, 400], [0])
    assert LimitSampling.objects.get().market_time == NOON + timedelta(minutes=2)


def test_another_value_by_approval_is_a_sample_beside_that_of_the_old_one(world: World, limit: Limit) -> None:
    world.place(quantity="400")
    sample()

    agreed(
        world, propose_value(actor=world.head, limit_id=limit.pk, value="25000", reason="a bigger mandate")
    )
    sample(minutes=1)

    told = [(each.version, each.value, each.used, each.peak_percent) for each in samples_of(limit)]
    assert told == [(1, 20_000, 400, 2), (2, 25_000, 400, D("1.6"))]


@pytest.mark.parametrize(
    "columns",
    [
        {"ended_at": NOON.replace(year=2100)},
        {"effective_until": NOON},
        {"effective_from": NOON + timedelta(days=1)},
    ],
)
def test_from_when_a_limit_is_not_in_force_nothing_is_known_of_it(
    world: World, limit: Limit, columns: dict[str, Any]
) -> None:
    sample()
    Limit.objects.filter(pk=limit.pk).update(**columns)

    for seconds in (10, 20):
        sample(minutes=1, seconds=seconds)

    assert used_of(limit) == [0, None]
    Limit.objects.filter(pk=limit.pk).update(ended_at=None, effective_until=None, effective_from=None)
    sample(minutes=2, seconds=30)
    assert used_of(limit) == [0, None, 0]


def test_a_limit_that_ended_long_ago_costs_nothing(world: World, limit: Limit) -> None:
    sample()
    Limit.objects.filter(pk=limit.pk).update(ended_at=recorded_now() - timedelta(days=2))

    sample(minutes=1, seconds=10)

    assert used_of(limit) == [0]


def test_where_nobody_looked_nothing_is_known(world: World, limit: Limit) -> None:
    loss = limit_of(K.DAY_LOSS, world.desk)
    sample(minutes=5)
    assert sample(minutes=7, seconds=50) == 0

    written = sample(minutes=9, seconds=125)

    assert used_of(limit) == [0, None, 0]
    gap, after = samples_of(limit)[1:]
    assert (gap.market_time, after.market_time) == (NOON + timedelta(minutes=7), NOON + timedelta(minutes=9))
    assert gap.recorded_at == after.recorded_at
    assert samples_of(loss) == []
    assert written == LimitSample.objects.count() * 2 // 3


def test_a_loss_is_sampled_once_it_is_known_and_ends_with_its_day(world: World) -> None:
    fill(world.place(quantity="100"), "100")
    loss = limit_of(K.DAY_LOSS, world.desk)
    services.revalue(actor=GATEWAY, market_time=NOON)
    sample()
    show_price(world.instrument, D(97), at=NOON + timedelta(minutes=5))
    services.revalue(actor=GATEWAY, market_time=NOON + timedelta(minutes=5))
    sample(minutes=5)

    sample(minutes=24 * 60)

    assert used_of(loss) == [0, 300, None]


def test_what_came_and_went_between_two_samples_is_the_peak_of_the_next_one(
    world: World, limit: Limit
) -> None:
    sample()
    order = world.place(quantity="9000")
    services.cancel(actor=world.trader, order_id=order.pk, command=CancelOrder())

    sample(minutes=1)
    assert [(each.used, each.peak_used, each.peak_percent) for each in samples_of(limit)[1:]] == [
        (0, 9000, 45)
    ]

    for seconds in (30, 60):
        sample(minutes=2, seconds=seconds)
    assert [(each.used, each.peak_used) for each in samples_of(limit)[2:]] == [(0, 0)]


def test_a_peak_is_of_admitted_orders_and_amendments_of_these_terms_alone(world: World, limit: Limit) -> None:
    sample()
    order = world.place(quantity="100")
    assert world.place(quantity="9000", limit_price="500").status == "rejected"
    services.amend(
        actor=world.trader,
        order_id=order.pk,
        command=AmendOrder(quantity="700"),
        expected_revision=order.terms_revision,
    )
    services.cancel(actor=world.trader, order_id=order.pk, command=CancelOrder())
    sample()
    assert samples_of(limit)[-1].peak_used == 700

    agreed(
        world, propose_value(actor=world.head, limit_id=limit.pk, value="25000", reason="a bigger mandate")
    )
    sample(minutes=1)

    assert (samples_of(limit)[-1].value, samples_of(limit)[-1].peak_used) == (25_000, 0)


def test_the_peak_of_a_minimum_is_the_least_that_remained(world: World) -> None:
    cash = limit_of(K.CASH_MINIMUM, world.desk, value=0)
    Limit.objects.filter(pk=cash.pk).update(ended_at=recorded_now() - timedelta(days=2))
    order = world.place(quantity="100")
    Limit.objects.filter(pk=cash.pk).update(ended_at=None)
    sample()
    assert (used_of(cash), samples_of(cash)[0].peak_percent) == ([-10_000], None)

    services.cancel(actor=world.trader, order_id=order.pk, command=CancelOrder())
    sample(minutes=1)

    assert [(each.used, each.peak_used) for each in samples_of(cash)] == [(-10_000, -10_000), (0, 0)]


def test_a_concentration_in_a_gross_limit_of_nothing_is_kept_as_more_than_any_percent(world: World) -> None:
    fill(world.place(quantity="10000"), "10000")
    concentration = limit_of(K.CONCENTRATION_BPS, world.desk, value=5000)
    limit_of(K.GROSS_NOTIONAL, world.desk, value=0)

    sample()

    (told,) = samples_of(concentration)
    assert (told.used == told.peak_used > 10**17, told.peak_percent) == (True, None)


def beat(outcomes: "Queue[int]") -> None:
    outcomes.put(sample(minutes=1))


def test_beats_at_once_write_no_sample_twice(committed_world: World) -> None:
    limits = list(Limit.objects.filter(kind__in=MEASURED))
    for quantity in (100, 200, 300):
        committed_world.place(quantity=str(quantity))
        outcomes: Queue[int] = FORK.Queue()
        run_processes([lambda outcomes=outcomes: beat(outcomes)] * 8)
        written = Counter(outcomes.get() for _ in range(8))
        assert sum(number * times for number, times in written.items()) in (1, len(limits))

    for each in limits:
        told = samples_of(each)
        assert [row.sequence for row in told] == list(range(1, len(told) + 1))
        assert all(before.used != after.used for before, after in pairwise(told))
    mine = Limit.objects.get(account=committed_world.account, kind=K.POSITION_QUANTITY)
    assert used_of(mine) == [100, 300, 600]


def test_a_beat_leaves_it_to_the_one_that_is_at_it(
    committed_database: CommittedDatabase, committed_world: World
) -> None:
    with committed_database.as_application() as other, other.transaction():
        other.execute("SELECT FROM orders_limitsampling FOR UPDATE")
        assert sample() == 0
    assert not LimitSample.objects.exists()
    assert sample() > 0


def test_who_comes_late_with_an_earlier_time_writes_nothing(world: World, limit: Limit) -> None:
    sample(minutes=1, seconds=5)
    world.place(quantity="400")

    assert sample(minutes=0, seconds=0) == 0

    assert sample(minutes=2, seconds=10) == 1
    assert used_of(limit) == [0, 400]


def test_the_database_lets_no_second_sample_follow_the_same_one(world: World, limit: Limit) -> None:
    told = put(limit, NOON, 5)

    with pytest.raises(IntegrityError, match="limit_sample_once"), transaction.atomic():
        LimitSample.objects.create(
            **{
                field.attname: getattr(told, field.attname)
                for field in LimitSample._meta.concrete_fields
                if field.name != "id"
            }
        )


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"value": D(-1)}, "limit_sample_value_not_negative"),
        ({"warn_at_percent": 0}, "limit_sample_warns_within_value"),
        ({"warn_at_percent": 101}, "limit_sample_warns_within_value"),
        ({"used": None}, "limit_sample_known_as_a_whole"),
        ({"peak_used": None}, "limit_sample_known_as_a_whole"),
        ({"used": None, "peak_used": None}, "limit_sample_known_as_a_whole"),
        ({"peak_percent": D(-1)}, "limit_sample_percent_not_negative"),
    ],
)
def test_the_database_keeps_no_impossible_sample(
    world: World, limit: Limit, changes: dict[str, Any], name: str
) -> None:
    told = put(limit, NOON, 5)
    columns = {field.attname: getattr(told, field.attname) for field in LimitSample._meta.concrete_fields}
    del columns["id"]

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        LimitSample.objects.create(**{**columns, "sequence": 2, **changes})


CHANGES = {
    "update": "UPDATE orders_limitsample SET used = 1",
    "delete": "DELETE FROM orders_limitsample",
    "truncate": "TRUNCATE orders_limitsample",
}


@pytest.mark.parametrize("statement", CHANGES.values(), ids=CHANGES)
def test_what_was_sampled_is_altered_by_nobody(
    committed_database: CommittedDatabase, committed_world: World, statement: str
) -> None:
    sample()
    before = LimitSample.objects.count()

    for connect in (committed_database.as_application, committed_database.as_superuser):
        with connect() as session, pytest.raises((InsufficientPrivilege, psycopg.errors.RaiseException)):
            session.execute(statement)

    assert LimitSample.objects.count() == before > 0


def test_old_samples_go_and_the_last_before_that_stays(world: World, limit: Limit) -> None:
    other = Limit.objects.get(account=world.other_account, kind=K.POSITION_QUANTITY)
    now = recorded_now()
    days = {used: now - timedelta(days=100 - used) for used in (0, 1, 2, 30)}
    for used, at in days.items():
        put(limit, NOON, used, recorded_at=at)
    put(other, NOON, 7, recorded_at=days[0])

    assert services.forget_samples(recorded_at=now, kept_days=101) == 0
    assert services.forget_samples(recorded_at=now, kept_days=90) == 2

    assert (used_of(limit), used_of(other)) == ([2, 30], [7])
    assert services.forget_samples(recorded_at=now, kept_days=90) == 0


def test_no_setting_lets_a_young_sample_go(committed_world: World) -> None:
    limit = Limit.objects.get(account=committed_world.account, kind=K.POSITION_QUANTITY)
    now = recorded_now()
    for used in (1, 2):
        put(limit, NOON, used, recorded_at=now - timedelta(days=80))

    with pytest.raises(Exception, match="younger than 90 days"):
        services.forget_samples(recorded_at=now, kept_days=10)

    assert used_of(limit) == [1, 2]


def many_limits(world: World, accounts: int) -> None:
    """Five measured limits for each of so many accounts more."""
    for number in range(accounts):
        account = services.register_account(actor=SETUP, desk=world.desk, code=f"{world.desk.code}{number}")
        for kind in MEASURED[:5]:
            limit_of(kind, account)


def test_two_hundred_limits_take_as_many_statements_as_five(world: World) -> None:
    counts = []
    for accounts in (1, 40):
        many_limits(world, accounts)
        world.place(quantity="10")
        with CaptureQueriesContext(connection) as captured:
            assert sample() >= accounts
        counts.append(len([query for query in captured if "SAVEPOINT" not in query["sql"]]))

    assert Limit.objects.filter(kind__in=MEASURED).count() > 200
    assert counts == [4, 4]


def test_beat_samples_and_forgets_by_the_settings(world: World, limit: Limit) -> None:
    world.place(quantity="400")
    tasks.sample_limits_in_force()
    assert [(each.used, each.market_time) for each in samples_of(limit)] == [(400, NOON)]

    for number in range(2):
        put(limit, NOON, number, recorded_at=recorded_now() - timedelta(days=500 - number))
    tasks.forget_limit_samples()

    assert used_of(limit) == [400, 1]


def test_beat_samples_as_often_as_the_page_says() -> None:
    assert beat_schedule["sample"]["schedule"] == settings.LIMIT_SAMPLE_INTERVAL_S == INTERVAL_S
