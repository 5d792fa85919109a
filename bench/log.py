"""How fast leaves get their places, and how long it takes to verify them all, each beside its bare counterpart.

`integrator_ratio`: leaves sequenced per second over rows per second of a bare COPY of the same rows into a table
without an index. The integrator reads the leaves, hashes them, and commits entries, nodes and a checkpoint in batches
of its own. Nine in ten leaves are of rows, about as an order leaves them. `verify_ratio`: seconds of verification
(leaves, columns, entries, nodes, checkpoints, counts of rows) over seconds of reading the bodies in the tree's order
and hashing each. Every round of either is on the same leaves.
"""

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

import psycopg

from compliance.models import TreeEntry
from compliance.services.integrate import Integrator, sole_integrator
from compliance.services.verify import verify

ROUNDS = 3
_OBJECTS = 20_000
_COLUMNS = "kind, object_type, object_id, revision, action, actor, correlation_id, recorded_at, body"
_WRITE = f"""
    INSERT INTO compliance_leaf ({_COLUMNS})
    SELECT kind, object_type, object_id, revision, action, 'process:bench', correlation_id, moment,
        '{{"action":"' || action || '","actor":"process:bench",' || CASE kind
            WHEN 'row' THEN '"after":{{"open_buy_notional":"' || n || '.0000000000000000","open_buy_quantity":"100"}},'
                || '"before":{{"open_buy_notional":"0.0000000000000000","open_buy_quantity":"0.00000000"}},'
            ELSE '' END
        || '"correlation_id":"' || correlation_id || '","door":"process",' || CASE kind
            WHEN 'row' THEN '"kind":"row",'
            ELSE '"facts":{{"account_id":"' || object_id || '","filled_quantity":"0","price":"100.25",'
                || '"status":"new","venue":"SIM"}},"market_time":"2024-03-04T14:30:00.000000Z",' END
        || '"object":{{"id":"' || object_id || '","revision":' || revision || ',"type":"' || object_type
        || '"}},"on_behalf_of":null,"recorded_at":"'
        || to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || CASE kind
            WHEN 'row' THEN '","role":"qtweb_app","service":"book","source":null,"transaction":'
                || pg_current_xact_id()::text || '}}'
            ELSE '","service":"book","source":null}}' END
    FROM (
        SELECT *,
            CASE kind WHEN 'row' THEN 'orders_position' ELSE 'order' END AS object_type,
            CASE WHEN kind = 'event' THEN 'OrderAcknowledged' WHEN revision = 1 THEN 'insert' ELSE 'update' END
                AS action
        FROM (
            SELECT n, CASE n %% 10 WHEN 0 THEN 'event' ELSE 'row' END AS kind,
                md5((n %% {_OBJECTS})::text)::uuid::text AS object_id, n / {_OBJECTS} + 1 AS revision,
                md5(n::text)::uuid::text AS correlation_id,
                timestamptz '2024-03-04 14:30Z' + n * interval '20 ms' AS moment
            FROM generate_series(0, %s - 1) AS n
        ) AS numbered
    ) AS made
"""  # noqa: S608 - names of ours
_BARE = f"CREATE TABLE bare_leaf AS SELECT id, {_COLUMNS} FROM compliance_leaf LIMIT 0"  # noqa: S608 - as above
_NEWEST = f"""
    COPY (SELECT id, {_COLUMNS} FROM compliance_leaf ORDER BY id DESC LIMIT %s) TO STDOUT
"""  # noqa: S608 - as above


@dataclass(frozen=True)
class Measured:
    """Seconds: of sequencing `leaves` once, of each bare COPY, of each verification and each bare reading."""

    leaves: int
    sequenced_s: float
    copied_s: list[float]
    verified_s: list[float]
    hashed_s: list[float]

    @property
    def integrator_ratio(self) -> float:
        """Leaves a second of the integrator over rows a second of the median COPY."""
        return statistics.median(self.copied_s) / self.sequenced_s

    @property
    def verify_ratio(self) -> float:
        """The median verification over the median bare reading."""
        return statistics.median(self.verified_s) / statistics.median(self.hashed_s)


def measure(url: str) -> Measured:
    """Write BENCH_LEAVES (1,000,000) leaves in this database and measure; `url` is its superuser's address.

    No integrator may run beside this. Raises RuntimeError where a leaf has no place or does not verify.
    """
    count = int(os.environ.get("BENCH_LEAVES", "1000000"))
    with psycopg.connect(url, autocommit=True) as connection:
        _sequence_all()
        connection.execute(_WRITE, [count])
        connection.execute("ANALYZE")
        sequenced_s = _timed_s(_sequence_all)
        connection.execute("ANALYZE")
        copied_s = [_copy_s(connection, count) for _ in range(ROUNDS)]
        hashed_s, verified_s = [], []
        for _ in range(ROUNDS):
            hashed_s.append(_timed_s(lambda: _hash_all(connection)))
            verified_s.append(_timed_s(_verify_all))
    return Measured(count, sequenced_s, copied_s, verified_s, hashed_s)


def _timed_s(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _sequence_all() -> None:
    with sole_integrator() as held:
        if not held:
            raise RuntimeError("another integrator is at work")
        integrator = Integrator()
        while integrator.run_batch():
            pass


def _copy_s(connection: psycopg.Connection, count: int) -> float:
    """COPY the newest `count` leaves out, which is not measured, and into a bare table, which is."""
    connection.execute("DROP TABLE IF EXISTS bare_leaf")
    connection.execute(_BARE)
    with connection.cursor().copy(_NEWEST, [count]) as reading:
        blocks = [bytes(block) for block in reading]
    text = b"".join(blocks)

    def write() -> None:
        with connection.cursor().copy("COPY bare_leaf FROM STDIN") as writing:
            for start in range(0, len(text), 1 << 20):
                writing.write(text[start : start + (1 << 20)])

    seconds = _timed_s(write)
    connection.execute("DROP TABLE bare_leaf")
    return seconds


def _hash_all(connection: psycopg.Connection) -> None:
    """Read every leaf's body in the order of the tree, a page at a time, and hash it."""
    with connection.transaction(), connection.cursor(name="bare") as cursor:
        cursor.itersize = 1024
        cursor.execute(
            "SELECT body FROM compliance_treeentry AS entry JOIN compliance_leaf AS leaf ON leaf.id = entry.leaf_id"
            " ORDER BY sequence"
        )
        for (body,) in cursor:
            sha256(b"\x00" + body.encode()).digest()


def _verify_all() -> None:
    result = verify()
    if result.broken is not None or result.leaves != TreeEntry.objects.count():
        raise RuntimeError(str(result))
