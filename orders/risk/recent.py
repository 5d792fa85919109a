"""What has been done lately, as the limits in force count it: one statement for all of them.

Written out, because admission waits for it; the indexes that it needs are those of Order and OrderRequest that name
this module. tests/orders/risk/test_recent.py holds every number equal to a naive reckoning.

Times are recorded ones: a rate and a repetition are of real time, also while a market day is replayed. Whoever has to
keep a limit exactly under concurrency calls this while it holds the exposure rows: what others admitted is committed
and seen then, whatever its time, so nothing bounds a window from above.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from orders.kernel.ids import made_at
from orders.kernel.statements import Statement
from orders.limit_kinds import LimitKind
from orders.models import Order
from orders.models.history import OUTSTANDING
from orders.risk.figures import ZERO, LimitInForce
from orders.states import OPEN
from orders.terms import DIRECT, MANUAL, TRIGGERED_TYPES, Side

ORDER_RATES: dict[str, timedelta] = {
    LimitKind.ORDERS_PER_SECOND: timedelta(seconds=1),
    LimitKind.ORDERS_PER_MINUTE: timedelta(minutes=1),
}
MESSAGE_RATES: dict[str, timedelta] = {
    LimitKind.MESSAGES_PER_SECOND: timedelta(seconds=1),
    LimitKind.MESSAGES_PER_MINUTE: timedelta(minutes=1),
}
COUNTED_ON_AMENDING: frozenset[str] = frozenset(MESSAGE_RATES) | {LimitKind.SELF_TRADE_QUANTITY}
COUNTED_ON_PLACING: frozenset[str] = (
    COUNTED_ON_AMENDING
    | frozenset(ORDER_RATES)
    | {LimitKind.DUPLICATE_WINDOW_S, LimitKind.REPEATED_EXECUTIONS}
)
"""The kinds of limits that are counted here: new terms are no new order, but they are a message."""

HAPPENINGS: frozenset[str] = COUNTED_ON_PLACING - {LimitKind.SELF_TRADE_QUANTITY}
"""The kinds that count orders and messages as they come, whatever is open."""

_MOST_COUNTED = 10**9


class _Measure(NamedTuple):
    """What is counted, in which scope; together they make the statement's text."""

    kind: str
    holder_kind: str
    subject_kind: str


def recent_activity(
    order: Order,
    limits: Iterable[LimitInForce],
    *,
    recorded_at: datetime,
    terms: Mapping[str, Decimal | None] | None = None,
    request_id: UUID | None = None,
) -> dict[UUID, Decimal]:
    """Return by limit what was used of it before `order`, which counts itself out whether it is written yet or not.

    Limits of other kinds than COUNTED_ON_PLACING are passed over. `order` needs its account and instrument with it;
    the holder of a limit is the order's own account, desk, firm or trader, its subject the order's instrument or asset
    class. With `terms` (an amendment's) the limits are those of COUNTED_ON_AMENDING, the order's own placing is a
    message like any other, and `request_id` is the request that counts itself out, where it is written already.

    The numbers: identical orders within the window that were not rejected (duplicate_window_s); orders, or orders and
    requests to replace or cancel, in the last second or minute, rejected ones too (the rates); orders that named the
    same algorithm and were not rejected, since the throttle was reset or else set (repeated_executions); units of open
    orders on the other side that would trade with it (self_trade_quantity). Rates and repetitions are counted no
    further than the limit: of messages, orders and requests each.
    """
    kinds = COUNTED_ON_PLACING if terms is None else COUNTED_ON_AMENDING
    counted = [limit for limit in limits if limit.kind in kinds]
    found = {limit.id: ZERO for limit in counted}
    limit_price = order.limit_price if terms is None else terms["limit_price"]
    asked = [limit for limit in counted if _can_have_happened(limit.kind, order)]
    if not asked:
        return found
    values: dict[str, Any] = {
        **_values_of(order, limit_price),
        "own": [order.pk] if terms is None else [request_id] if request_id else [],
        **{
            name: value
            for number, limit in enumerate(asked)
            for name, value in _bounds(number, limit, recorded_at)
        },
    }
    measures = tuple(_Measure(limit.kind, limit.holder_kind, limit.subject_kind) for limit in asked)
    crossing = _crossing(Side(order.side), is_limited=limit_price is not None)
    counted_so_far = _statement(measures, crossing).row(values)
    return found | {limit.id: Decimal(number) for limit, number in zip(asked, counted_so_far, strict=True)}


def _can_have_happened(kind: str, order: Order) -> bool:
    """Whether there can be anything to count: no statement is needed to know otherwise."""
    if kind == LimitKind.REPEATED_EXECUTIONS:
        return order.instruction["name"] not in (DIRECT, MANUAL)
    if kind == LimitKind.SELF_TRADE_QUANTITY:
        # What waits for its trigger is not in the market, and meets nobody there.
        return order.type not in TRIGGERED_TYPES or order.triggered_at is not None
    return True


def _values_of(order: Order, limit_price: Decimal | None) -> dict[str, Any]:
    return {
        "order": order.pk,
        "account": order.account_id,
        "desk": order.account.desk_id,
        "trader": order.placed_by_id,
        "instrument": order.instrument_id,
        "asset_class": order.instrument.asset_class,
        "side": order.side,
        "other_side": Side.SELL if order.side == Side.BUY else Side.BUY,
        "type": order.type,
        "quantity": order.quantity,
        "limit_price": limit_price,
        "stop_price": order.stop_price,
        "trail_price": order.trail_price,
        "trail_percent": order.trail_percent,
        "algorithm": order.instruction["name"],
    }


def _bounds(number: int, limit: LimitInForce, recorded_at: datetime) -> Iterable[tuple[str, Any]]:
    """From when on is counted, exclusively; and how far."""
    if limit.kind == LimitKind.SELF_TRADE_QUANTITY:
        return
    yield f"most_{number}", min(math.ceil(limit.value), _MOST_COUNTED)
    if limit.kind == LimitKind.REPEATED_EXECUTIONS:
        yield f"limit_{number}", limit.id
        yield f"since_{number}", made_at(limit.id)
    elif limit.kind == LimitKind.DUPLICATE_WINDOW_S:
        yield (
            f"since_{number}",
            recorded_at - timedelta(seconds=float(min(limit.value, Decimal(_MOST_COUNTED)))),
        )
    else:
        yield f"since_{number}", recorded_at - (ORDER_RATES | MESSAGE_RATES)[limit.kind]


@lru_cache(maxsize=256)
def _statement(measures: tuple[_Measure, ...], crossing: str) -> Statement:
    parts = (_SQL[measure.kind](measure, number, crossing) for number, measure in enumerate(measures))
    return Statement("SELECT " + ", ".join(f"({part})" for part in parts))


_HOLDERS = {
    "": "TRUE",
    "account": "{account} = %(account)s",
    "desk": "{account} IN (SELECT id FROM orders_account WHERE desk_id = %(desk)s)",
    "firm": """{account} IN (
        SELECT account.id FROM orders_account AS account JOIN orders_desk AS desk ON desk.id = account.desk_id
        WHERE desk.firm_id = (SELECT firm_id FROM orders_desk WHERE id = %(desk)s)
    )""",
    "trader": "placed.placed_by_id = %(trader)s",
}
_SUBJECTS = {
    "": "TRUE",
    "instrument": "placed.instrument_id = %(instrument)s",
    "asset_class": "placed.instrument_id IN (SELECT id FROM orders_instrument WHERE asset_class = %(asset_class)s)",
}


def _scope(measure: _Measure, account: str = "placed.account_id") -> str:
    holder = _HOLDERS[measure.holder_kind].format(account=account)
    return f"{holder} AND {_SUBJECTS[measure.subject_kind]}"


def _counted(rows: str, number: int) -> str:
    """SQL that counts `rows`, no further than the limit allows: a count beyond it costs and changes nothing."""
    return f"(SELECT count(*) FROM (SELECT FROM {rows} LIMIT %(most_{number})s) AS counted)"  # noqa: S608 - ours


def _orders(measure: _Measure, number: int, _crossing: str) -> str:
    return _counted(
        f"""
            orders_order AS placed
            WHERE placed.recorded_at > %(since_{number})s AND placed.id <> ALL(%(own)s) AND {_scope(measure)}
        """,
        number,
    )


def _messages(measure: _Measure, number: int, crossing: str) -> str:
    # A request knows its account; whose order it is, and in what, only its order does.
    needs_order = measure.holder_kind == "trader" or measure.subject_kind
    order = "JOIN orders_order AS placed ON placed.id = request.order_id" if needs_order else ""
    requests = f"""
        orders_orderrequest AS request {order}
        WHERE request.recorded_at > %(since_{number})s AND request.id <> ALL(%(own)s)
            AND {_scope(measure, "request.account_id")}
    """
    return f"{_orders(measure, number, crossing)} + {_counted(requests, number)}"


def _identical(_measure: _Measure, number: int, _crossing: str) -> str:
    prices = ("limit_price", "stop_price", "trail_price", "trail_percent")
    same = " AND ".join(f"placed.{name} IS NOT DISTINCT FROM %({name})s" for name in prices)
    return f"""
        SELECT count(*) FROM orders_order AS placed
        WHERE placed.account_id = %(account)s AND placed.recorded_at > %(since_{number})s
            AND placed.instrument_id = %(instrument)s AND placed.side = %(side)s AND placed.type = %(type)s
            AND placed.quantity = %(quantity)s AND {same}
            AND placed.status <> 'rejected' AND placed.id <> ALL(%(own)s)
    """  # noqa: S608 - our own names and constants: values are parameters


def _repeated(measure: _Measure, number: int, _crossing: str) -> str:
    return _counted(
        f"""
            orders_order AS placed
            WHERE placed.instruction ->> 'name' = %(algorithm)s
                AND NOT placed.instruction @> '{{"name": "{DIRECT}"}}'::jsonb
                AND placed.recorded_at > coalesce(
                    (SELECT max(recorded_at) FROM orders_throttlereset WHERE limit_id = %(limit_{number})s),
                    %(since_{number})s
                )
                AND placed.status <> 'rejected' AND placed.id <> ALL(%(own)s) AND {_scope(measure)}
        """,  # noqa: S608 - our own names and constants: values are parameters
        number,
    )


def _own_open(measure: _Measure, _number: int, crossing: str) -> str:
    return f"""
        SELECT coalesce(sum(placed.reserved_quantity), 0) FROM orders_order AS placed
        WHERE placed.id IN ({crossing}) AND placed.id <> %(order)s
            AND (placed.type IN ('limit', 'market') OR placed.triggered_at IS NOT NULL)
            AND {_scope(measure)}
    """  # noqa: S608 - our own names and constants: values are parameters


_OTHER_SIDE = f"""
    other.instrument_id = %(instrument)s AND other.side = %(other_side)s
    AND other.status IN ({", ".join(f"'{status}'" for status in sorted(OPEN))})
"""


def _crossing(side: Side, *, is_limited: bool) -> str:
    """SQL of the open orders on the other side that trade at the order's price, or would at a price they asked for."""
    if not is_limited:
        return f"SELECT other.id FROM orders_order AS other WHERE {_OTHER_SIDE}"  # noqa: S608 - our own names and constants: values are parameters
    meets = "<=" if side is Side.BUY else ">="
    outstanding = ", ".join(f"'{state}'" for state in OUTSTANDING)
    return f"""
        SELECT other.id FROM orders_order AS other
        WHERE {_OTHER_SIDE} AND (other.limit_price {meets} %(limit_price)s OR other.limit_price IS NULL)
        UNION ALL
        SELECT other.id FROM orders_orderrequest AS request
        JOIN orders_replacement AS asked ON asked.request_id = request.id
        JOIN orders_order AS other ON other.id = request.order_id
        WHERE request.kind = 'replace' AND request.state IN ({outstanding})
            AND asked.limit_price {meets} %(limit_price)s AND {_OTHER_SIDE}
    """  # noqa: S608 - our own names and constants: values are parameters


_SQL: dict[str, Callable[[_Measure, int, str], str]] = {
    **dict.fromkeys(ORDER_RATES, _orders),
    **dict.fromkeys(MESSAGE_RATES, _messages),
    LimitKind.DUPLICATE_WINDOW_S: _identical,
    LimitKind.REPEATED_EXECUTIONS: _repeated,
    LimitKind.SELF_TRADE_QUANTITY: _own_open,
}
