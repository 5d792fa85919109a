"""Whose account a row is, by its id alone: for who finds ids in the log, and not the rows that they name.

Ids are as the log spells them. They are UUIDs but for the rows of accounts' permissions, which name their account.
"""

from collections.abc import Collection

from orders.kernel.statements import Statement
from orders.models import Account

HELD_BY = {
    "orders_account": "id",
    "orders_cashmovement": "account_id",
    "orders_exposure": "account_id",
    "orders_killswitch": "account_id",
    "orders_limit": "account_id",
    "orders_order": "account_id",
    "orders_orderrequest": "account_id",
    "orders_position": "account_id",
    "orders_tradingstatechange": "account_id",
    "orders_usedclientorderid": "account_id",
}
"""The column that says whose a row of a table is."""
PART_OF = {
    "orders_execution": ("order_id", "orders_order"),
    "orders_lot": ("position_id", "orders_position"),
    "orders_orderrevision": ("order_id", "orders_order"),
    "orders_override": ("refused_id", "orders_order"),
    "orders_replacement": ("order_id", "orders_order"),
    "orders_riskdecision": ("order_id", "orders_order"),
    "orders_settlement": ("position_id", "orders_position"),
    "orders_throttlereset": ("limit_id", "orders_limit"),
}
"""The column that says of which other row one of a table is a part."""
TABLES = frozenset({*HELD_BY, *PART_OF, "orders_accountpermission"})
"""The tables whose rows are an account's, or may be."""

_GIVEN = "id = ANY(%(ids)s::uuid[])"
_WHOSE = Statement(
    " UNION ALL ".join(
        (
            *(
                f"SELECT id::text, {column}::text FROM {table} WHERE {_GIVEN}"  # noqa: S608 - names of ours
                for table, column in HELD_BY.items()
            ),
            *(
                f"SELECT part.id::text, whole.account_id::text FROM {table} AS part"  # noqa: S608 - names of ours
                f" JOIN {whole} AS whole ON whole.id = part.{column} WHERE part.{_GIVEN}"
                for table, (column, whole) in PART_OF.items()
            ),
        )
    )
)


def accounts_of(ids: Collection[str]) -> dict[str, str | None]:
    """Return the account's id of each row that one of these UUIDs names, None for one that is no account's.

    What names no row of `TABLES` is not in the answer.
    """
    return dict(_WHOSE.rows({"ids": list(ids)})) if ids else {}


def accounts_called(codes: Collection[str]) -> set[str]:
    """Return the ids of the accounts that have these codes."""
    return (
        {str(pk) for pk in Account.objects.filter(code__in=codes).values_list("pk", flat=True)}
        if codes
        else set()
    )
