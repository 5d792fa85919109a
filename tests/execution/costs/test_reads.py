"""What orders cost, from the rows: whose orders are measured, by what, and what is said of the others."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from execution.cost_reads import AskedCosts, costs_for, costs_of
from execution.costs.measured import Benchmark, Costs, Unmeasured
from execution.models import Run, Slice
from orders import services
from orders.kernel.context import Actor
from orders.models import Order
from orders.sizes.days import Span
from tests.execution.costs.history import (
    LATER,
    expire,
    fill,
    filled_order,
    set_clock,
    show_days,
    show_minutes,
)
from tests.execution.replay import Replay
from tests.orders.restating import restate as correct
from tests.world import NOON, World

DAY = Span(date(2013, 10, 4), date(2013, 10, 4))


def cost(actor: Actor, order: Order) -> Costs:
    found = costs_of(actor, Order.objects.get(pk=order.pk))
    assert isinstance(found, Costs)
    return found


def test_what_a_venue_filled_names_its_model_and_what_was_filled_by_hand_names_none(
    world: World, replay: Replay
) -> None:
    by_venue = replay.work(world.place(type="market", limit_price=None), minutes=2)
    by_hand = filled_order(world)

    assert cost(world.trader, by_venue).facts.fill_models == ["bar"]
    assert cost(world.trader, by_hand).facts.fill_models == []
    days = Span(by_hand.market_time.date(), by_hand.market_time.date())
    assert costs_for(world.trader, AskedCosts(), days).fill_models == ["bar"]


@pytest.fixture
def market(world: World) -> World:
    show_minutes(world.instrument, ["100", "101", "102", *["101"] * 10])
    show_days(world.instrument)
    return world


def test_a_filled_order_is_measured_against_every_benchmark(market: World) -> None:
    order = filled_order(market, price="101.00")
    set_clock(LATER)

    told = cost(market.trader, order)

    # Decided and arrived at 100; the two minutes until the fill traded at 100 and 101, the day closed at 103.
    assert (told.shortfall.delay, told.shortfall.trading, told.total_bps) == (0, 100, 100)
    amounts = {each: told.slippage[each].amount for each in Benchmark}
    assert amounts == {
        Benchmark.ARRIVAL: 100,
        Benchmark.VWAP: 50,
        Benchmark.TWAP: 50,
        Benchmark.CLOSE: -200,
    }
    assert told.participation == Decimal("0.05")
    assert told.size_share == Decimal("0.001")
    # The quotes of the minute of the fill are 101.99 and 102.01: the fill was 1.01 below the offer of 0.02.
    assert told.spread_capture == Decimal("50.5")
    # 101 at the last fill, 101 five minutes later.
    assert told.reversion_bps == 0
    assert told.impact_bps is not None
    assert told.facts.spread_bps == 2


def test_what_expires_is_opportunity_at_the_price_of_the_end(market: World) -> None:
    order = market.place(quantity="1000", limit_price="104", side="buy")
    fill(order, "400", "100.50", minutes=1)
    expire(order, minutes=3)
    set_clock(LATER)

    told = cost(market.trader, order)

    assert (told.shortfall.trading, told.shortfall.opportunity, told.shortfall.total) == (200, 1200, 1400)
    assert told.facts.ended_at == NOON.replace(minute=3)


def test_what_waits_for_its_first_slice_has_a_delay(market: World) -> None:
    start = "2013-10-04T16:02:00Z"
    order = market.place(limit_price="104", effective_at=start)
    run = Run.objects.get(order_id=order.pk)
    run.arrival_price = Decimal(100)
    run.save()
    _planned_at(run, NOON.replace(minute=2))
    fill(order, "100", "101.50", minutes=3)
    set_clock(LATER)

    told = cost(market.trader, order)

    # The last minute that had ended at 16:02 traded at 101.
    assert (told.shortfall.delay, told.shortfall.trading) == (100, 50)


def _planned_at(run: Run, moment: object) -> None:
    Slice.objects.create(
        run=run, plan=1, number=0, symbol="SPY", side="buy", type="limit", time_in_force="day",
        quantity=100, limit_price=104, due_at=moment,
    )  # fmt: skip


def test_a_bust_takes_its_fill_back_and_a_correction_stands_for_it(market: World) -> None:
    order = market.place(quantity="200", limit_price="104")
    busted = fill(order, "100", "103", minutes=1)
    wrong = fill(order, "50", "103", minutes=2)
    correct(busted, quantity="0", price="0")
    correct(wrong, quantity="50", price="101")
    expire(order, minutes=3)
    set_clock(LATER)

    told = cost(market.trader, order)

    assert (told.facts.fills.quantity, told.facts.fills.value) == (50, 5050)
    assert told.shortfall.trading == 50


def test_what_cannot_be_measured_is_counted_with_the_reason(market: World) -> None:
    filled_order(market)
    market.place()
    market.place(quantity="1000000")
    unknown = market.place(limit_price="104", quantity="10")
    fill(unknown, "10", "100", minutes=1)
    set_clock(LATER)
    Run.objects.filter(order_id=unknown.pk).update(arrival_price=None)
    # Before any minute that is loaded.
    Order.objects.filter(pk=unknown.pk).update(market_time=NOON - timedelta(hours=1))

    told = costs_for(market.trader, AskedCosts(), DAY)

    assert (len(told.costs), told.orders) == (1, 4)
    assert told.unmeasured == {Unmeasured.OPEN: 1, Unmeasured.REFUSED: 1, Unmeasured.NO_PRICE: 1}


def test_orders_of_hidden_accounts_count_nowhere(market: World) -> None:
    filled_order(market)
    services.place(actor=market.stranger, command=market.command(account="BETA", quantity="1000000"))
    set_clock(LATER)

    assert costs_for(market.trader, AskedCosts(), DAY).orders == 1
    assert costs_for(market.stranger, AskedCosts(), DAY).orders == 1
    assert costs_for(market.auditor, AskedCosts(), DAY).orders == 2
    assert costs_for(market.nobody, AskedCosts(), DAY).orders == 0


def test_the_choices_narrow_what_is_measured(market: World) -> None:
    filled_order(market)
    set_clock(LATER)

    def orders(**asked: str) -> int:
        return costs_for(market.auditor, AskedCosts.model_validate(asked), DAY).orders

    assert [orders(account=code) for code in ("ALPHA", "BETA")] == [1, 0]
    assert [orders(trader=name) for name in ("trader", "stranger")] == [1, 0]
    assert [orders(venue=name) for name in ("SIM", "XNAS")] == [1, 0]
    assert [orders(algorithm=name) for name in ("direct", "direct 1", "direct 2", "vwap")] == [1, 1, 0, 0]


def test_as_many_questions_are_asked_for_thirty_orders_as_for_two(market: World) -> None:
    def questions() -> int:
        with CaptureQueriesContext(connection) as captured:
            costs_for(market.trader, AskedCosts(), DAY)
        return len(captured)

    for _ in range(2):
        filled_order(market)
    few = questions()
    for _ in range(28):
        filled_order(market, quantity="100")

    assert questions() == few == 5
    assert len(costs_for(market.trader, AskedCosts(), DAY).costs) == 30


def test_nothing_later_than_market_time_is_seen(market: World) -> None:
    order = filled_order(market, price="101.00")
    set_clock(NOON.replace(minute=3))

    told = cost(market.trader, order)

    assert Benchmark.CLOSE not in told.slippage
    assert told.reversion_bps is None
