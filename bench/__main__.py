"""`make bench`: measures and prints `name: value` lines. BENCH_SECONDS (10) is how long each part takes.

One run on one server: pgbench, the plain site, every process of the Procfile, pgbench again. While one part is
measured the others do not run. Raises RuntimeError when an order is not admitted or a commit would not be durable.
"""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import django

from bench import CLIENTS, cpu, pgbench, processes
from bench.clients import Measurement, measure
from qtweb.embedded import postgres
from qtweb.embedded.instance import CHECKOUT, Instance
from qtweb.embedded.processes import MARKER

SITE_PATH, PLAIN_PATH = "/api/v1/orders", "/orders/"
_PGBENCH, _PLAIN = "bench_pgbench", "bench_plain"


def main() -> None:
    """Measure and print."""
    seconds = int(os.environ.get("BENCH_SECONDS", "10"))
    instance = Instance.attached(Path(os.environ[MARKER]))
    for name in (_PGBENCH, _PLAIN):
        postgres.create_database(instance, name, template="template0")
    pgbench_url = instance.superuser_url(_PGBENCH)
    pgbench.create_tables(pgbench_url)
    _show("seconds_each", seconds)
    _show("clients", CLIENTS)
    _show("cores", len(os.sched_getaffinity(0)))
    _show("load_before", f"{os.getloadavg()[0]:.2f}")
    for name, value in pgbench.durable_settings(pgbench_url).items():
        _show(f"postgres_{name}", value)

    before = pgbench.transactions_per_second(pgbench_url, seconds=seconds)
    _show("pgbench_before_per_second", f"{before:.0f}")
    plain = _plain(instance, seconds)
    _show_measurement("plain_drf", plain)
    admission = _admission(instance, seconds)
    _show_measurement("admission", admission)
    _kill_switch()
    after = pgbench.transactions_per_second(pgbench_url, seconds=seconds)
    _show("pgbench_after_per_second", f"{after:.0f}")
    _show("load_after", f"{os.getloadavg()[0]:.2f}")

    _show("admission_ratio", f"{admission.per_second / ((before + after) / 2):.3f}")
    _show("admission_vs_plain_drf", f"{admission.per_second / plain.per_second:.2f}")
    _show("admission_p99_over_p50", f"{admission.percentile_ms(99) / admission.percentile_ms(50):.1f}")


def _plain(instance: Instance, seconds: int) -> Measurement:
    """Measure the plain site, alone on the machine, in a database of its own."""
    environment = {
        **instance.child_environment(),
        "DATABASE_URL": instance.superuser_url(_PLAIN),
        "DJANGO_SETTINGS_MODULE": "bench.plain.settings",
    }
    command = [sys.executable, "-m", "bench.plain.seed", str(CLIENTS)]
    seeded = subprocess.run(
        command, check=True, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, text=True
    )
    from bench import universe

    orders = [universe.orders(["BENCH-0"], client=number) for number in range(CLIENTS)]
    with processes.plain_site(instance, environment):
        used = cpu.milliseconds(instance)
        result = measure(
            port=instance.web_port,
            path=PLAIN_PATH,
            tokens=seeded.stdout.split(),
            orders=orders,
            seconds=seconds,
        )
        _show_cpu("plain_drf", cpu.milliseconds(instance) - used, result.sent)
    _require_no_errors(result)
    return result


def _admission(instance: Instance, seconds: int) -> Measurement:
    """Measure the site with every process of the Procfile running, and hold what it kept against what it answered."""
    from django.core.management import call_command
    from django.db import connection

    from bench import statements, universe

    call_command("migrate", database="migration", verbosity=0)
    built = universe.build(clients=CLIENTS)
    single = universe.orders(built.accounts[:1], client=CLIENTS)
    sent = statements.of_one_post(SITE_PATH, token=built.tokens[0], first=single(), second=single())
    for number, statement in enumerate(sent, start=1):
        _show(f"admission_statement_{number}", " ".join(statement.split())[:80])
    _show("admission_queries", len([each for each in sent if each not in statements.TRANSACTION_CONTROL]))
    durable = pgbench.durable_settings(instance.database_url())
    _show("admission_synchronous_commit", durable["synchronous_commit"])
    connection.close()
    orders = [universe.orders(built.accounts, client=number) for number in range(CLIENTS)]
    with processes.everything(instance):
        universe.wait_until_worked()
        used = cpu.milliseconds(instance)
        result = measure(
            port=instance.web_port, path=SITE_PATH, tokens=built.tokens, orders=orders, seconds=seconds
        )
        _show_cpu("admission", cpu.milliseconds(instance) - used, result.sent)
        _show("admission_worked_meanwhile", universe.orders_worked() - universe.STATEMENT_ORDERS)
    _require_no_errors(result)
    universe.require_kept(result.sent)
    return result


def _kill_switch() -> None:
    """Measure the kill switch in the database of the admissions, with none of their processes running."""
    from bench import kill_switch

    measured = kill_switch.measure()
    for name, rounds in (("update", measured.update_ms), ("batches", measured.batches_ms)):
        _show(f"kill_switch_{name}_ms", " ".join(f"{each:.1f}" for each in rounds))
    _show("kill_switch_ratio", f"{measured.ratio:.1f}")


def _require_no_errors(result: Measurement) -> None:
    if result.errors:
        raise RuntimeError(f"{len(result.errors)} errors, the first: {result.errors[0]}")


def _show_measurement(name: str, result: Measurement) -> None:
    _show(f"{name}_requests", len(result.latencies_ms))
    _show(f"{name}_errors", len(result.errors))
    _show(f"{name}_seconds", f"{result.seconds:.1f}")
    _show(f"{name}_per_second", f"{result.per_second:.1f}")
    _show(f"{name}_p50_ms", f"{result.percentile_ms(50):.1f}")
    _show(f"{name}_p99_ms", f"{result.percentile_ms(99):.1f}")
    _show(f"{name}_client_cpu_share", f"{result.client_cpu_share:.3f}")


def _show_cpu(name: str, used: Counter[str], orders: int) -> None:
    """Show what each part used of the processors for one order: with what it does besides, as polling."""
    for part, milliseconds in sorted(used.items()):
        _show(f"{name}_cpu_ms_per_order_{part}", f"{milliseconds / max(orders, 1):.2f}")


def _show(name: str, value: object) -> None:
    print(f"{name}: {value}", flush=True)


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qtweb.settings")
django.setup()
main()
