"""The second part of `make bench`: slices a second, beside what the database alone can do, and how late they are.

Every process of the Procfile runs. Slices are measured falling due faster than they can be sent, then in one position,
then at half the rate that was measured. Raises RuntimeError when a slice is not filled, or the venue's record is not
ours. BENCH_SECONDS (10) is how long pgbench takes, before and after.
"""

import os
from datetime import date
from decimal import Decimal
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING

import django

from bench import pgbench
from bench.show import show, show_cpu
from qtweb.embedded import postgres
from qtweb.embedded.instance import Instance
from qtweb.embedded.processes import MARKER

if TYPE_CHECKING:
    from bench.slices.outcome import Outcome
    from orders.kernel.context import Actor

_PGBENCH = "bench_pgbench"
_FASTER_PER_SECOND = 150.0
"""More than can be sent: slices fall behind, and those of one parent that are due together go as one."""
_WARM_UP_PARENTS = 20
_WARM_UP_PER_SECOND = 15.0
"""So few that their parents have seconds of ours: cold processes send none of a parent whose time is over in one."""
_DISPATCHER_PERIOD_S = 0.2
"""Of beat_schedule in qtweb/celery_configuration.py."""

_DAYS = [date(2024, 3, day) for day in (5, 6, 7, 8)]


def main() -> None:
    """Measure and print."""
    from django.core.management import call_command

    from bench import processes, universe
    from bench.slices.parents import trader
    from orders.models import Desk

    seconds = int(os.environ.get("BENCH_SECONDS", "10"))
    instance = Instance.attached(Path(os.environ[MARKER]))
    postgres.create_database(instance, _PGBENCH, template="template0")
    url = instance.superuser_url(_PGBENCH)
    pgbench.create_tables(url)
    show("slices_load_before", f"{os.getloadavg()[0]:.2f}")
    call_command("migrate", database="migration", verbosity=0)
    accounts = universe.build(clients=0).accounts
    actor = trader(Desk.objects.get())
    before = pgbench.transactions_per_second(url, seconds=seconds)
    with processes.of_procfile(instance):
        measured = _Measured(instance, actor, accounts)
    after = pgbench.transactions_per_second(url, seconds=seconds)
    show("slices_load_after", f"{os.getloadavg()[0]:.2f}")
    durable = (before + after) / 2
    show("slices_pgbench_per_second", f"{before:.0f} {after:.0f}")
    show("slice_rate_ratio", f"{measured.rate / durable:.4f}")
    show("slice_rate_ratio_one_position", f"{measured.rate_of_one_position / durable:.4f}")
    show("slice_lateness_p99_over_period", f"{measured.lateness_p99_s / _DISPATCHER_PERIOD_S:.2f}")


class _Measured:
    """`rate` and `rate_of_one_position` in slices a second, `lateness_p99_s` at half the first of them."""

    def __init__(self, instance: Instance, actor: "Actor", accounts: list[str]) -> None:
        self._instance, self._actor, self._days = instance, actor, iter(_DAYS)
        self._part("slices_warm_up", accounts, _WARM_UP_PER_SECOND, parents=_WARM_UP_PARENTS)
        self.rate = self._part("slices", accounts, _FASTER_PER_SECOND).per_second
        self.rate_of_one_position = self._part(
            "slices_one_position", accounts[:1], _FASTER_PER_SECOND
        ).per_second
        lateness_s = self._part("slices_at_half_rate", accounts, self.rate / 2).lateness_s
        self.lateness_p99_s = quantiles(lateness_s, n=100, method="inclusive")[98]

    def _part(self, name: str, accounts: list[str], per_second: float, **more: int) -> "Outcome":
        from bench import cpu, universe
        from bench.slices import outcome, parents
        from orders import services

        part = parents.planned(self._actor, accounts, day=next(self._days), per_second=per_second, **more)
        used = cpu.milliseconds(self._instance)
        services.set_market_clock(actor=universe.SETUP, anchor=part.anchor, speed=Decimal(parents.SPEED))
        result = outcome.awaited(part, Path(self._instance.environment()["VENUE_STORE"]))
        show_cpu(name, cpu.milliseconds(self._instance) - used, result.slices)
        show(f"{name}_worked", result.slices)
        show(f"{name}_seconds", f"{result.seconds:.1f}")
        show(f"{name}_per_second", f"{result.per_second:.1f}")
        lateness = quantiles(result.lateness_s, n=100, method="inclusive")
        show(f"{name}_lateness_p50_p99_s", f"{lateness[49]:.2f} {lateness[98]:.2f}")
        return result


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qtweb.settings")
django.setup()
main()
