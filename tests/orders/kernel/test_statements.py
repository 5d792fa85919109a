"""Statements that are prepared, and several that go as one."""

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from orders.kernel.ids import new_id
from orders.kernel.postgresql.base import session
from orders.kernel.rows import insert_values
from orders.kernel.statements import Statement, together
from orders.models import Firm

pytestmark = pytest.mark.django_db


def add_firm(code: str) -> None:
    insert_values(Firm, id=new_id(), code=code, currency="USD")


def codes() -> list[str]:
    return sorted(Firm.objects.values_list("code", flat=True))


def test_a_value_that_is_named_twice_is_sent_once_and_a_percent_sign_stays_one() -> None:
    statement = Statement("SELECT %(b)s::int - %(a)s::int, %(b)s::int %% 4")

    assert statement.text == "SELECT $1::int - $2::int, $1::int % 4"
    assert statement.row({"a": 3, "b": 10}) == (7, 2)


def test_a_statement_is_prepared_once_for_a_session() -> None:
    statement = Statement("SELECT %(number)s::int + 41")
    prepared = "SELECT count(*) FROM pg_prepared_statements WHERE statement = %s"

    assert [statement.row({"number": number}) for number in (1, 2, 3)] == [(42,), (43,), (44,)]

    with connection.cursor() as cursor:
        cursor.execute(prepared, [statement.text])
        assert cursor.fetchone() == (1,)


def test_what_no_row_answers_is_none() -> None:
    assert Statement("SELECT 1 WHERE %(never)s::boolean").row({"never": False}) is None


def test_what_is_written_together_is_one_statement() -> None:
    with CaptureQueriesContext(connection) as sent, together():
        add_firm("A")
        add_firm("B")

    assert len(sent) == 1
    assert codes() == ["A", "B"]


def test_what_is_written_alone_is_sent_at_once() -> None:
    with CaptureQueriesContext(connection) as sent:
        add_firm("A")
        add_firm("B")

    assert len(sent) == 2


def test_a_block_inside_another_one_is_part_of_it() -> None:
    with CaptureQueriesContext(connection) as sent, together():
        add_firm("A")
        with together():
            add_firm("B")
            add_firm("C")
        assert len(sent) == 0

    assert len(sent) == 1
    assert codes() == ["A", "B", "C"]


def test_nothing_is_sent_of_a_block_that_raises_and_the_next_one_begins_anew() -> None:
    with pytest.raises(ValueError, match="no"), together():
        add_firm("A")
        raise ValueError("no")

    with together():
        add_firm("B")

    assert codes() == ["B"]


def test_what_one_part_violates_takes_all_of_them_back() -> None:
    add_firm("A")

    with pytest.raises(IntegrityError, match="code"), transaction.atomic(), together():
        add_firm("B")
        add_firm("A")

    assert codes() == ["A"]


def test_a_name_that_no_column_has_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(TypeError, match="Firm has no colour"):
        insert_values(Firm, id=new_id(), code="A", currency="USD", colour="red")


def test_a_copy_of_the_connection_is_not_taken_for_it() -> None:
    assert session() is connections["default"]

    copy = connections["default"].copy()
    try:
        assert session() is connections["default"]
    finally:
        copy.close()
