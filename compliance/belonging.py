"""Whose account a row of any app is, by its id alone: what the log is asked for when a hold keeps an account."""

from collections.abc import Collection

from execution import belonging as of_execution
from orders import belonging as of_orders
from orders.kernel.statements import Statement

_OWN = ("compliance_approval", "compliance_rolegrant")
TABLES = of_orders.TABLES | of_execution.TABLES | frozenset(_OWN)
"""The tables whose rows are an account's, or may be."""

_WHOSE = Statement(
    " UNION ALL ".join(
        f"SELECT id::text, account_id::text FROM {table} WHERE id = ANY(%(ids)s::uuid[])"  # noqa: S608 - names of ours
        for table in _OWN
    )
)


def accounts_of(ids: Collection[str]) -> dict[str, str | None]:
    """Return the account's id of each row that one of these UUIDs names, None for one that is no account's."""
    if not ids:
        return {}
    own = dict(_WHOSE.rows({"ids": list(ids)}))
    return {**of_orders.accounts_of(ids), **of_execution.accounts_of(ids), **own}
