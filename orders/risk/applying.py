"""Which limits apply to an order: in force, and with every column of their scope fitting it.

Written out as a part of statements, because every admission waits for it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from orders.kernel.statements import Statement
from orders.kernel.transactions import step
from orders.models import Order
from orders.models.organisation import AccountState
from orders.models.reference import InstrumentState, MarketState
from orders.risk.figures import LimitInForce

_STORED = ("id", "kind", "version", "value", "warn_at_percent", "effective_from", "effective_until")
_ARRAYS = (*_STORED, "holder_kind", "subject_kind")

LIMIT_COLUMNS = ", ".join(f"applying.{name}" for name in _ARRAYS)
NUMBER_OF_LIMIT_COLUMNS = len(_ARRAYS)

_HOLDERS = {
    "account": "each.account_id = account.id",
    "desk": "each.desk_id = desk.id",
    "firm": "each.firm_id = desk.firm_id",
    "trader": "each.trader_id = %(trader)s",
    "": "each.account_id IS NULL AND each.desk_id IS NULL AND each.firm_id IS NULL AND each.trader_id IS NULL",
}
# One after the other, because a limit has one holder at most and each of them has its index.
_FOUND = " UNION ALL ".join(
    f"""
        SELECT {", ".join(f"each.{name}" for name in _STORED)}, '{kind}' AS holder_kind,
            CASE WHEN each.instrument_id IS NOT NULL THEN 'instrument'
                WHEN each.asset_class <> '' THEN 'asset_class' ELSE '' END AS subject_kind
        FROM orders_limit AS each
        WHERE each.ended_at IS NULL AND {is_held}
            AND (each.instrument_id IS NULL OR each.instrument_id = instrument.id)
            AND (each.asset_class = '' OR each.asset_class = instrument.asset_class)
    """  # noqa: S608 - names of our own columns
    for kind, is_held in _HOLDERS.items()
)
APPLYING = f"""
    LEFT JOIN LATERAL (
        SELECT {", ".join(f"array_agg({name} ORDER BY id) AS {name}" for name in _ARRAYS)}
        FROM ({_FOUND}) AS found
    ) AS applying ON TRUE
"""  # noqa: S608 - our own names and constants: values are parameters
"""Joins the limits that apply to the rows `account`, `desk` and `instrument` and to the person %(trader)s."""

_OF_ORDER = Statement(f"""
    SELECT {LIMIT_COLUMNS}, trader.username, desk.code, firm.code, account.state, instrument.state, market.state,
        gate.engaged
    FROM orders_account AS account
    CROSS JOIN orders_killswitchgate AS gate
    JOIN orders_desk AS desk ON desk.id = account.desk_id
    JOIN orders_firm AS firm ON firm.id = desk.firm_id
    JOIN orders_instrument AS instrument ON instrument.id = %(instrument)s
    JOIN orders_market AS market ON market.mic = instrument.mic
    JOIN orders_user AS trader ON trader.id = %(trader)s
    {APPLYING}
    WHERE account.id = %(account)s
    FOR SHARE OF gate
""")  # noqa: S608 - our own names and constants: values are parameters

_OF_MANY = Statement(f"""
    SELECT placed.account, placed.instrument, placed.trader, account.code, desk.code, firm.code, trader.username,
        instrument.symbol, instrument.asset_class, {LIMIT_COLUMNS}
    FROM unnest(%(accounts)s::uuid[], %(instruments)s::uuid[], %(traders)s::uuid[])
        AS placed (account, instrument, trader)
    JOIN orders_account AS account ON account.id = placed.account
    JOIN orders_desk AS desk ON desk.id = account.desk_id
    JOIN orders_firm AS firm ON firm.id = desk.firm_id
    JOIN orders_instrument AS instrument ON instrument.id = placed.instrument
    JOIN orders_user AS trader ON trader.id = placed.trader
    {APPLYING.replace("%(trader)s", "placed.trader")}
""")  # noqa: S608 - our own names and constants: values are parameters


class Placed(NamedTuple):
    """By what limits are found for an order: the ids of its account, its instrument and the trader who placed it."""

    account_id: UUID
    instrument_id: UUID
    trader_id: UUID


class _Named(NamedTuple):
    symbol: str
    asset_class: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """What bounds an order from outside: the limits in force that apply, and who and what may be traded.

    `engaged` are the keys of all kill switches that are engaged. All of it stays so until the transaction ends.
    """

    limits: tuple[LimitInForce, ...]
    account_is_active: bool
    instrument_is_active: bool
    market_is_active: bool
    engaged: Sequence[str]


@step
def bounds_of(order: Order, market_time: datetime) -> Bounds:
    """Return what bounds a stored order at `market_time`: one query."""
    values = {
        "account": order.account_id,
        "instrument": order.instrument_id,
        "trader": order.placed_by_id,
    }
    *columns, trader, desk, firm, account_state, instrument_state, market_state, engaged = _OF_ORDER.row(
        values
    )
    names = {"account": order.account.code, "desk": desk, "firm": firm, "trader": trader}
    limits = in_force(columns, market_time, holders=names, instrument=order.instrument)
    return Bounds(
        limits,
        account_state == AccountState.ACTIVE,
        instrument_state == InstrumentState.ACTIVE,
        market_state == MarketState.ACTIVE,
        engaged,
    )


def limits_of_many(
    placed: Collection[Placed], market_time: datetime
) -> dict[Placed, tuple[LimitInForce, ...]]:
    """Return the limits that apply to orders placed so, in force at `market_time`: one query."""
    accounts, instruments, traders = zip(*placed, strict=True) if placed else ((), (), ())
    values = {"accounts": list(accounts), "instruments": list(instruments), "traders": list(traders)}
    found = {}
    for *key, account, desk, firm, trader, symbol, asset_class, columns in map(
        _with_columns, _OF_MANY.rows(values)
    ):
        names = {"account": account, "desk": desk, "firm": firm, "trader": trader}
        instrument = _Named(symbol, asset_class)
        found[Placed(*key)] = in_force(columns, market_time, holders=names, instrument=instrument)
    return found


def _with_columns(row: Sequence[Any]) -> Sequence[Any]:
    return [*row[:-NUMBER_OF_LIMIT_COLUMNS], list(row[-NUMBER_OF_LIMIT_COLUMNS:])]


def in_force(
    columns: list[Any], market_time: datetime, *, holders: Mapping[str, str], instrument: Any
) -> tuple[LimitInForce, ...]:
    """Return what LIMIT_COLUMNS brought, without what is not in force at `market_time`.

    `holders` names the order's account, desk, firm and trader by what they are.
    """
    if columns[0] is None:
        return ()
    subjects = {"instrument": instrument.symbol, "asset_class": instrument.asset_class, "": ""}
    rows = (dict(zip(_ARRAYS, row, strict=True)) for row in zip(*columns, strict=True))
    return tuple(
        _limit(row, holders, subjects)
        for row in rows
        if is_in_force(row["effective_from"], row["effective_until"], market_time)
    )


def is_in_force(
    effective_from: datetime | None, effective_until: datetime | None, market_time: datetime
) -> bool:
    """Whether a limit that has not ended is in force: from its first moment until before its last, None for open."""
    has_begun = effective_from is None or effective_from <= market_time
    return has_begun and (effective_until is None or market_time < effective_until)


def in_force_sql(row: str) -> str:
    """Return the same as SQL, of the limit `row` at %(market_time)s."""
    return f"""(
        ({row}.effective_from IS NULL OR {row}.effective_from <= %(market_time)s::timestamptz)
        AND ({row}.effective_until IS NULL OR {row}.effective_until > %(market_time)s::timestamptz)
    )"""


def _limit(row: Mapping[str, Any], holders: Mapping[str, str], subjects: Mapping[str, str]) -> LimitInForce:
    holder_kind, subject_kind = row["holder_kind"], row["subject_kind"]
    return LimitInForce(
        id=row["id"],
        kind=row["kind"],
        version=row["version"],
        value=row["value"],
        warn_at_percent=row["warn_at_percent"],
        holder_kind=holder_kind,
        holder=f"{holder_kind} {holders[holder_kind]}" if holder_kind else "",
        subject_kind=subject_kind,
        subject=f"{subject_kind} {subjects[subject_kind]}".replace("_", " ") if subject_kind else "",
    )
