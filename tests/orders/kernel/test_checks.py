"""A table's CHECKs stand in one function: what each refuses is told by its own name, from SQL that no service wrote."""

import re

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction

from orders.kernel.checks import Checks
from orders.models import Exposure, Order, Position
from tests.world import World

BY_MODEL = {
    model: constraint
    for model in apps.get_models()
    for constraint in model._meta.constraints
    if isinstance(constraint, Checks)
}


def test_the_tables_that_every_order_writes_have_their_checks_in_a_function() -> None:
    assert {Order, Position, Exposure} == set(BY_MODEL)


@pytest.mark.django_db
@pytest.mark.parametrize("model", BY_MODEL, ids=lambda model: model.__name__)
def test_the_function_that_the_database_has_is_the_one_that_the_model_means(
    model: type[models.Model],
) -> None:
    checks = BY_MODEL[model]
    with connection.schema_editor(collect_sql=True) as editor:
        meant = checks.create_sql(model, editor)
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = %s", [checks.name])
        ((kept,),) = cursor.fetchall()

    assert kept.strip() in meant
    assert re.findall("CONSTRAINT = '([a-z_]+)'", kept) == [check.name for check in checks.checks]


@pytest.mark.django_db
@pytest.mark.parametrize("model", BY_MODEL, ids=lambda model: model.__name__)
def test_the_constraint_calls_the_function_and_holds_for_what_was_there_before(
    model: type[models.Model],
) -> None:
    name = BY_MODEL[model].name
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid), convalidated FROM pg_constraint"
            " WHERE conname = %s AND conrelid = %s::regclass AND conenforced",
            [name, model._meta.db_table],
        )
        ((definition, is_validated),) = cursor.fetchall()

    assert definition.startswith(f"CHECK ({name}(")
    assert is_validated


@pytest.mark.parametrize(
    ("table", "change", "constraint"),
    [
        ("orders_order", "filled_quantity = quantity + 1", "order_filled_within_ordered"),
        ("orders_order", "quantity = -1", "order_quantity_positive"),
        ("orders_order", "status = 'sold'", "order_status_known"),
        ("orders_position", "open_buy_quantity = -1", "position_nothing_negative"),
        ("orders_exposure", "opening_equity = 1, opening_day = NULL", "exposure_opened_at_once"),
    ],
)
def test_what_is_violated_is_told_by_its_own_name(
    world: World, table: str, change: str, constraint: str
) -> None:
    world.place()
    with (
        pytest.raises(IntegrityError, match=f'"{constraint}"') as refused,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE {table} SET {change}")

    told = refused.value.__cause__.diag  # type: ignore[union-attr]  # psycopg's error
    assert (told.constraint_name, told.table_name) == (constraint, table)


def test_an_instance_is_validated_against_each(world: World) -> None:
    order = world.place()
    order.filled_quantity = order.quantity + 1

    with pytest.raises(ValidationError, match="order_filled_within_ordered"):
        BY_MODEL[Order].validate(Order, order)
