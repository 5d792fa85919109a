"""The steps by which rows of market data get into their tables: a turn, a month's partition, a COPY or a correction."""

import io
from collections.abc import Mapping
from datetime import UTC, date
from functools import cache
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc
from django.db import IntegrityError, connection
from psycopg import errors
from pyarrow import csv

from execution.market_data.kinds import Kind
from orders.kernel.transactions import step

_WRITE = csv.WriteOptions(include_header=False, quoting_style="needed")
_RESTATED_AT_ONCE = 10_000


@step
def wait_turn(kind: Kind) -> None:
    """Wait until no other load of this kind is under way, until the end of the transaction.

    Two loads would else wait for each other's minutes and months. The foreign keys are looked at after each statement:
    what is put off until the commit is kept in the server's memory, row by row.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"load {kind.table}"])
        cursor.execute(f"SET CONSTRAINTS {kind.table}_of_instrument IMMEDIATE")


@step
def make_month(kind: Kind, month: date) -> None:
    """Have the partition of the month that begins on this date, in UTC. Raises DataError outside 1970 to 2199."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT qtweb_market_data_month(%s, %s)", [kind.table, month])


@step
def copy_rows(kind: Kind, table: pa.Table, instrument_ids: Mapping[str, str]) -> None:
    """Add the rows by COPY. Raises IntegrityError for what is there already and for what no row of the kind may say."""
    columns = {"instrument_id": _ids(table["symbol"], instrument_ids), kind.moment: _shortest(table["at"])}
    columns |= {name: table[name] for name in (*kind.all_numbers, *kind.texts)}
    text = io.BytesIO()
    csv.write_csv(pa.table(columns), text, _WRITE)
    statement = f"COPY {kind.table} ({', '.join(columns)}) FROM STDIN (FORMAT csv, FORCE_NOT_NULL ({{}}))"
    if kind.texts:
        statement = statement.format(", ".join(kind.texts))
    else:
        statement = statement.replace(", FORCE_NOT_NULL ({})", "")
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(text.getbuffer())


@step
def restate_rows(kind: Kind, table: pa.Table, instrument_ids: Mapping[str, str], *, load_id: UUID) -> int:
    """Add the rows or, where one of the same key is there and says something else, let it say this from now on.

    Numbers that the file does not have stay as they are. What it said is kept by the trigger `keep_version` as what the
    load `load_id` replaced. Returns how many there were.

    Raises IntegrityError as `copy_rows`, and for a key that comes twice.
    """
    corrected = 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('qtweb.market_data_load', %s, true)", [str(load_id)])
        for start in range(0, len(table), _RESTATED_AT_ONCE):
            part = table.slice(start, _RESTATED_AT_ONCE)
            moments = [at.replace(tzinfo=UTC) for at in part["at"].to_pylist()]
            values = [part[name].to_pylist() for name in (*kind.all_numbers, *kind.texts)]
            ids = _ids(part["symbol"], instrument_ids).to_pylist()
            try:
                cursor.execute(_restating(kind), [ids, moments, *values])
            except Exception as error:
                if isinstance(error.__cause__, errors.CardinalityViolation):
                    raise IntegrityError("a key comes twice") from error
                raise
            corrected += cursor.fetchone()[0]
        cursor.execute("SELECT set_config('qtweb.market_data_load', '', true)")
    return corrected


@step
def check_each_came_once(load_id: UUID) -> None:
    """Raise IntegrityError where a correction restated what it had brought itself: its file has a key twice."""
    with connection.cursor() as cursor:
        cursor.execute(_TWICE, [load_id])
        if (found := cursor.fetchone()) is not None:
            raise IntegrityError(f"{found[0]} at {found[1]} comes twice")


_TWICE = """
    SELECT instrument_id, at FROM execution_marketdataversion
    WHERE load_id = %s AND recorded_at = superseded_at ORDER BY at LIMIT 1
"""


@cache
def _restating(kind: Kind) -> str:
    own = [name for name in (*kind.all_numbers, *kind.texts) if name not in kind.key]
    types = ["uuid", "timestamptz", *["numeric"] * len(kind.all_numbers), *["text"] * len(kind.texts)]
    said = {name: f"EXCLUDED.{name}" for name in own}
    said |= {name: f"coalesce(EXCLUDED.{name}, {kind.table}.{name})" for name in kind.more_numbers}
    return f"""
        WITH written AS (
            INSERT INTO {kind.table} (instrument_id, {", ".join(kind.columns)})
            SELECT * FROM unnest({", ".join(f"%s::{each}[]" for each in types)})
            ON CONFLICT (instrument_id, {", ".join(kind.key)}) DO UPDATE
                SET {", ".join(f"{name} = {value}" for name, value in said.items())}
                WHERE ({", ".join(f"{kind.table}.{name}" for name in own)})
                    IS DISTINCT FROM ({", ".join(said.values())})
            RETURNING OLD.instrument_id IS NOT NULL AS was_there
        )
        SELECT count(*) FILTER (WHERE was_there) FROM written
    """  # noqa: S608 - names of ours


def _ids(symbols: pa.ChunkedArray, instrument_ids: Mapping[str, str]) -> pa.Array:
    codes = symbols.combine_chunks().dictionary_encode()
    ids = pa.array([instrument_ids[symbol] for symbol in codes.dictionary.to_pylist()], pa.string())
    return ids.take(codes.indices)


def _shortest(at: pa.ChunkedArray) -> pa.ChunkedArray:
    """The moments in whole seconds where they are, which is shorter to write and to read; the session is in UTC."""
    in_seconds = at.cast(pa.timestamp("s"), safe=False)
    is_whole = pc.all(pc.equal(in_seconds.cast(pa.timestamp("us")), at)).as_py()
    return in_seconds if is_whole else at
