"""Whose account a row of ours is, by its id alone: the account of the order that it works for, or of a routing rule."""

from collections.abc import Collection

from orders import belonging
from orders.kernel.statements import Statement

_OF_RUN = "LEFT JOIN execution_run AS run ON run.id = part.run_id"
_OF_VENUE_ORDER = """LEFT JOIN execution_venueorder AS sent ON sent.id = part.{column}
    LEFT JOIN execution_run AS run ON run.id = sent.run_id"""
_WAYS = {
    "execution_run": "JOIN execution_run AS run ON run.id = part.id",
    "execution_slice": _OF_RUN,
    "execution_trigger": _OF_RUN,
    "execution_venueorder": _OF_RUN,
    "execution_venuebreak": _OF_VENUE_ORDER.format(column="venue_order_id"),
    "execution_venuereport": _OF_VENUE_ORDER.format(column="client_order_id"),
}
"""How a row of a table leads to the work on an order."""
TABLES = frozenset({*_WAYS, "execution_routingrule"})
"""The tables whose rows are an account's, or may be."""

_GIVEN = "id = ANY(%(ids)s::uuid[])"
_WHOSE = Statement(
    f"SELECT id::text, NULL, account_id::text FROM execution_routingrule WHERE {_GIVEN}"  # noqa: S608 - names of ours
    + "".join(
        f" UNION ALL SELECT part.id::text, run.order_id::text, NULL FROM {table} AS part {way} WHERE part.{_GIVEN}"  # noqa: S608 - names of ours
        for table, way in _WAYS.items()
    )
)


def accounts_of(ids: Collection[str]) -> dict[str, str | None]:
    """Return the account's id of each row that one of these UUIDs names, None for one that is no account's.

    What names no row of `TABLES` is not in the answer.
    """
    if not ids:
        return {}
    found = _WHOSE.rows({"ids": list(ids)})
    of_orders = belonging.accounts_of({order_id for _id, order_id, _account_id in found if order_id})
    return {row_id: account_id or of_orders.get(order_id or "") for row_id, order_id, account_id in found}
