"""What orders reserve and what is booked reaches position, account, desk and firm, and comes back exactly."""

from datetime import timedelta
from decimal import Decimal

import psycopg
import pytest
from django.db import DatabaseError, transaction

from orders import services
from orders.commands import CancelOrder
from orders.kernel.transactions import service
from orders.models import Execution, Exposure, Instrument, Order, Position
from orders.reports import RestatementReason
from orders.risk import exposure
from orders.risk.figures import Holder, InstrumentFigures
from orders.states import OrderStatus
from tests.conftest import CommittedDatabase
from tests.orders.desk import SELL_SIDE, manual_order, replace
from tests.orders.exposures import assert_exposure_follows, exposure_of
from tests.orders.fills import GATEWAY, fill
from tests.orders.rates import record
from tests.orders.restating import restate
from tests.world import NOON, SETUP, World, show_price

D = Decimal


def euro_instrument(world: World) -> Instrument:
    """SAP, in euro: a buy of it moves the dollars of the firm."""
    instrument = services.register_instrument(
        actor=SETUP,
        symbol="SAP",
        isin="DE0007164600",
        mic="XETR",
        currency="EUR",
        tick_size=D("0.01"),
        lot_size=D(1),
    )
    show_price(instrument, D(200))
    return instrument


def open_buys(world: World) -> list[Decimal]:
    """Open buys in the firm's currency: the position's, then account's, desk's and firm's."""
    rows = [exposure_of(holder) for holder in (world.account, world.desk, world.firm)]
    return [Position.objects.get().open_buy_notional, *(row.open_buy_notional for row in rows)]


def reserved(order: Order) -> tuple[Decimal, Decimal]:
    order.refresh_from_db()
    return order.reserved_quantity, order.reserved_notional


def test_every_firm_desk_and_account_has_its_row_from_the_start(world: World) -> None:
    holders = (world.firm, world.desk, world.other_desk, world.account, world.other_account)
    for holder in holders:
        row = exposure_of(holder)
        assert (row.gross_notional, row.cash, row.opening_day) == (0, 0, None)
    assert Exposure.objects.count() == len(holders)


def test_an_order_reserves_its_dearest_price_at_every_level(world: World) -> None:
    order = world.place(quantity="100", limit_price="99")

    assert (order.worst_price, reserved(order)) == (100, (100, 10_000))
    assert open_buys(world) == [10_000] * 4
    assert exposure_of(world.firm).gross_notional == 10_000
    assert exposure_of(world.other_desk).gross_notional == 0


@pytest.mark.parametrize(
    ("side", "offset", "worst"),
    [
        ("buy", {"trail_price": "50"}, 150),
        ("buy", {"trail_percent": "0.333"}, D("100.333")),
        ("sell", {"trail_price": "50"}, 100),
    ],
)
def test_a_trailing_stop_reserves_the_price_at_which_its_stop_begins(
    world: World, side: str, offset: dict[str, str], worst: Decimal
) -> None:
    order = world.place(side=side, type="trailing_stop", limit_price=None, **offset)

    assert (order.worst_price, reserved(order)) == (worst, (100, 100 * worst))


def test_a_refused_order_reserves_nothing(world: World) -> None:
    order = world.place(quantity="10001")

    assert reserved(order) == (0, 0)
    assert exposure_of(world.firm).gross_notional == 0


def test_a_fill_moves_the_open_notional_into_the_position_and_its_cash(world: World) -> None:
    order = world.place(quantity="100", limit_price="101")
    fill(order, "30", price="99.5")

    row = exposure_of(world.desk)
    assert reserved(order) == (70, 70 * 101)
    assert open_buys(world) == [70 * 101] * 4
    assert (row.net_notional, row.cash) == (30 * D("99.5"), -30 * D("99.5"))
    assert row.gross_notional == 30 * D("99.5") + 70 * 101
    assert Execution.objects.get().cash_amount == D("-2985")


def test_the_last_share_of_an_odd_quantity_is_given_back_exactly(world: World) -> None:
    order = world.place(quantity="97", limit_price="100.37")
    for quantity in ("31", "1", "64", "1"):
        fill(order, quantity, price="100.01")

    assert reserved(order) == (0, 0)
    assert open_buys(world) == [0] * 4


def test_a_sale_brings_cash(world: World) -> None:
    fill(world.place(side="sell", quantity="10"), "10", price="102")

    row = exposure_of(world.account)
    assert (row.cash, row.net_notional, row.gross_notional) == (1020, -1020, 1020)


def test_a_later_fill_leaves_the_mark_to_the_revaluation(world: World) -> None:
    order = world.place(quantity="20")
    fill(order, "10", price="98")
    fill(order, "10", price="99")

    assert (Position.objects.get().mark, exposure_of(world.account).net_notional) == (98, 1960)


def test_what_was_flat_is_worth_what_is_paid_for_it_now(world: World) -> None:
    fill(world.place(quantity="10"), "10", price="98")
    fill(world.place(quantity="10", side="sell"), "10", price="98")
    fill(world.place(quantity="10"), "10", price="102")

    assert (Position.objects.get().mark, exposure_of(world.firm).gross_notional) == (102, 1020)
    assert_exposure_follows()


def test_a_cancel_gives_everything_back(world: World) -> None:
    order = world.place(quantity="100")
    services.cancel(actor=world.trader, order_id=order.pk, command=CancelOrder())

    assert reserved(order) == (0, 0)
    assert exposure_of(world.firm).gross_notional == 0


def test_a_late_fill_after_the_cancel_moves_cash_and_releases_nothing_twice(world: World) -> None:
    order = world.place(quantity="100")
    services.cancel(actor=world.trader, order_id=order.pk, command=CancelOrder())
    fill(order, "10")

    row = exposure_of(world.desk)
    assert (row.cash, row.open_buy_notional, row.gross_notional) == (-1000, 0, 1000)


def test_a_bust_takes_the_cash_back_and_an_open_order_holds_its_price_again(world: World) -> None:
    order = world.place(quantity="100", limit_price="101")
    only = fill(order, "100", price="99")
    assert only is not None
    restate(only, quantity="0", price="0")

    row = exposure_of(world.firm)
    assert reserved(order) == (100, 10_100)
    assert (row.cash, row.net_notional, row.open_buy_notional) == (0, 0, 10_100)


def test_a_correction_moves_the_difference(world: World) -> None:
    order = world.place(quantity="100")
    first = fill(order, "50", price="99")
    assert first is not None
    restate(first, quantity="40", price="98")

    assert exposure_of(world.account).cash == -40 * 98
    assert reserved(order) == (60, 6000)


def test_a_corrected_price_alone_moves_cash_at_every_level(world: World) -> None:
    only = fill(world.place(quantity="10"), "10", price="99")
    assert only is not None
    restate(only, quantity="10", price="98")

    assert [exposure_of(holder).cash for holder in (world.account, world.desk, world.firm)] == [-980] * 3


def test_a_split_keeps_cash_and_what_is_held_at_worst(world: World) -> None:
    order = manual_order(world, quantity="100", limit_price="100")
    fill(order, "40", price="100")
    services.restate(
        actor=SELL_SIDE, order_id=order.pk, quantity=D(200), reason=RestatementReason.CORPORATE_ACTION
    )

    order.refresh_from_db()
    assert (order.worst_price, reserved(order)) == (50, (120, 6000))
    assert exposure_of(world.account).cash == -4000
    assert_exposure_follows()


def test_a_replace_holds_the_dearer_terms_until_it_is_decided(world: World) -> None:
    order = manual_order(world, quantity="100", limit_price="100")
    replace(world, order, "60", "dearer", limit_price="104")
    assert reserved(order) == (100, 10_000)
    replace(world, order, "99", "dearest", limit_price="105")
    assert reserved(order) == (100, 99 * 105)
    assert_exposure_follows()

    services.reject_request(actor=SELL_SIDE, order_id=order.pk, client_order_id="dearest")
    services.confirm_request(actor=SELL_SIDE, order_id=order.pk, client_order_id="dearer")
    assert reserved(order) == (60, 60 * 104)
    assert open_buys(world) == [60 * 104] * 4


def test_an_order_for_cash_holds_the_units_that_the_desk_converts_it_into(world: World) -> None:
    order = manual_order(
        world, accepted=False, quantity=None, cash_quantity="10000", type="market", limit_price=None
    )
    services.accept_order(actor=SELL_SIDE, order_id=order.pk, price=D(125))

    assert reserved(order) == (80, 8000)


def test_another_currency_counts_in_that_of_the_firm(world: World) -> None:
    instrument = euro_instrument(world)
    record(world, "EUR/USD", "1.25")
    order = world.place(symbol=instrument.symbol, quantity="10", limit_price="200")
    fill(order, "4", price="200")

    row = exposure_of(world.firm)
    assert (row.open_buy_notional, row.cash, row.net_notional) == (1500, -1000, 1000)
    assert_exposure_follows()


def test_a_fill_from_before_the_first_rate_is_booked_by_the_newest(world: World) -> None:
    instrument = euro_instrument(world)
    record(world, "USD/EUR", "0.5", at=NOON)
    order = world.place(symbol=instrument.symbol, quantity="10", limit_price="200")
    early = services.Fill(
        venue="SIM",
        venue_execution_id="early",
        quantity=D(1),
        price=D(200),
        market_time=NOON - timedelta(days=1),
    )
    services.apply_execution(actor=GATEWAY, order_id=order.pk, fill=early)

    assert exposure_of(world.firm).cash == -400


def test_without_any_rate_no_order_is_admitted(world: World) -> None:
    instrument = euro_instrument(world)

    order = world.place(symbol=instrument.symbol, limit_price="200")
    assert (order.status, order.denial_code) == (OrderStatus.REJECTED, "RISK_NO_EXCHANGE_RATE")


@service
def lock(world: World, wanted: frozenset[Holder]) -> dict[Holder, object]:
    return dict(
        exposure.lock_figures(world.account, world.instrument, market_time=NOON, wanted_instrument_of=wanted)
    )


def test_what_is_locked_and_what_is_only_read_are_the_same(world: World) -> None:
    world.place(quantity="100")
    fill(world.place(quantity="50", side="sell"), "20", price="99")
    services.place(actor=world.stranger, command=world.command(account="BETA", quantity="10"))
    everyone = frozenset(Holder)
    read = exposure.read_figures(
        world.account, world.instrument, market_time=NOON, wanted_instrument_of=everyone
    )

    assert lock(world, everyone) == read
    assert list(read) == [Holder.ACCOUNT, Holder.DESK, Holder.FIRM]
    mine, desks, firms = (read[holder].instrument for holder in Holder)
    assert (
        mine
        == desks
        == InstrumentFigures(
            net_quantity=D(-20),
            open_buy_quantity=D(100),
            open_sell_quantity=D(30),
            net_notional=D(-1980),
            open_buy_notional=D(10_000),
            open_sell_notional=D(3000),
            worst_notional=D(8020),
        )
    )
    assert firms is not None
    assert (firms.open_buy_quantity, firms.worst_notional) == (110, 9020)
    assert read[Holder.FIRM].gross_notional == 9020
    assert read[Holder.FIRM].day_loss is None


def test_figures_of_a_position_that_nobody_has_yet_are_nothing_and_locking_makes_it(world: World) -> None:
    read = exposure.read_figures(world.account, world.instrument, market_time=NOON)
    assert read[Holder.ACCOUNT].instrument == InstrumentFigures()
    assert read[Holder.DESK].instrument is None
    assert not Position.objects.exists()

    assert lock(world, frozenset()) == read
    assert Position.objects.exists()


def test_a_reservation_makes_the_position_where_nobody_locked_it(world: World) -> None:
    order = world.place(quantity="100")
    Order.objects.filter(pk=order.pk).update(account=world.other_account)
    order.refresh_from_db()
    with transaction.atomic():
        exposure.reserve(order, D(7), D(70))
        exposure.release(order, D(7), D(70))
        exposure.reserve(order, D(7), D(70))

    assert exposure_of(world.other_account).open_buy_notional == 70


def test_nobody_sets_an_exposure_by_hand(
    committed_world: World, committed_database: CommittedDatabase
) -> None:
    with committed_database.as_application() as application:
        for statement in (
            "UPDATE orders_exposure SET gross_notional = 0",
            "UPDATE orders_exposure SET cash = 1000000",
            "DELETE FROM orders_exposure",
            "INSERT INTO orders_exposure SELECT * FROM orders_exposure",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                application.execute(statement)


def test_an_order_holds_units_and_notional_or_neither(world: World) -> None:
    order = world.place(quantity="100")
    with pytest.raises(DatabaseError, match="order_reserves_units_and_notional"), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(reserved_notional=0)
