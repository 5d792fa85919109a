"""Admissions through the whole site: alone, beside every other process, and with many orders stored."""

from django.core.management import call_command
from django.db import connection

from bench import CLIENTS, cpu, growth, overhead, pgbench, processes, statements, universe
from bench.clients import Measurement, Order, measure
from bench.show import show, show_cpu, show_measurement
from qtweb.embedded.instance import Instance

PATH = "/api/v1/orders"
ADMITTING = ("web", "integrator")
"""What admits an order and proves that it did. What works orders runs beside it only where that is said."""


class Admissions:
    """One database that fills up from one measurement to the next."""

    def __init__(self, instance: Instance, seconds: int) -> None:
        """Migrate, and show what statements one admission consists of."""
        call_command("migrate", database="migration", verbosity=0)
        self._instance, self._seconds = instance, seconds
        self._universe = universe.build(clients=CLIENTS)
        self._clients = 0
        single = universe.orders(self._universe.accounts[:1], client=self._next_client())
        sent = statements.of_one_post(PATH, token=self._universe.tokens[0], first=single(), second=single())
        for number, statement in enumerate(sent, start=1):
            show(f"admission_statement_{number}", " ".join(statement.split())[:80])
        show("admission_queries", len([each for each in sent if each not in statements.TRANSACTION_CONTROL]))
        durable = pgbench.durable_settings(instance.database_url())
        show("admission_synchronous_commit", durable["synchronous_commit"])
        connection.close()

    def alone(self) -> Measurement:
        """Measure while nothing works the orders: they wait in their rows."""
        with processes.of_procfile(self._instance, ADMITTING):
            return self._measured("admission")

    def overhead(self) -> overhead.Measured:
        """Measure with and without the audit log, in turns."""
        orders = iter(self._orders_of_clients, None)
        return overhead.measured(
            self._instance, path=PATH, tokens=self._universe.tokens, orders=orders, seconds=self._seconds
        )

    def beside_everything(self) -> Measurement:
        """Measure while every process of the Procfile runs, and works what was admitted before as well."""
        with processes.of_procfile(self._instance):
            universe.wait_until_worked()
            before = universe.orders_worked()
            result = self._measured("admission_beside_everything")
            show("admission_worked_meanwhile", universe.orders_worked() - before)
        return result

    def with_many_stored(self) -> Measurement:
        """Measure as `alone` does, once many ended orders are stored."""
        show("admission_growth_orders_stored", growth.ORDERS)
        growth.store(self._instance.superuser_url())
        connection.close()
        with processes.of_procfile(self._instance, ADMITTING):
            return self._measured("admission_with_many_stored")

    def _measured(self, name: str) -> Measurement:
        kept = universe.kept()
        used = cpu.milliseconds(self._instance)
        result = measure(
            port=self._instance.web_port,
            path=PATH,
            tokens=self._universe.tokens,
            orders=self._orders_of_clients(),
            seconds=self._seconds,
        )
        show_cpu(name, cpu.milliseconds(self._instance) - used, result.sent)
        show_measurement(name, result)
        universe.require_kept(result.sent, kept)
        return result

    def _orders_of_clients(self) -> list[Order]:
        return [universe.orders(self._universe.accounts, client=self._next_client()) for _ in range(CLIENTS)]

    def _next_client(self) -> int:
        self._clients += 1
        return self._clients
