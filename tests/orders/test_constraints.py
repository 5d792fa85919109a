"""What the database refuses by itself, whoever writes."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Model

from orders.kernel.ids import new_id
from orders.models import Execution, Instrument, Limit, Order, OrderRequest, Position, User
from tests.orders.fills import fill
from tests.world import NOON, World

IMPOSSIBLE_ORDERS: list[dict[str, Any]] = [
    {"quantity": Decimal(0)},
    {"quantity": Decimal(-1)},
    {"filled_quantity": Decimal(-1)},
    {"filled_quantity": Decimal(101)},
    {"filled_notional": Decimal(-1)},
    {"reserved_quantity": Decimal(-1)},
    {"status": "filled", "reserved_quantity": Decimal(0)},
    {"status": "canceled"},
    {"status": "rejected", "reserved_quantity": Decimal(0)},
    {"status": "suspended"},
    {"denial_code": "RISK_X"},
    {"limit_price": None},
    {"limit_price": Decimal(0)},
    {"type": "market"},
    {"type": "stop"},
    {"stop_price": Decimal(100)},
    {"trail_price": Decimal(1)},
    {"triggered_at": NOON},
    {"type": "trailing_stop", "limit_price": None},
    {"type": "trailing_stop", "limit_price": None, "trail_percent": Decimal(100)},
    {"type": "trailing_stop", "limit_price": None, "trail_price": Decimal(0)},
    {"type": "stop", "limit_price": None, "stop_price": Decimal(0)},
    {"type": "stop", "limit_price": None, "stop_price": Decimal(1), "time_in_force": "ioc"},
    {"side": "hold"},
    {"time_in_force": "gtd"},
    {"time_in_force": "loo"},
    {"expires_on": date(2013, 10, 7)},
    {"time_in_force": "cls", "effective_at": NOON},
    {"display_quantity": Decimal(0)},
    {"display_quantity": Decimal(101)},
    {"display_quantity": Decimal(10), "time_in_force": "ioc"},
    {"display_quantity": Decimal(10), "type": "market", "limit_price": None},
    {"minimum_quantity": Decimal(0)},
    {"minimum_quantity": Decimal(101)},
    {"minimum_quantity": Decimal(10), "time_in_force": "fok"},
    {"minimum_quantity": Decimal(20), "display_quantity": Decimal(10)},
    {"version": -1},
    {"base_status": "resting"},
    {"cash_quantity": Decimal(0)},
]


def refused(model: type[Model], pk: Any, changes: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        model._default_manager.filter(pk=pk).update(**changes)


@pytest.mark.parametrize("changes", IMPOSSIBLE_ORDERS, ids=lambda changes: " ".join(map(str, changes)))
def test_an_impossible_order_is_refused(world: World, changes: dict[str, Any]) -> None:
    refused(Order, world.place().pk, changes)


@pytest.mark.parametrize(
    "column",
    [
        "bought_quantity",
        "sold_quantity",
        "bought_notional",
        "sold_notional",
        "open_buy_quantity",
        "open_sell_quantity",
    ],
)
def test_no_quantity_of_a_position_is_negative(world: World, column: str) -> None:
    world.place()
    refused(Position, Position.objects.get().pk, {column: Decimal("-0.00000001")})


@pytest.mark.parametrize(
    "changes", [{"tick_size": 0}, {"lot_size": 0}, {"isin": "us0000000000"}, {"currency": "usd"}]
)
def test_an_impossible_instrument_is_refused(world: World, changes: dict[str, Any]) -> None:
    refused(Instrument, world.instrument.pk, changes)


def test_an_impossible_limit_is_refused(world: World) -> None:
    limit = Limit.objects.filter(account=world.account).first()
    assert limit is not None
    refused(Limit, limit.pk, {"value": Decimal(-1)})
    refused(Limit, limit.pk, {"kind": "no_such_kind"})


def test_a_client_order_id_is_used_once_per_account(world: World) -> None:
    first, second = world.place(), world.place()
    refused(Order, second.pk, {"client_order_id": first.client_order_id})


def request_of(order: Order, **changes: Any) -> OrderRequest:
    terms = {
        "order": order,
        "account": order.account,
        "kind": "cancel",
        "client_order_id": "request-1",
        "orig_client_order_id": order.client_order_id,
        "digest": "",
        "recorded_at": order.recorded_at,
    }
    return OrderRequest.objects.create(**{**terms, **changes})


def test_only_one_cancel_of_an_order_is_outstanding(world: World) -> None:
    order = world.place()
    request_of(order)

    with pytest.raises(IntegrityError, match="one_cancel_outstanding"), transaction.atomic():
        request_of(order, client_order_id="request-2")


def test_an_order_and_a_request_never_share_a_client_order_id(world: World) -> None:
    order = world.place(client_order_id="taken")

    with pytest.raises(IntegrityError, match="client_order_id_used_once"), transaction.atomic():
        request_of(order, client_order_id="taken")


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "suspend"},
        {"state": "lost"},
        {"state": "rejected"},
        {"reject_reason": 1},
    ],
    ids=str,
)
def test_an_impossible_request_is_refused(world: World, changes: dict[str, Any]) -> None:
    refused(OrderRequest, request_of(world.place()).pk, changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "bust"},
        {"kind": "correction"},
        {"kind": "gift"},
        {"quantity": Decimal(0)},
        {"price": Decimal(0)},
    ],
    ids=str,
)
def test_an_impossible_execution_is_refused(world: World, changes: dict[str, Any]) -> None:
    execution = fill(world.place(), "10")
    terms = {field.attname: getattr(execution, field.attname) for field in Execution._meta.concrete_fields}
    again = {**terms, "id": new_id(), "venue_execution_id": "another", "order_version": 99, **changes}

    with pytest.raises(IntegrityError), transaction.atomic():
        Execution.objects.create(**again)


@pytest.mark.parametrize("table", ["orders_execution", "orders_orderrevision", "orders_usedclientorderid"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_what_happened_is_never_changed(world: World, table: str, statement: str) -> None:
    from django.db import ProgrammingError, connection

    fill(world.place(), "10")
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        connection.cursor().execute(statement.format(table))


def test_orders_and_positions_are_never_deleted(world: World) -> None:
    from django.db import ProgrammingError, connection

    world.place()
    for table in ("orders_order", "orders_position", "orders_instrument", "orders_account"):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            connection.cursor().execute(f"DELETE FROM {table}")


def test_the_superuser_flag_does_not_exist(world: World) -> None:
    user = User.objects.get(username="auditor")

    with pytest.raises(AttributeError):
        user.is_superuser = True  # type: ignore[misc]
    assert not user.is_superuser
    assert not user.has_perm("orders.place_orders")
    assert not user.has_module_perms("orders")
    assert not any(field.name == "is_superuser" for field in User._meta.get_fields())


def test_a_fill_is_unique_by_its_venue_and_id(world: World) -> None:
    order = world.place()
    execution = fill(order, "10")
    assert execution is not None
    twin = Execution(
        order=order,
        order_version=99,
        venue=execution.venue,
        venue_execution_id=execution.venue_execution_id,
        quantity=1,
        price=1,
        market_time=execution.market_time,
        recorded_at=execution.recorded_at,
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save(force_insert=True)
