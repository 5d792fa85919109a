"""Marks follow the market, and the first revaluation of a market day opens it: from there losses are counted."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from importlib import import_module

import pytest
from django.db import connection

from compliance.models import Leaf
from orders import services, tasks
from orders.commands import RecordCash
from orders.kernel.context import process_actor
from orders.models import Exposure, Instrument, Order, Position
from orders.permissions import RECORD_CASH, VIEW_ORDERS
from orders.risk import exposure
from orders.risk.figures import Holder
from tests.orders.exposures import assert_exposure_follows, exposure_of
from tests.orders.fills import fill
from tests.orders.rates import record
from tests.orders.test_concurrency import run_processes
from tests.orders.test_exposure_booking import euro_instrument
from tests.world import NOON, SETUP, World, person, show_price

D = Decimal
WORKER = process_actor("worker")
TOMORROW = NOON + timedelta(days=1)


def revalue(world: World, price: str | None = None, *, at: datetime = NOON) -> int:
    """Revalue at `at`, after the market traded at `price`."""
    if price is not None:
        show_price(world.instrument, D(price), at=at)
    return services.revalue(actor=WORKER, market_time=at)


def day_loss(world: World, at: datetime = NOON) -> Decimal | None:
    figures = exposure.read_figures(world.account, world.instrument, market_time=at)
    return figures[Holder.DESK].day_loss


def test_the_mark_follows_the_last_price_to_every_level(world: World) -> None:
    fill(world.place(quantity="10"), "10", price="99")
    assert revalue(world) == 1

    rows = [exposure_of(holder) for holder in (world.account, world.desk, world.firm)]
    assert [(row.net_notional, row.cash, row.gross_notional) for row in rows] == [(1000, -990, 1000)] * 3
    assert revalue(world) == 0
    assert_exposure_follows()


def test_what_is_flat_keeps_its_mark_and_what_has_no_price_too(world: World) -> None:
    fill(world.place(quantity="10"), "10", price="99")
    fill(world.place(quantity="10", side="sell"), "10", price="99")
    assert revalue(world) == 0

    fill(world.place(quantity="10"), "10", price="98")
    assert services.revalue(actor=WORKER, market_time=NOON - timedelta(days=300)) == 0
    assert Position.objects.get().mark == 98


def test_another_currency_is_marked_in_that_of_the_firm_by_the_rate_of_the_moment(world: World) -> None:
    instrument = euro_instrument(world)
    record(world, "EUR/USD", "1.25", at=NOON - timedelta(hours=1))
    fill(world.place(symbol=instrument.symbol, quantity="10", limit_price="200"), "10", price="200")
    record(world, "EUR/USD", "1.5", at=NOON)
    before_any_rate = NOON - timedelta(minutes=90)
    show_price(instrument, D(200), at=before_any_rate)
    assert services.revalue(actor=WORKER, market_time=before_any_rate) == 0

    assert revalue(world) == 1
    assert exposure_of(world.firm).net_notional == 3000


def test_the_first_revaluation_of_a_day_opens_it_and_losses_are_counted_from_there(world: World) -> None:
    fill(world.place(quantity="10"), "10", price="90")
    assert day_loss(world) is None
    revalue(world)

    assert exposure_of(world.desk).opening_equity == 100
    assert day_loss(world) == 0
    revalue(world, "95", at=NOON + timedelta(minutes=5))
    assert day_loss(world) == 50
    assert exposure_of(world.desk).opening_day == date(2013, 10, 4)


def test_the_next_day_begins_anew(world: World) -> None:
    fill(world.place(quantity="10"), "10", price="90")
    revalue(world)
    revalue(world, "95", at=NOON + timedelta(minutes=5))
    assert day_loss(world, TOMORROW) is None
    revalue(world, "96", at=TOMORROW)

    assert (day_loss(world, TOMORROW), exposure_of(world.firm).opening_equity) == (0, 60)
    opened = [leaf.body for leaf in Leaf.objects.filter(action="DayOpened").order_by("pk")]
    assert ['"opening_equity":"100"' in opened[0], '"opening_equity":"60"' in opened[1]] == [True, True]
    assert len(opened) == 2


def test_a_desk_that_comes_during_the_day_is_opened_alone(world: World) -> None:
    revalue(world)
    late = services.register_desk(actor=SETUP, firm=world.firm, code="LATE")
    revalue(world)

    assert exposure_of(late).opening_day == date(2013, 10, 4)
    assert Leaf.objects.filter(action="DayOpened").count() == 1


def test_cash_that_comes_in_or_leaves_is_no_gain_and_no_loss(world: World) -> None:
    fill(world.place(quantity="10"), "10", price="90")
    revalue(world)
    treasurer = person("treasurer", world.firm, (RECORD_CASH, VIEW_ORDERS))
    services.record_cash(
        actor=treasurer, commands=[RecordCash(account="ALPHA", amount="-5000", reference="out")]
    )

    assert day_loss(world) == 0
    assert exposure_of(world.account).cash == -5900


def test_beat_revalues_at_the_time_of_the_market(world: World) -> None:
    fill(world.place(quantity="10"), "10", price="90")
    tasks.revalue_positions()

    assert Position.objects.get().mark == 100
    assert Exposure.objects.exclude(opening_day=date(2013, 10, 4)).count() == 0


FILLS_EACH = 20
REVALUATIONS_EACH = 12


def _fill_all(orders: list[Order], execution_id: str) -> None:
    for number in range(FILLS_EACH):
        for order in orders:
            fill(order, "1", price="99", execution_id=f"{execution_id}-{order.pk}-{number}")


def _revalue_often(instruments: list[Instrument], first: int) -> None:
    for number in range(REVALUATIONS_EACH):
        at = NOON + timedelta(minutes=REVALUATIONS_EACH * first + number)
        for instrument in instruments:
            show_price(instrument, D(100 + number + first), at=at)
        services.revalue(actor=WORKER, market_time=at)


def test_revaluations_and_fills_never_wait_for_each_other_crosswise(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real processes: two fill orders of the same four positions in opposite order, two revalue, one moves cash."""
    world = committed_world
    monkeypatch.setattr(import_module("orders.services.revalue"), "POSITIONS_AT_ONCE", 3)
    other = services.register_instrument(
        actor=SETUP,
        symbol="QQQ",
        isin="US46090E1038",
        mic="ARCX",
        currency="USD",
        tick_size=D("0.01"),
        lot_size=D(1),
    )
    show_price(other, D(100))
    instruments = [world.instrument, other]
    orders = [
        services.place(
            actor=actor,
            command=world.command(account=account, symbol=instrument.symbol, quantity="100"),
        ).order
        for actor, account in ((world.trader, "ALPHA"), (world.stranger, "BETA"))
        for instrument in instruments
    ]
    treasurer = person("treasurer", world.firm, (RECORD_CASH, VIEW_ORDERS))

    def move_cash() -> None:
        for number in range(FILLS_EACH):
            services.record_cash(
                actor=treasurer,
                commands=[
                    RecordCash(account=code, amount="5", reference=f"r{number}") for code in ("BETA", "ALPHA")
                ],
            )

    deadlocks = _deadlocks()
    run_processes(
        [
            lambda: _fill_all(orders, "a"),
            lambda: _fill_all(orders[::-1], "b"),
            lambda: _revalue_often([world.instrument], 1),
            lambda: _revalue_often([other], 2),
            move_cash,
        ]
    )

    assert_exposure_follows()
    assert _deadlocks() == deadlocks
    assert Position.objects.filter(bought_quantity=2 * FILLS_EACH).count() == 4


def _deadlocks() -> int:
    """Which PostgreSQL had to end: a service would have been called again, and nobody would have noticed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])
