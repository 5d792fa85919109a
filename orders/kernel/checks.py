"""CHECKs that cost little: PostgreSQL reads the expression of a CHECK anew for every statement, a function's once."""

from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import BaseConstraint, CheckConstraint, F, Model, Q
from django.db.models.expressions import BaseExpression

_CREATE = """
    CREATE FUNCTION {function}({columns}) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $checks$
    BEGIN{checks}
        RETURN TRUE;
    END
    $checks$;
    ALTER TABLE {table} ADD CONSTRAINT {constraint} CHECK ({function}({names}))
"""
_CHECK = """
        IF ({condition}) IS FALSE THEN
            RAISE check_violation USING
                MESSAGE = 'new row for relation "{table}" violates check constraint "{name}"',
                SCHEMA = 'public', TABLE = '{table}', CONSTRAINT = '{name}';
        END IF;"""


class Checks(BaseConstraint):
    """The CHECKs of a table as one, which calls a function of the same name.

    What is violated is told by its own name, as by a CHECK of its own. A table that is written for every order has
    some kilobytes of conditions; reading them took a third of what PostgreSQL did for an admission.
    """

    def __init__(self, *, name: str, checks: list[CheckConstraint]) -> None:
        super().__init__(name=name)
        self.checks = checks

    def create_sql(self, model: Any, schema_editor: Any) -> str:
        """Return the SQL that makes the function and the constraint."""
        quote = schema_editor.quote_name
        fields = [model._meta.get_field(name) for name in self._field_names()]
        columns = [(quote(field.column), field.db_type(schema_editor.connection)) for field in fields]
        return _CREATE.format(
            function=quote(self.name),
            constraint=quote(self.name),
            table=quote(model._meta.db_table),
            columns=", ".join(f"{name} {of_type}" for name, of_type in columns),
            names=", ".join(name for name, _type in columns),
            checks="".join(
                _CHECK.format(
                    condition=check._get_check_sql(model, schema_editor),  # type: ignore[attr-defined]  # not in the stubs
                    table=model._meta.db_table,
                    name=check.name,
                )
                for check in self.checks
            ),
        )

    def constraint_sql(  # type: ignore[override]  # None: nothing stands inside CREATE TABLE
        self, model: Any, schema_editor: Any
    ) -> None:
        """Leave it to the end of the migration: a function cannot be made inside CREATE TABLE."""
        schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        """Return the SQL that removes both."""
        quote = schema_editor.quote_name
        return (
            f"ALTER TABLE {quote(model._meta.db_table)} DROP CONSTRAINT {quote(self.name)};"
            f"DROP FUNCTION {quote(self.name)}"
        )

    def validate(
        self, model: type[Model], instance: Model, exclude: Any = None, using: str = DEFAULT_DB_ALIAS
    ) -> None:
        """Raise ValidationError for the first that the instance violates."""
        for check in self.checks:
            check.validate(model, instance, exclude=exclude, using=using)

    def deconstruct(self) -> Any:
        """Return how a migration spells it."""
        path, arguments, named = super().deconstruct()
        return path, arguments, {**named, "checks": self.checks}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Checks) and (self.name, self.checks) == (other.name, other.checks)

    __hash__ = BaseConstraint.__hash__

    def _field_names(self) -> list[str]:
        """Return the fields that the conditions name, each once."""
        names = [name for check in self.checks for name in _names_in(check.condition)]
        return list(dict.fromkeys(names))


def _names_in(condition: Any) -> list[str]:
    """Return the fields that a condition or an expression names: a lookup's first part, and every F."""
    if isinstance(condition, Q):
        return [name for child in condition.children for name in _names_in(child)]
    if isinstance(condition, tuple):
        lookup, value = condition
        return [lookup.split("__")[0], *_names_in(value)]
    if isinstance(condition, F):
        return [condition.name]  # type: ignore[attr-defined]  # not in the stubs
    if isinstance(condition, BaseExpression):
        return [name for each in condition.get_source_expressions() for name in _names_in(each)]
    return []
