"""Many orders that have ended long ago: what a database holds that has been in use, row by row as services write it.

They are copies of one order that a service placed, with its revision, leaf, run and decision. The leaves are given
their place in the tree before anything is measured.
"""

import os

import psycopg
from django.db import connection

from bench import universe
from compliance.services.integrate import BATCH_LEAVES, Integrator, sole_integrator

ORDERS = int(os.environ.get("BENCH_ORDERS", "1000000"))
_BATCH = 50_000
_AGE_DAYS = 30
"""Over how many days before now they are spread: pre-trade risk does not count them as recent."""

_MAKE = """
    CREATE TEMPORARY TABLE made AS
    SELECT uuidv7(make_interval(days => -%(age)s) * (1 - (%(first)s + number) / %(all)s::float8)) AS id,
        'old-' || (%(first)s + number) AS client_order_id,
        (SELECT array_agg(id) FROM orders_account WHERE code LIKE 'BENCH-%%')
            [1 + number %% %(accounts)s] AS account_id
    FROM generate_series(1, %(batch)s) AS number
"""
_ENDED = {
    "id": "made.id",
    "account_id": "made.account_id",
    "client_order_id": "made.client_order_id",
    "current_client_order_id": "made.client_order_id",
    "status": "'canceled'",
    "base_status": "'canceled'",
    "reserved_quantity": "0",
    "reserved_notional": "0",
    "recorded_at": "uuid_extract_timestamp(made.id)",
}
_OF_ORDER = {"id": "uuidv7()", "order_id": "made.id"}
_BODY = (
    "replace(replace(copied.body, %(template)s::text, made.id::text), %(template_id)s, made.client_order_id)"
)
_COPIES = {
    "orders_order": ("copied.id = %(template)s", _ENDED),
    "orders_orderrevision": ("copied.order_id = %(template)s", {**_OF_ORDER, "exec_id": "uuidv7()"}),
    "execution_run": ("copied.order_id = %(template)s", {**_OF_ORDER, "state": "'done'"}),
    "orders_riskdecision": ("copied.order_id = %(template)s", _OF_ORDER),
    "compliance_leaf": (
        "copied.object_id = %(template)s::text AND copied.action = 'OrderPlaced'",
        {"object_id": "made.id::text", "body": _BODY},
    ),
}
"""By table: which row is copied, and what differs in a copy."""


def store(owner_url: str, orders: int = ORDERS) -> None:
    """Store `orders` ended orders as the database's owner and bring the audit tree up to date. Takes minutes for a
    million.
    """
    template = universe.an_order()
    with psycopg.connect(owner_url, autocommit=True) as owner, owner.cursor() as cursor:
        for first in range(0, orders, _BATCH):
            values = {
                "first": first,
                "batch": min(_BATCH, orders - first),
                "all": orders,
                "age": _AGE_DAYS,
                "accounts": universe.ACCOUNTS,
                "template": template.pk,
                "template_id": template.client_order_id,
            }
            cursor.execute(_MAKE, values)
            for table, (row, differing) in _COPIES.items():
                cursor.execute(_copy(table, row, differing), values)
            cursor.execute("DROP TABLE made")
        cursor.execute("VACUUM ANALYZE")
    _integrate()


def _copy(table: str, row: str, differing: dict[str, str]) -> str:
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, table)
    columns = [each.name for each in described if (table, each.name) not in _BY_DATABASE]
    values = ", ".join(differing.get(name, f"copied.{name}") for name in columns)
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM made, {table} AS copied WHERE {row}"  # noqa: S608 - our own names and constants: values are parameters
    )


_BY_DATABASE = {("compliance_leaf", "id"), ("compliance_leaf", "transaction_id")}


def _integrate() -> None:
    with sole_integrator() as held:
        if not held:
            raise RuntimeError("another integrator runs")
        integrator = Integrator()
        while integrator.run_batch() == BATCH_LEAVES:
            pass
