"""Rows where somebody waits for them: read out of written-out statements, inserted by one that is made once per table.

`Model.save` builds and compiles its INSERT anew for every row, which costs several times what the row itself does.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import connection
from django.db.models import CharField, Field, JSONField, Model, TextField

from orders.kernel.statements import send
from orders.kernel.transactions import step

M = TypeVar("M", bound=Model)


@step
def insert(row: Model) -> None:
    """Insert a new row whose values are plain: no expressions, no signals, no columns read back.

    Columns that the database fills by itself (identity, defaults, generated) are left to it, and are not known on
    `row` afterwards. Raises what `save` raises for a constraint, where `together` is open at its end.
    """
    _insertion(type(row)).send(row.__dict__)
    row._state.adding = False
    row._state.db = connection.alias


@step
def insert_values(model: type[Model], **values: Any) -> None:
    """Insert a row of these values, named as the model's attributes, and of the model's defaults: nobody needs the row
    itself, and making it costs more than inserting it. Raises TypeError for a name that no column has.
    """
    insertion = _insertion(model)
    if not insertion.names >= values.keys():
        raise TypeError(f"{model.__name__} has no {', '.join(sorted(values.keys() - insertion.names))}")
    insertion.send(
        insertion.constants | {name: make() for name, make in insertion.made if name not in values} | values
    )


@step
def update(row: Model, names: Sequence[str]) -> None:
    """Write these columns, named as the model's attributes, of a row that this transaction has locked.

    Values are plain, as for `insert`. Raises what `save` raises for a constraint, where `together` is open at its end.
    """
    _updating(type(row), tuple(names)).send(row.__dict__)


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


def columns_of(model: type[Model], alias: str) -> str:
    """Return SQL that selects the model's columns from the row `alias`."""
    quoted = connection.ops.quote_name
    return ", ".join(f"{alias}.{quoted(str(field.column))}" for field in model._meta.concrete_fields)


def rows_of(models: Sequence[type[Model]], values: Iterable[object]) -> list[Any]:
    """Return a row of each model out of the values of `columns_of` all of them, None where an outer join found none."""
    left = iter(values)
    return [_row(model, [next(left) for _name in _names(model)]) for model in models]


def _row(model: type[M], values: list[object]) -> M | None:
    names = _names(model)
    return None if values[names.index("id")] is None else model.from_db(connection.alias, names, values)


@cache
def _names(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


class _Insertion:
    """How rows of one table are inserted: the statement, and per column the attribute, its default and its adapter.

    A default is a constant of `constants`, or `made` anew for each row.
    """

    def __init__(self, model: type[Model]) -> None:
        fields = [field for field in model._meta.local_concrete_fields if not _is_filled_by_database(field)]
        quoted = connection.ops.quote_name
        columns = ", ".join(quoted(str(field.column)) for field in fields)
        places = ", ".join(f"${number}" for number, _field in enumerate(fields, start=1))
        self._statement = f"INSERT INTO {quoted(model._meta.db_table)} ({columns}) VALUES ({places})"  # noqa: S608 - our own names and constants: values are parameters
        self._columns = [(field.attname, _adapter(field)) for field in fields]
        self.names = {field.attname for field in fields}
        self.made = [(field.attname, field.default) for field in fields if _is_made(field)]
        self.constants = {field.attname: field.get_default() for field in fields if not _is_made(field)}

    def send(self, values: Mapping[str, Any]) -> None:
        """Insert a row of `values`, all of them given by attribute."""
        send(
            self._statement,
            [values[name] if adapt is None else adapt(values[name]) for name, adapt in self._columns],
        )


_insertion = cache(_Insertion)


class _Updating:
    """How some columns of a table's row are written: the statement, and per column the attribute and its adapter."""

    def __init__(self, model: type[Model], names: tuple[str, ...]) -> None:
        fields = {field.attname: field for field in model._meta.local_concrete_fields}
        quoted = connection.ops.quote_name
        places = ", ".join(
            f"{quoted(str(fields[name].column))} = ${number}" for number, name in enumerate(names, start=1)
        )
        self._statement = f"UPDATE {quoted(model._meta.db_table)} SET {places} WHERE id = ${len(names) + 1}"  # noqa: S608 - our own names and constants: values are parameters
        self._columns = [(name, _adapter(fields[name])) for name in names]

    def send(self, values: Mapping[str, Any]) -> None:
        """Write `values`, given by attribute with the row's id."""
        written = [values[name] if adapt is None else adapt(values[name]) for name, adapt in self._columns]
        send(self._statement, [*written, values["id"]])


_updating = cache(_Updating)


def _is_made(field: "Field[Any, Any]") -> bool:
    return field.has_default() and callable(field.default)


def _is_filled_by_database(field: "Field[Any, Any]") -> bool:
    return field.generated or field.has_db_default() or field is field.model._meta.auto_field


def _adapter(field: "Field[Any, Any]") -> Callable[[Any], Any] | None:
    """Return what makes a value of the field one that psycopg knows by its type; None where it is one."""
    if isinstance(field, JSONField):
        return _json_text
    if isinstance(field, CharField | TextField):
        return _plain_text
    return None


def _json_text(value: Any) -> str | None:
    return None if value is None else json.dumps(value, separators=(",", ":"))


def _plain_text(value: Any) -> str | None:
    """A member of a StrEnum as the text that it is: psycopg would search for how to send one."""
    return None if value is None else str(value)
