"""How many times as long an admission takes because of the audit log.

With the log: the database of the admissions, by web and integrator. Without: a copy of it whose leaf table and triggers
the owner's role dropped, by the `web` of bench/without_log. In turns, ROUNDS of each after a warm-up, which of the two
comes first changing; the medians are compared. Where others use the machine too, the processor's time says more.
"""

import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import psycopg
from django.db import connections

from bench import cpu, processes
from bench.clients import Measurement, Order, measure
from qtweb.embedded import postgres
from qtweb.embedded.instance import Instance

ROUNDS = 3
_DATABASE = "bench_without_log"
_DROP = """
    DO $$
    DECLARE
        made record;
    BEGIN
        FOR made IN SELECT oid::regprocedure AS name FROM pg_proc WHERE pronamespace = 'public'::regnamespace
            AND proname ~ '^qtweb_(capture_|begin_revision|count_revision|refuse_key)' LOOP
            EXECUTE format('DROP FUNCTION %s CASCADE', made.name);
        END LOOP;
        DROP TABLE compliance_leaf CASCADE;
    END
    $$
"""


@dataclass
class Side:
    """One of the two: of each round the orders a second, and the milliseconds of processor that an order took."""

    per_second: list[float] = field(default_factory=list)
    cpu_ms: list[Counter[str]] = field(default_factory=list)
    """By part of the site."""

    @property
    def rate(self) -> float:
        """The median of the rounds' orders a second."""
        return statistics.median(self.per_second)

    @property
    def cpu_ms_of_parts(self) -> dict[str, float]:
        """The median of the rounds' milliseconds, by part."""
        parts = sorted({part for each in self.cpu_ms for part in each})
        return {part: statistics.median(each[part] for each in self.cpu_ms) for part in parts}

    @property
    def cpu_ms_of_all(self) -> float:
        """The same of all parts together."""
        return statistics.median(each.total() for each in self.cpu_ms)


@dataclass(frozen=True)
class Measured:
    """Both sides."""

    with_log: Side
    without: Side

    @property
    def ratio(self) -> float:
        """How many times as long an admission takes with the log."""
        return self.without.rate / self.with_log.rate

    @property
    def cpu_ratio(self) -> float:
        """The same of the processor's time: of the site, the database and, with the log, the integrator."""
        return self.with_log.cpu_ms_of_all / self.without.cpu_ms_of_all


def measured(
    instance: Instance, *, path: str, tokens: Sequence[str], orders: Iterator[Sequence[Order]], seconds: int
) -> Measured:
    """Measure; `orders` gives the clients of each part theirs. Raises RuntimeError when an order is not admitted."""
    _copy_without_log(instance)
    found = Measured(Side(), Side())
    for number in range(2 * ROUNDS):
        is_with_log = number % 4 in (0, 3)
        names = ("web", "integrator") if is_with_log else ("web",)
        with processes.of_procfile(instance, names, {} if is_with_log else _environment(instance)):
            used = cpu.milliseconds(instance)
            result = measure(
                port=instance.web_port, path=path, tokens=tokens, orders=next(orders), seconds=seconds
            )
            spent = cpu.milliseconds(instance) - used
        _require_admitted(result)
        side = found.with_log if is_with_log else found.without
        side.per_second.append(result.per_second)
        side.cpu_ms.append(Counter({part: each / result.sent for part, each in spent.items()}))
    postgres.drop_database(instance, _DATABASE)
    return found


def _copy_without_log(instance: Instance) -> None:
    for each in connections.all():
        each.close()
        each.close_pool()
    postgres.create_database(instance, _DATABASE)
    with psycopg.connect(instance.migration_database_url(_DATABASE), autocommit=True) as owner:
        owner.execute(_DROP)


def _environment(instance: Instance) -> dict[str, str]:
    return {
        "DATABASE_URL": instance.database_url(_DATABASE),
        "DJANGO_SETTINGS_MODULE": "bench.without_log.settings",
    }


def _require_admitted(result: Measurement) -> None:
    if result.errors:
        raise RuntimeError(f"{len(result.errors)} errors, the first: {result.errors[0]}")
