"""The SQL of capture: the triggers of one table, made of its declaration and of its columns as they are.

A leaf's body is composed as text, keys in order, in the very spelling of compliance/leaves.py: PostgreSQL's to_json and
Python's json escape the same characters the same way. Amounts are strings, moments UTC to the microsecond.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from compliance.capture.declared import UNDECLARED, WITHOUT_KEY, ByRow, ByStatement

PREFIX = "qtweb_capture_"
REVISION = "audit_revision"
"""The column that counts the changes of a row. It is the database's: no model knows of it, no statement can set it."""

COUNTING = ("revision_begins", "revision_counts", "key_stays")
"""The triggers that keep that count."""

CONTEXT = "qtweb.context"
"""The transaction's setting that claims who acts: what stands in it, the application says."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table as the database has it: its columns' types in order, its key, and whether rows may only be added.

    `is_named_in_clear` is how its leaves name rows already, None before the first: a row keeps its name, or its changes
    would count anew.
    """

    name: str
    types: Mapping[str, str]
    key: Sequence[str]
    is_append_only: bool = False
    is_named_in_clear: bool | None = None

    @property
    def function(self) -> str:
        """The name of its trigger function."""
        return f"{PREFIX}{self.name}"


def attach(table: Table, declared: ByRow | ByStatement | None) -> str:
    """Return the SQL that puts the triggers on a table, in place of those that it has.

    A table that nobody declared is captured all the same, with nothing in clear but what names its rows; one without
    a key, whose rows nothing names, by statement.
    """
    if not table.key:
        declared = WITHOUT_KEY
    if isinstance(declared, ByStatement):
        return _detach(table) + _uncounted(table) + _by_statement(table, declared)
    return _detach(table) + _by_row(table, declared or UNDECLARED)


def _detach(table: Table) -> str:
    return f"DROP FUNCTION IF EXISTS public.{table.function}() CASCADE;\n"


def _uncounted(table: Table) -> str:
    return "".join(f'DROP TRIGGER IF EXISTS {name} ON public."{table.name}";\n' for name in COUNTING)


def forget_name(table: Table, function: str) -> str:
    """Return the SQL that removes what a table had under an earlier name: its leaves name it otherwise from now on.

    So its changes count anew, as `count_changes` begins.
    """
    column = f'ALTER TABLE public."{table.name}" DROP COLUMN IF EXISTS {REVISION};\n'
    return f"DROP FUNCTION public.{function}() CASCADE;\n" + _uncounted(table) + column


def source_of(text: str) -> str:
    """Return the text of the trigger function that this SQL makes, as PostgreSQL keeps it."""
    return text.split("$capture$")[1]


_TRIGGER = re.compile(
    r"CREATE TRIGGER (\w+) (BEFORE|AFTER) (.+?) ON .+ FOR EACH (ROW|STATEMENT)( WHEN .+)?"
    r" EXECUTE FUNCTION public\.(\w+)\(\);"
)
_BITS = {"ROW": 1, "BEFORE": 2, "INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}


def triggers_of(text: str) -> set[str]:
    """Return the triggers that this SQL makes: name, type as in pg_trigger, function, and whether under a condition."""
    return {
        f"{name} {sum(_BITS.get(word, 0) for word in [when, level, *verbs.split()])} {function} {bool(condition)}"
        for name, when, verbs, level, condition, function in _TRIGGER.findall(text)
    }


def _function(table: Table, declared: str, body: str) -> str:
    # The owner's rights: the application may neither compute commitments nor write leaves of rows by itself. Nobody
    # but the owner can make an object in these schemas, so that no search_path leads elsewhere.
    return f"""
        CREATE FUNCTION public.{table.function}() RETURNS trigger LANGUAGE plpgsql
            SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $capture$
        DECLARE{declared}
        BEGIN{body}
            RETURN NULL;
        END
        $capture$;
        REVOKE EXECUTE ON FUNCTION public.{table.function}() FROM PUBLIC, qtweb_app;
    """


def _trigger(name_of_table: str, name: str, rest: str, function: str) -> str:
    named = f'public."{name_of_table}"'
    return f"""
        DROP TRIGGER IF EXISTS {name} ON {named};
        CREATE TRIGGER {name} {rest.format(on=f"ON {named}")} EXECUTE FUNCTION public.{function}();
        ALTER TABLE {named} ENABLE ALWAYS TRIGGER {name};
    """


def _truncate(table: Table) -> str:
    return _trigger(table.name, "capture_truncate", "AFTER TRUNCATE {on} FOR EACH STATEMENT", table.function)


_TRANSITIONS = {
    "INSERT": "NEW TABLE AS new_rows",
    "UPDATE": "NEW TABLE AS new_rows",
    "DELETE": "OLD TABLE AS old_rows",
}


def on_partition(table: Table, partition: str) -> str:
    """Return the SQL that puts the statement triggers of a table on a partition, for who writes to that directly."""
    triggers = _statement_triggers(partition, table.function)
    return triggers + _trigger(
        partition, "capture_truncate", "AFTER TRUNCATE {on} FOR EACH STATEMENT", table.function
    )


def _statement_triggers(name: str, function: str, directly: str = "") -> str:
    return "".join(
        _trigger(
            name,
            f"capture_{verb.lower()}",
            f"AFTER {verb} {{on}} REFERENCING {rows} FOR EACH STATEMENT{directly}",
            function,
        )
        for verb, rows in _TRANSITIONS.items()
    )


def _by_statement(table: Table, declared: ByStatement) -> str:
    body = """
            IF TG_OP = 'INSERT' OR TG_OP = 'UPDATE' THEN
                SELECT count(*) INTO changed FROM new_rows;
            ELSIF TG_OP = 'DELETE' THEN
                SELECT count(*) INTO changed FROM old_rows;
            END IF;
            IF changed IS DISTINCT FROM 0 THEN
                written := public.qtweb_write_leaf(TG_TABLE_NAME, '*', 0, lower(TG_OP),
                    '{"count":' || coalesce(changed::text, 'null') || '}', '{}');
            END IF;"""
    variables = "\n            changed bigint;\n            written boolean;"
    directly = " WHEN (pg_trigger_depth() = 0)" if declared.is_derived else ""
    triggers = _statement_triggers(table.name, table.function, directly)
    return _function(table, variables, body) + triggers + _truncate(table)


def _by_row(table: Table, declared: ByRow) -> str:
    shown = _Shown(table, declared)
    names = sorted(shown.columns)
    whole = {
        row: _concat([f"""',"{name}":' || {shown.said(row, name)}""" for name in names])
        for row in ("NEW", "OLD")
    }
    moved = {
        row: _concat([f"CASE WHEN {_is_other(name)} THEN {shown.named(row, name)} END" for name in names])
        for row in ("NEW", "OLD")
    }
    counted, removed = ("1", "2") if table.is_append_only else (f"NEW.{REVISION}", f"OLD.{REVISION} + 1")
    body = f"""
            IF TG_OP = 'INSERT' THEN
                written := public.qtweb_write_leaf(TG_TABLE_NAME, {shown.object_id("NEW")}, {counted}, 'insert',
                    '{{' || ltrim({whole["NEW"]}, ',') || '}}', '{{}}');
            ELSIF TG_OP = 'UPDATE' THEN
                written := public.qtweb_write_leaf(TG_TABLE_NAME, {shown.object_id("NEW")}, {counted}, 'update',
                    '{{' || ltrim({moved["NEW"]}, ',') || '}}', '{{' || ltrim({moved["OLD"]}, ',') || '}}');
            ELSIF TG_OP = 'DELETE' THEN
                written := public.qtweb_write_leaf(TG_TABLE_NAME, {shown.object_id("OLD")}, {removed}, 'delete',
                    '{{}}', '{{' || ltrim({whole["OLD"]}, ',') || '}}');
            ELSE
                written := public.qtweb_write_leaf(TG_TABLE_NAME, '*', 0, 'truncate', '{{"count":null}}', '{{}}');
            END IF;"""
    function = _function(table, "\n            written boolean;", body)
    rows = _trigger(
        table.name,
        "capture_rows",
        "AFTER INSERT OR UPDATE OR DELETE {on} FOR EACH ROW",
        table.function,
    )
    return ("" if table.is_append_only else _revisions(table, declared)) + function + rows + _truncate(table)


def count_changes(table: Table, declared: ByRow | ByStatement | None) -> str:
    """Return the SQL that gives a table its count of changes, where it is to have one and has none yet.

    Rows that are there start at 0, so that their first change is 1.
    """
    if isinstance(declared, ByStatement) or table.is_append_only or REVISION in table.types:
        return ""
    named = f'public."{table.name}"'
    return f"""
        ALTER TABLE {named} ADD COLUMN {REVISION} bigint NOT NULL DEFAULT 0;
        ALTER TABLE {named} ALTER COLUMN {REVISION} SET DEFAULT 1;
    """


def _revisions(table: Table, declared: ByRow) -> str:
    """What keeps the count of a row's changes, and what they are counted by."""
    key = " OR ".join(map(_is_other, dict.fromkeys([*table.key, *declared.named_by.split()])))
    triggers = {
        "revision_begins": (
            f"INSERT {{on}} FOR EACH ROW WHEN (NEW.{REVISION} IS DISTINCT FROM 1)",
            "begin_revision",
        ),
        "revision_counts": ("UPDATE {on} FOR EACH ROW", "count_revision"),
        "key_stays": (f"UPDATE {{on}} FOR EACH ROW WHEN ({key})", "refuse_key"),
    }
    return "".join(
        _trigger(table.name, name, f"BEFORE {rest}", f"qtweb_{function}")
        for name, (rest, function) in triggers.items()
    )


def _place(name: str) -> str:
    return f"'{name}', '')"


def is_named_in_clear(name: str, source: str | None) -> bool | None:
    """Tell from the text of a table's trigger function how it names rows; None where it names none."""
    return None if source is None or "'insert'" not in source else _place(name) not in source


def _is_other(name: str) -> str:
    return f'OLD."{name}" IS DISTINCT FROM NEW."{name}"'


class _Shown:
    """How each column of a table is said."""

    def __init__(self, table: Table, declared: ByRow) -> None:
        self._table, self._declared = table, declared
        self._in_clear, self._digested = declared.shown.split(), declared.digested.split()
        left_out = {REVISION, *declared.left_out.split()}
        self.columns = [name for name in table.types if name not in left_out]

    def object_id(self, row: str) -> str:
        """The text that names the row."""
        names = self._declared.named_by.split() or self._table.key
        key = " || '/' || ".join(f'{row}."{name}"::text' for name in names)
        is_in_clear = self._table.is_named_in_clear
        if is_in_clear is None:
            is_in_clear = all(self._is_in_clear(name) for name in names)
        if is_in_clear:
            return f"left({key}, 64)"
        return f"public.qtweb_commitment({key}, {_place(self._table.name)}"

    def named(self, row: str, name: str) -> str:
        """SQL of a column as a member of a JSON object, with the comma before it; null where there is none."""
        return f"""',"{name}":' || coalesce({self.said(row, name)}, 'null')"""

    def said(self, row: str, name: str) -> str:
        """SQL of a column's value as JSON text, NULL where there is none."""
        value, kind = f'{row}."{name}"', self._table.types[name]
        if self._is_in_clear(name):
            return _in_clear(value, kind)
        text = f"encode({value}, 'hex')" if kind == "bytea" else f"{value}::text"
        if name in self._digested:
            return f"""'{{"sha256":"' || encode(sha256(convert_to({text}, 'UTF8')), 'hex') || '"}}'"""
        committed = f"public.qtweb_commitment({text}, '{self._table.name}.{name}', {self.object_id(row)})"
        # That nothing stands there is said as it is: most free text is empty.
        return f"""CASE {text} WHEN '' THEN '""' ELSE '{{"committed":"' || {committed} || '"}}' END"""

    def _is_in_clear(self, name: str) -> bool:
        """Whether a column is shown: where it is declared so, and in a table that nobody declared keys by number."""
        is_number = name in self._table.key and self._table.types[name] in _NUMBERED
        return name in self._in_clear or (is_number and self._declared is UNDECLARED)


_NUMBERED = ("uuid", "bigint", "integer", "smallint")
_MOMENT = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'


def _in_clear(value: str, kind: str) -> str:
    if kind in ("bigint", "integer", "smallint", "boolean"):
        return f"{value}::text"
    if kind == "timestamp with time zone":
        spelled = f"""to_char({value} AT TIME ZONE 'UTC', '{_MOMENT}')"""
        # Infinity and years before Christ have no such spelling.
        return f"""CASE WHEN {value} BETWEEN '0001-01-01Z' AND '9999-12-31Z' THEN '"' || {spelled} || '"'
            ELSE to_json({value}::text)::text END"""
    if (
        kind in ("uuid", "date")
        or kind.endswith("[]")
        or kind.startswith("character varying")
        or kind == "text"
    ):
        return f"to_json({value})::text"
    return f"to_json({value}::text)::text"


_MOST_ARGUMENTS = 90


def _concat(parts: Sequence[str]) -> str:
    """PostgreSQL's functions take at most a hundred arguments."""
    chunks = [parts[start : start + _MOST_ARGUMENTS] for start in range(0, len(parts), _MOST_ARGUMENTS)]
    return " || ".join(f"concat({', '.join(chunk)})" for chunk in chunks)
