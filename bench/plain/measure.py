"""The plain site under the clients of the bench, alone on the machine, in a database of its own."""

import subprocess
import sys

from bench import CLIENTS, cpu, processes, universe
from bench.clients import Measurement, measure
from bench.show import show_cpu, show_measurement
from qtweb.embedded import postgres
from qtweb.embedded.instance import CHECKOUT, Instance

PATH = "/orders/"
_DATABASE = "bench_plain"


def measured(instance: Instance, seconds: int) -> Measurement:
    """Measure it."""
    postgres.create_database(instance, _DATABASE, template="template0")
    environment = {
        **instance.child_environment(),
        "DATABASE_URL": instance.superuser_url(_DATABASE),
        "DJANGO_SETTINGS_MODULE": "bench.plain.settings",
    }
    command = [sys.executable, "-m", "bench.plain.seed", str(CLIENTS)]
    seeded = subprocess.run(
        command, check=True, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, text=True
    )
    orders = [universe.orders(["BENCH-0"], client=number) for number in range(CLIENTS)]
    with processes.plain_site(instance, environment):
        used = cpu.milliseconds(instance)
        result = measure(
            port=instance.web_port,
            path=PATH,
            tokens=seeded.stdout.split(),
            orders=orders,
            seconds=seconds,
        )
        show_cpu("plain_drf", cpu.milliseconds(instance) - used, result.sent)
    show_measurement("plain_drf", result)
    return result
