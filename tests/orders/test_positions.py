"""Lots, realised P&L and settlement follow what is booked."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders import services
from orders.kernel.transactions import NotInTransaction
from orders.limit_kinds import LimitKind
from orders.models import Execution, Instrument, Limit, Lot, Market, Order, Position, Settlement
from orders.services import Fill
from orders.services.positions import LOTS_AT_ONCE
from orders.verification.order_rows import orders_now
from orders.verification.position_rows import positions_now
from tests.orders.fills import GATEWAY, fill
from tests.orders.restating import restate
from tests.world import NOON, World


def fill_at(order: Order, quantity: str, price: str, minute: int) -> Execution:
    booked = services.apply_execution(
        actor=GATEWAY,
        order_id=order.pk,
        fill=Fill(
            venue="SIM",
            venue_execution_id=f"{order.pk}-{Execution.objects.count()}",
            quantity=Decimal(quantity),
            price=Decimal(price),
            market_time=NOON + timedelta(minutes=minute),
        ),
    )
    assert booked is not None
    return booked


def lots() -> list[tuple[Decimal, Decimal]]:
    return [(lot.quantity, lot.price) for lot in Lot.objects.all()]


def position() -> Position:
    return Position.objects.get()


def assert_recomputed() -> None:
    """Everything stored is what the executions say."""
    assert [difference for each in orders_now() for difference in each] == []
    assert [difference for each in positions_now() for difference in each] == []


def test_a_sale_closes_the_oldest_lots_first_and_realises_their_gain(world: World) -> None:
    bought = world.place(quantity="300")
    fill(bought, "100", price="99")
    fill(bought, "200", price="100")
    fill(world.place(side="sell", quantity="150"), "150", price="101")

    assert lots() == [(150, 100)]
    assert (position().realised_fifo, position().net_quantity) == (250, 150)
    assert round(position().realised_average_cost, 8) == Decimal("200")
    assert_recomputed()


def test_a_sale_through_zero_opens_a_short_lot(world: World) -> None:
    fill(world.place(quantity="100"), "100", price="100")
    fill(world.place(side="sell", quantity="150"), "150", price="101")

    assert lots() == [(50, 101)]
    assert (position().realised_fifo, position().net_quantity) == (100, -50)
    fill(world.place(quantity="60"), "60", price="99")
    assert lots() == [(10, 99)]
    assert position().realised_fifo == 200
    assert_recomputed()


def test_more_lots_than_are_read_at_once_are_closed_by_one_sale(world: World) -> None:
    bought = world.place(quantity="1000")
    for _ in range(LOTS_AT_ONCE + 5):
        fill(bought, "1", price="100")
    fill(world.place(side="sell", quantity="200"), str(LOTS_AT_ONCE + 3), price="101")

    assert lots() == [(1, 100), (1, 100)]
    assert position().realised_fifo == LOTS_AT_ONCE + 3


def test_a_fill_that_is_reported_late_takes_its_place_by_market_time(world: World) -> None:
    fill_at(world.place(quantity="100"), "100", "100", minute=2)
    fill_at(world.place(side="sell", quantity="100"), "100", "103", minute=3)
    assert position().realised_fifo == 300

    fill_at(world.place(quantity="50"), "50", "99", minute=1)

    assert position().realised_fifo == 50 * 4 + 50 * 3
    assert lots() == [(50, 100)]
    assert_recomputed()


def test_a_correction_takes_the_place_of_its_chains_first_trade(world: World) -> None:
    order = world.place(quantity="300")
    first = fill_at(order, "100", "100", minute=1)
    fill_at(order, "100", "101", minute=1)
    fill_at(world.place(side="sell", quantity="100"), "100", "102", minute=2)

    corrected = restate(first, quantity="100", price="98")
    again = restate(corrected, quantity="60", price="97")

    assert position().realised_fifo == 60 * 5 + 40
    assert lots() == [(60, 101)]
    assert Lot.objects.get().execution_id != again.pk
    assert_recomputed()


def test_a_lot_of_a_corrected_trade_names_the_row_in_force_and_the_trade(world: World) -> None:
    trade = fill(world.place(), "40")
    assert trade is not None
    corrected = restate(trade, quantity="30", price="99")

    lot = Lot.objects.get()
    assert (lot.execution_id, lot.trade_id, lot.quantity) == (corrected.pk, trade.pk, 30)


def test_a_busted_trade_leaves_nothing_behind(world: World) -> None:
    trade = fill(world.place(), "40")
    assert trade is not None
    restate(trade, quantity="0", price="0")

    assert (lots(), Settlement.objects.count(), position().last_trade_time) == ([], 0, None)
    assert_recomputed()
    fill(world.place(), "10")
    assert lots() == [(10, 100)]
    assert_recomputed()


def test_booking_a_correction_books_the_position_anew(world: World) -> None:
    trade = fill(world.place(), "40")
    assert trade is not None
    restate(trade, quantity="30", price="99")

    assert lots() == [(30, 99)]


def test_what_is_booked_settles_by_date(world: World) -> None:
    order = world.place(quantity="100")
    fill_at(order, "10", "100", minute=0)
    fill_at(order, "5", "100", minute=1)
    fill_at(order, "5", "100", minute=60 * 24)

    rows = Settlement.objects.values_list("settles_on", "bought_quantity", "bought_notional")
    assert list(rows) == [(date(2013, 10, 9), 15, 1500), (date(2013, 10, 10), 5, 500)]


def test_what_settles_nobody_knows_when_is_kept_as_that(world: World) -> None:
    Market.objects.create(mic="XXXX")
    Instrument.objects.filter(pk=world.instrument.pk).update(mic="XXXX")
    order = world.place(quantity="100")
    fill(order, "10")
    fill(order, "5")

    row = Settlement.objects.get()
    assert (row.settles_on, row.bought_quantity) == (None, 15)
    assert_recomputed()


def test_lots_are_booked_inside_a_transaction_only(committed_world: World) -> None:
    with pytest.raises(NotInTransaction):
        services.rebook_lots(committed_world.account.pk, committed_world.instrument.pk)


fills = st.tuples(
    st.just("fill"),
    st.sampled_from(["buy", "sell"]),
    st.sampled_from(["1", "7", "50", "100"]),
    st.sampled_from(["99.5", "100", "101.25", "97"]),
    st.integers(0, 5),
)
restatements = st.tuples(
    st.just("restate"),
    st.integers(0, 20),
    st.sampled_from(["0", "1", "40"]),
    st.sampled_from(["99", "102.5"]),
    st.just(0),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(fills, fills, restatements), min_size=1, max_size=12))
def test_whatever_is_filled_and_restated_is_stored_as_it_is_recomputed(
    world: World, steps: list[tuple[str, object, str, str, int]]
) -> None:
    Limit.objects.filter(kind=LimitKind.POSITION_QUANTITY).update(value=Decimal(10**9))
    booked: list[Execution] = []
    for what, which, quantity, price, minute in steps:
        if what == "fill":
            order = world.place(side=which, quantity="100", type="market", limit_price=None)
            booked.append(fill_at(order, quantity, price, minute))
        elif booked:
            taken = booked.pop(int(str(which)) % len(booked))
            new = restate(taken, quantity=str(min(Decimal(quantity), taken.quantity)), price=price)
            booked += [new] if new.quantity else []
    assert_recomputed()
