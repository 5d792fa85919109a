"""The app that is ready before the site's wiring, and takes the log out of it."""

from typing import Any

from django.apps import AppConfig


class WithoutLogConfig(AppConfig):
    name = "bench.without_log"
    label = "bench_without_log"

    def ready(self) -> None:
        import psycopg

        from compliance import handlers
        from orders.kernel.postgresql.claims import ClaimingConnection

        handlers.record_leaf = handlers.record_leaves = _nothing
        ClaimingConnection._start_query = psycopg.Connection._start_query


def _nothing(_told: Any) -> None:
    return None
