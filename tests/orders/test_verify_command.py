"""`manage.py verify orders`: what differs from the executions is named, column by column."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from execution.selectors import run_of
from execution.services.claim import claim_due
from execution.services.plan_runs import plan_runs
from orders import services
from orders.commands import AmendOrder, CancelOrder
from orders.kernel.clock import recorded_now
from orders.kernel.ids import new_id
from orders.management.commands import verify
from orders.models import Order, OrderRevision
from orders.selectors import market_now
from tests.conftest import CommittedDatabase
from tests.orders.fills import fill
from tests.orders.restating import restate
from tests.world import NOON, World


def run(*arguments: str) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of the command."""
    out, err = StringIO(), StringIO()
    try:
        call_command("verify", "orders", *arguments, stdout=out, stderr=err)
    except SystemExit as ended:
        return int(str(ended.code)), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


@pytest.fixture
def books(committed_world: World) -> World:
    """Orders in every state that the columns tell apart, a long position with two lots, a correction and a bust."""
    world = committed_world
    partly = world.place(quantity="300", client_order_id="partly")
    first = fill(partly, "100", price="99")
    assert first is not None
    restate(first, quantity="90", price="98")
    fill(partly, "50", price="100")
    gone = fill(partly, "10", price="100")
    assert gone is not None
    restate(gone, quantity="0", price="0")
    fill(world.place(quantity="20", side="sell"), "20", price="101")
    services.cancel(actor=world.trader, order_id=world.place().pk, command=CancelOrder())
    world.place(quantity="10001")
    return world


def test_books_that_follow_from_the_executions_pass(books: World) -> None:
    assert run() == (
        0,
        "4 orders and 1 positions and 5 exposures checked: all follow from the executions\n",
        "",
    )


def test_empty_books_pass(committed_world: World) -> None:
    assert run()[:2] == (0, "5 exposures checked: all follow from the executions\n")


TAMPERED = {
    "orders_order": {
        "filled_quantity": "filled_quantity + 1",
        "filled_notional": "filled_notional + 0.0000000000000001",
        "reserved_quantity": "reserved_quantity + 1",
        "reserved_notional": "reserved_notional + 0.0000000000000001",
        "worst_price": "worst_price + 1",
        "status": "'new'",
    },
    "orders_position": {
        "bought_quantity": "bought_quantity + 1",
        "sold_quantity": "sold_quantity + 1",
        "bought_notional": "bought_notional + 1",
        "sold_notional": "sold_notional + 1",
        "open_buy_quantity": "open_buy_quantity + 1",
        "open_sell_quantity": "open_sell_quantity + 1",
        "open_buy_notional": "open_buy_notional + 1",
        "open_sell_notional": "open_sell_notional + 1",
        "traded_cash": "traded_cash + 1",
        "realised_average_cost": "realised_average_cost - 1",
        "realised_fifo": "realised_fifo + 1",
        "last_trade_time": "last_trade_time - interval '1 hour'",
        "last_trade_id": "gen_random_uuid()",
    },
    "orders_lot": {
        "quantity": "quantity + 1",
        "price": "price + 1",
        "trade_id": "gen_random_uuid()",
        "market_time": "market_time - interval '1 hour'",
    },
    "orders_settlement": {
        "settles_on": "settles_on + 1",
        "bought_quantity": "bought_quantity + 1",
        "sold_quantity": "sold_quantity + 1",
        "bought_notional": "bought_notional + 1",
        "sold_notional": "sold_notional + 1",
    },
    "orders_exposure": {
        "gross_notional": "gross_notional + 1",
        "net_notional": "net_notional + 1",
        "open_buy_notional": "open_buy_notional + 1",
        "open_sell_notional": "open_sell_notional + 1",
        "cash": "cash + 1",
    },
}


def test_every_column_that_is_tampered_with_is_named(
    books: World, committed_database: CommittedDatabase
) -> None:
    """One database for all of them: each column is set back after it was found."""
    partly = Order.objects.get(client_order_id="partly")
    with committed_database.as_superuser() as superuser:
        for table, columns in TAMPERED.items():
            only = f"WHERE id = '{partly.pk}'" if table == "orders_order" else ""
            superuser.execute(f"CREATE TABLE kept AS SELECT * FROM {table}")
            for column, value in columns.items():
                superuser.execute(f"UPDATE {table} SET {column} = {value} {only}")
                status, told, _ = run()
                superuser.execute(
                    f"UPDATE {table} SET {column} = kept.{column} FROM kept WHERE kept.id = {table}.id"
                )
                assert status == 1, (table, column)
                where = {
                    "orders_order": f"order {partly.pk}",
                    "orders_exposure": f"exposure of desk {books.desk.pk}",
                }.get(table, f"position of account {books.account.pk}")
                named = {
                    "orders_lot": "lot 1",
                    "orders_settlement": "settlement",
                    "worst_price": " reserved_notional: ",
                }
                wanted = named.get(table, named.get(column, f" {column}: "))
                assert [line for line in told.splitlines() if where in line and wanted in line], told
            superuser.execute("DROP TABLE kept")
    assert run()[0] == 0


def test_rows_that_are_gone_or_too_many_are_named(
    books: World, committed_database: CommittedDatabase
) -> None:
    with committed_database.as_superuser() as superuser:
        superuser.execute("DELETE FROM orders_lot")
        superuser.execute("DELETE FROM orders_settlement")
        status, told, _ = run()
        assert status == 1
        assert "lot 1: expected 70 at 98 of trade" in told
        assert "bought_quantity: expected 140, found nothing" in told
        superuser.execute("DELETE FROM orders_position")
        assert "position: expected a row, found nothing" in run()[1]
        superuser.execute("DELETE FROM orders_exposure WHERE desk_id IS NOT NULL")
        assert f"exposure of {books.desk.pk} exposure: expected a row, found nothing" in run()[1]


def test_an_execution_that_was_slipped_in_is_found(
    books: World, committed_database: CommittedDatabase
) -> None:
    refused = Order.objects.get(status="rejected")
    with committed_database.as_superuser() as superuser:
        superuser.execute(
            "INSERT INTO orders_execution (id, order_id, order_version, kind, venue, venue_execution_id,"
            " reported_for, quantity, price, cash_amount, market_time, recorded_at)"
            " SELECT %s, %s, 9, 'trade', 'SIM', 'x', '', 5, 7, -35, market_time, recorded_at"
            " FROM orders_execution LIMIT 1",
            [new_id(), refused.pk],
        )
    status, told, _ = run()

    assert status == 1
    assert f"order {refused.pk} filled_quantity: expected 5, found 0" in told
    assert f"order {refused.pk} status: expected partially_filled, found rejected" in told


def test_a_pending_replace_reserves_what_it_asks_for(committed_world: World) -> None:
    order = committed_world.place(quantity="100")
    _pending_replace(committed_world, order, "150")

    assert run()[0] == 0
    assert run("--as-of", recorded_now().isoformat())[0] == 0


def test_a_replace_that_came_into_force_reserves_its_quantity(committed_world: World) -> None:
    order = committed_world.place(quantity="100")
    command = AmendOrder(quantity="150")
    services.amend(actor=committed_world.trader, order_id=order.pk, command=command, expected_revision=1)
    assert run("--as-of", recorded_now().isoformat())[0] == 0


def _pending_replace(world: World, order: Order, quantity: str) -> None:
    """Ask for more while something of the order is under way, so that the replace waits."""
    run_of_order = run_of(order)
    assert run_of_order is not None
    plan_runs(run_ids=[run_of_order.pk], market_time=market_now())
    assert len(claim_due(market_time=NOON, answering=["SIM"]).venue_orders) == 1
    command = AmendOrder(quantity=quantity)
    services.amend(actor=world.trader, order_id=order.pk, command=command, expected_revision=1)


def test_any_moment_of_the_past_is_reproduced_by_its_executions(books: World) -> None:
    moments = OrderRevision.objects.order_by("recorded_at").values_list("recorded_at", flat=True)
    for moment in moments:
        status, told, _ = run("--as-of", moment.isoformat())
        assert (status, "all follow" in told) == (0, True), told
    first = min(moments)
    assert "checked: all follow" in run("--as-of", (first - timedelta(seconds=1)).isoformat())[1]


def test_a_history_that_was_tampered_with_is_named(
    books: World, committed_database: CommittedDatabase
) -> None:
    partly = Order.objects.get(client_order_id="partly")
    with committed_database.as_superuser() as superuser:
        superuser.execute("ALTER TABLE orders_orderrevision DISABLE TRIGGER ALL")
        superuser.execute(
            "UPDATE orders_orderrevision SET facts = jsonb_set(facts, '{after,filled_quantity}', '\"91\"')"
            " WHERE order_id = %s AND version = 3",
            [partly.pk],
        )
    moment = OrderRevision.objects.get(order=partly, version=3).recorded_at

    status, told, _ = run("--as-of", moment.isoformat())

    assert status == 1
    assert f"order {partly.pk} at version 3 filled_quantity: expected 90, found 91" in told


def test_a_history_from_before_notionals_were_kept_is_verified_without_them(
    books: World, committed_database: CommittedDatabase
) -> None:
    with committed_database.as_superuser() as superuser:
        superuser.execute("ALTER TABLE orders_orderrevision DISABLE TRIGGER ALL")
        superuser.execute(
            "UPDATE orders_orderrevision SET facts = facts #- '{after,worst_price}' #- '{after,reserved_notional}'"
        )

    assert run("--as-of", recorded_now().isoformat())[0] == 0


def test_progress_is_told(books: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "PROGRESS_ROWS", 2)

    told = run()[2].splitlines()
    assert told[:2] == ["verify: 2 orders", "verify: 4 orders"]
    assert told[2:] == ["verify: 2 exposures", "verify: 4 exposures"]


def test_a_moment_without_its_offset_is_refused() -> None:
    with pytest.raises(Exception, match="as-of"):
        run("--as-of", "2024-03-01")
