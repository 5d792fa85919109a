"""Insert rows where somebody waits for them: one through a statement that is made once per table, many by COPY.

`Model.save` builds and compiles its INSERT anew for every row, which costs several times what the row itself does.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Field, Model

from orders.kernel.transactions import step


@step
def insert(row: Model) -> None:
    """Insert a new row whose values are plain: no expressions, no signals, no columns read back.

    Columns that the database fills by itself (identity, defaults, generated) are left to it, and are not known on
    `row` afterwards. Raises what `save` raises for a constraint.
    """
    statement, fields = _insertion(type(row))
    values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
    row._state.adding = False
    row._state.db = connection.alias


@step
def insert_all(model: type[Model], columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Insert `rows`, each with the values of `columns` in their order as psycopg takes them, by one COPY.

    JSON is given as text. Columns that are not named get their default in the database. Raises what `save` raises for
    a constraint; triggers fire as for any insertion.
    """
    quoted = connection.ops.quote_name
    names = ", ".join(quoted(column) for column in columns)
    statement = f"COPY {quoted(model._meta.db_table)} ({names}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


@cache
def _insertion(model: type[Model]) -> "tuple[str, list[Field[Any, Any]]]":
    fields = [field for field in model._meta.local_concrete_fields if not _is_filled_by_database(field)]
    quoted = connection.ops.quote_name
    columns = ", ".join(quoted(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    return f"INSERT INTO {quoted(model._meta.db_table)} ({columns}) VALUES ({places})", fields  # noqa: S608


def _is_filled_by_database(field: "Field[Any, Any]") -> bool:
    return field.generated or field.has_db_default() or field is field.model._meta.auto_field
