"""How much of each limit is used now: one statement for all limits that are asked about.

Positions are summed once for each holder of a limit, whatever the number of its limits. The measures are those of
orders/risk/exposure_checks.py; tests/orders/risk/test_use.py holds them equal to what admission finds.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from orders.kernel.money import PRICE_QUANTUM
from orders.kernel.statements import Statement
from orders.limit_kinds import LimitKind
from orders.risk.applying import in_force_sql
from orders.risk.price_checks import in_bps
from orders.risk.utilisation import MEASURED

_KINDS = ", ".join(f"'{kind}'" for kind in MEASURED)
_WORST_QUANTITY = """greatest(
    held.net_quantity + held.open_buy_quantity, held.open_sell_quantity - held.net_quantity
)"""
_WORST_NET = """greatest(
    {row}.net_notional + {row}.open_buy_notional, {row}.open_sell_notional - {row}.net_notional
)"""
_SHORT = "greatest(held.open_sell_quantity - held.net_quantity, 0)"
_SUMMED = (
    "net_quantity",
    "open_buy_quantity",
    "open_sell_quantity",
    "net_notional",
    "open_buy_notional",
    "open_sell_notional",
    "worst_notional",
)


# MATERIALIZED: each part is reckoned once, whatever PostgreSQL thinks of how few rows there are.
#
# Gross limits and locates in force, by which concentration and short sales are measured.
_OTHERS = f"""
    others AS (
        SELECT coalesce(other.account_id, other.desk_id, other.firm_id) AS holder_id, other.*
        FROM orders_limit AS other
        WHERE other.ended_at IS NULL AND other.kind IN ('gross_notional', 'located_quantity')
            AND {in_force_sql("other")}
    ), base AS MATERIALIZED (
        SELECT holder_id, min(value) AS gross_limit FROM others
        WHERE kind = 'gross_notional' AND instrument_id IS NULL AND asset_class = '' GROUP BY holder_id
    ), located AS MATERIALIZED (
        SELECT holder_id, instrument_id, sum(value) AS quantity FROM others
        WHERE kind = 'located_quantity' GROUP BY holder_id, instrument_id
    )
"""  # noqa: S608 - names of our own columns
# What each holder has in each instrument, and of that the most for each limit that looks at instruments.
_IN_INSTRUMENTS = f"""
    member AS (
        SELECT account.id AS account_id, whose.holder_id
        FROM orders_account AS account JOIN orders_desk AS desk ON desk.id = account.desk_id
        CROSS JOIN LATERAL unnest(ARRAY[account.id, desk.id, desk.firm_id]) AS whose(holder_id)
        WHERE whose.holder_id IN (SELECT holder_id FROM wanted WHERE NOT is_whole)
    ), held AS MATERIALIZED (
        SELECT member.holder_id, position.instrument_id,
            {", ".join(f"sum(position.{name}) AS {name}" for name in _SUMMED)}
        FROM member JOIN orders_position AS position ON position.account_id = member.account_id
        GROUP BY member.holder_id, position.instrument_id
    ), in_instruments AS MATERIALIZED (
        SELECT wanted.id, max(CASE wanted.kind
            WHEN 'position_quantity' THEN {_WORST_QUANTITY}
            WHEN 'net_notional' THEN {_WORST_NET.format(row="held")}
            WHEN 'located_quantity' THEN {_SHORT}
            WHEN 'unlocated_short_quantity' THEN greatest({_SHORT} - coalesce(located.quantity, 0), 0)
            ELSE held.worst_notional END) AS figure
        FROM wanted JOIN held ON held.holder_id = wanted.holder_id
            AND (wanted.instrument_id IS NULL OR wanted.instrument_id = held.instrument_id)
        JOIN orders_instrument AS instrument ON instrument.id = held.instrument_id
            AND (wanted.asset_class = '' OR wanted.asset_class = instrument.asset_class)
        LEFT JOIN located
            ON located.holder_id = wanted.holder_id AND located.instrument_id = held.instrument_id
        WHERE NOT wanted.is_whole GROUP BY wanted.id
    )
"""  # noqa: S608 - names of our own columns
_MEASURED = f"""
    measured AS (
        SELECT wanted.*, base.gross_limit, CASE WHEN NOT wanted.is_whole THEN coalesce(in_instruments.figure, 0)
            ELSE CASE wanted.kind
                WHEN 'gross_notional' THEN exposure.gross_notional
                WHEN 'net_notional' THEN {_WORST_NET.format(row="exposure")}
                WHEN 'credit_notional' THEN greatest(exposure.open_buy_notional - exposure.cash, 0)
                WHEN 'cash_minimum' THEN exposure.cash - exposure.open_buy_notional
                WHEN 'day_loss' THEN CASE WHEN exposure.opening_day = %(market_day)s::date
                    THEN greatest(exposure.opening_equity - exposure.cash - exposure.net_notional, 0) END
            END END AS figure
        FROM wanted JOIN orders_exposure AS exposure ON exposure.id = wanted.holder_id
        LEFT JOIN in_instruments ON in_instruments.id = wanted.id
        LEFT JOIN base ON base.holder_id = wanted.holder_id
    )
"""  # noqa: S608 - our own names and constants: values are parameters


def measured(which: str) -> str:
    """Return SQL of parts of WITH, the last of them `measured`: the limits that the condition `which` on `each` picks.

    With a limit's own columns go figure and gross_limit, of which `used_of` makes what is used. The values are
    %(market_time)s and %(market_day)s (its UTC date), and those of the condition.
    """
    wanted = f"""
        wanted AS MATERIALIZED (
            SELECT each.*, coalesce(each.account_id, each.desk_id, each.firm_id) AS holder_id,
                each.kind IN ('credit_notional', 'cash_minimum', 'day_loss')
                    OR (each.kind IN ('gross_notional', 'net_notional')
                        AND each.instrument_id IS NULL AND each.asset_class = '') AS is_whole
            FROM orders_limit AS each WHERE each.kind IN ({_KINDS}) AND {which}
        )
    """  # noqa: S608 - our own names and constants: values are parameters
    return ", ".join([wanted, _OTHERS, _IN_INSTRUMENTS, _MEASURED])


_OF_THESE = Statement(f"""
    WITH {measured("each.id = ANY(%(ids)s::uuid[]) AND each.ended_at IS NULL")}
    SELECT id, kind, figure, gross_limit FROM measured
""")  # noqa: S608 - our own names and constants: values are parameters


def use_of(limit_ids: Collection[UUID], market_time: datetime) -> dict[UUID, Decimal]:
    """Return by limit what is used of it at `market_time`, in the unit of its kind: one statement, none for nothing.

    With all open orders of one side filled. The largest position for a limit of positions, concentration or short
    sales; what account, desk or firm has for gross, net, credit, cash (what remains) and the day's loss. Not there are
    limits of other kinds and ended ones, a loss before the day's first valuation, and concentration without a gross
    limit to measure it by.
    """
    if not limit_ids:
        return {}
    rows = _OF_THESE.rows({"ids": list(limit_ids), **moment_values(market_time)})
    found = ((limit_id, used_of(kind, figure, gross)) for limit_id, kind, figure, gross in rows)
    return {limit_id: used for limit_id, used in found if used is not None}


def moment_values(market_time: datetime) -> dict[str, object]:
    """Return the values that `measured` has for the moment."""
    return {"market_time": market_time, "market_day": market_time.astimezone(UTC).date()}


def used_of(kind: str, figure: Decimal | None, gross_limit: Decimal | None) -> Decimal | None:
    """Return what is used, of what was measured; None where it is not known."""
    if kind != LimitKind.CONCENTRATION_BPS or figure is None:
        return figure
    # As admission has it: of a gross limit of nothing anything is too much.
    return None if gross_limit is None else in_bps(figure, gross_limit or PRICE_QUANTUM)
