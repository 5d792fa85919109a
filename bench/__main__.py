"""`make bench`: measures and prints `name: value` lines. BENCH_SECONDS (10) is how long each part takes.

One run on one server: pgbench, the plain site, admissions, pgbench again, the parts that say more. While one part is
measured the others do not run. BENCH_ORDERS (1,000,000) is how many orders admission_growth stores, BENCH_LEAVES
(1,000,000) how many leaves the log's parts. Raises RuntimeError when an order is not admitted or a commit would not be
durable.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import django

from bench import CLIENTS, pgbench
from bench.show import show
from qtweb.embedded import postgres
from qtweb.embedded.instance import Instance
from qtweb.embedded.processes import MARKER

if TYPE_CHECKING:
    from bench.admission import Admissions

_PGBENCH = "bench_pgbench"


def main() -> None:
    """Measure and print; Django has to be set up before what is imported here."""
    from bench.admission import Admissions
    from bench.plain import measure as plain_site

    seconds = int(os.environ.get("BENCH_SECONDS", "10"))
    instance = Instance.attached(Path(os.environ[MARKER]))
    postgres.create_database(instance, _PGBENCH, template="template0")
    url = instance.superuser_url(_PGBENCH)
    pgbench.create_tables(url)
    _show_conditions(url, seconds)

    _risk()
    before = pgbench.transactions_per_second(url, seconds=seconds)
    show("pgbench_before_per_second", f"{before:.0f}")
    plain = plain_site.measured(instance, seconds)
    admissions = Admissions(instance, seconds)
    admission = admissions.alone()
    after = pgbench.transactions_per_second(url, seconds=seconds)
    show("pgbench_after_per_second", f"{after:.0f}")
    beside = admissions.beside_everything()
    _overhead(admissions)
    _kill_switch()
    _bars(url)
    grown = admissions.with_many_stored()
    _log(instance)
    show("load_after", f"{os.getloadavg()[0]:.2f}")

    durable = (before + after) / 2
    show("admission_ratio", f"{admission.per_second / durable:.3f}")
    show("admission_ratio_beside_everything", f"{beside.per_second / durable:.3f}")
    show("admission_vs_plain_drf", f"{admission.per_second / plain.per_second:.2f}")
    show("admission_p99_over_p50", f"{admission.percentile_ms(99) / admission.percentile_ms(50):.1f}")
    show("admission_growth", f"{grown.per_second / admission.per_second:.2f}")


def _show_conditions(url: str, seconds: int) -> None:
    show("seconds_each", seconds)
    show("clients", CLIENTS)
    show("cores", len(os.sched_getaffinity(0)))
    show("load_before", f"{os.getloadavg()[0]:.2f}")
    for name, value in pgbench.durable_settings(url).items():
        show(f"postgres_{name}", value)


def _risk() -> None:
    from bench import risk

    measured = risk.measure()
    show("risk_whole_list_us", f"{measured.whole_list_us:.0f}")
    show("risk_by_hand_us", f"{measured.by_hand_us:.1f}")
    show("risk_overhead", f"{measured.ratio:.1f}")


def _overhead(admissions: "Admissions") -> None:
    """Measure what the audit log costs, before the database has many orders."""
    measured = admissions.overhead()
    for name, side in (("with_log", measured.with_log), ("without_log", measured.without)):
        show(f"audit_overhead_{name}_per_second", " ".join(f"{each:.1f}" for each in side.per_second))
        for part, milliseconds in {**side.cpu_ms_of_parts, "all": side.cpu_ms_of_all}.items():
            show(f"audit_overhead_{name}_cpu_ms_per_order_{part}", f"{milliseconds:.2f}")
    show("audit_overhead", f"{measured.ratio:.2f}")
    show("audit_overhead_of_cpu", f"{measured.cpu_ratio:.2f}")


def _kill_switch() -> None:
    """Measure the kill switch in the database of the admissions, with none of their processes running."""
    from bench import kill_switch

    measured = kill_switch.measure()
    for name, rounds in (("update", measured.update_ms), ("batches", measured.batches_ms)):
        show(f"kill_switch_{name}_ms", " ".join(f"{each:.1f}" for each in rounds))
    show("kill_switch_ratio", f"{measured.ratio:.1f}")


def _log(instance: Instance) -> None:
    """Measure the integrator and verification in the database of the admissions, with no integrator running."""
    from django.db import connection

    from bench import log

    measured = log.measure(instance.superuser_url(connection.settings_dict["NAME"]))
    show("log_leaves", measured.leaves)
    show("log_sequenced_s", f"{measured.sequenced_s:.1f}")
    for name, rounds in (
        ("copied", measured.copied_s),
        ("verified", measured.verified_s),
        ("hashed", measured.hashed_s),
    ):
        show(f"log_{name}_s", " ".join(f"{each:.1f}" for each in rounds))
    show("integrator_ratio", f"{measured.integrator_ratio:.2f}")
    show("verify_ratio", f"{measured.verify_ratio:.2f}")


def _bars(url: str) -> None:
    """Measure the loading of bars beside a bare COPY in pgbench's database, with no other process running."""
    from bench import bars

    measured = bars.measure(url)
    show("bars_loaded", measured.bars)
    for name, rounds in (
        ("bare_copy", measured.bare_s),
        ("bare_copy_without_key", measured.bare_without_key_s),
        ("load", measured.ours_s),
    ):
        show(f"bars_{name}_s", " ".join(f"{each:.2f}" for each in rounds))
    show("bars_load_peak_mb", f"{measured.peak_mb:.0f}")
    show("bars_load_ratio", f"{measured.ratio:.2f}")
    show("bars_load_ratio_without_key", f"{measured.ratio_without_key:.2f}")


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qtweb.settings")
django.setup()
main()
