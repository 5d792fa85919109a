"""What stress found as JSON types: decimals as strings in plain digits, times in RFC 3339."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from orders.kernel.moments import moment_text
from orders.kernel.money import decimal_text
from orders.risk.figures import LimitInForce
from orders.risk.rejudge import NotJudged
from orders.stress.period import Period
from orders.stress.run import Judged
from orders.stress.tally import Cause, Change, OfLimit, Tally


def changed_facts(judged: Judged, change: Change) -> dict[str, Any]:
    """Return an order that would have become something else, with the numbers that make it so."""
    row, order = judged.row, judged.row.order
    return {
        "order_id": str(order.pk),
        "decision_id": str(row.pk),
        "client_order_id": order.client_order_id,
        "account": order.account.code,
        "trader": order.placed_by.username,
        "symbol": order.instrument.symbol,
        "side": order.side,
        "quantity": decimal_text(judged.compared.then.quantity),
        "stage": row.stage,
        "recorded_at": moment_text(row.recorded_at),
        "change": str(change),
        "causes": list(map(_cause, judged.compared.causes)),
        "not_judged": list(map(_not_judged, judged.compared.now.not_judged)),
    }


def summary_facts(tally: Tally, *, period: Period, limits_at: datetime) -> dict[str, Any]:
    """Return what was counted; `limits_at` is the market time at which the limits were in force."""
    return {
        "from": str(period.first),
        "to": str(period.last),
        "limits_in_force_at": moment_text(limits_at),
        "decisions": tally.judged,
        "of_new_terms": tally.new_terms,
        "changes": _counted(tally.changes),
        "by_check": _by_name(tally.by_check),
        "by_limit": list(map(_of_limit, tally.by_limit.values())),
        "by_account": _by_name(tally.by_account),
        "by_trader": _by_name(tally.by_trader),
    }


def _cause(cause: Cause) -> dict[str, Any]:
    told, finding = cause.told, cause.told.finding
    known = cause.now or cause.then
    return {
        "check": finding.check,
        "code": finding.code,
        "detail": finding.detail,
        "limit_id": None if known is None else str(known.id),
        "scope": None if known is None else known.scope,
        "seen": _text(told.seen),
        "unit": told.unit,
        "beyond_percent": None if told.beyond_percent is None else f"{told.beyond_percent:.2f}",
        "numbers": dict(finding.numbers),
        "then": _terms(cause.then),
        "now": _terms(cause.now),
    }


def _not_judged(each: NotJudged) -> dict[str, Any]:
    limit = each.limit
    return {
        "check": each.check,
        "limit_id": None if limit is None else str(limit.id),
        "scope": None if limit is None else limit.scope,
    }


def _of_limit(of: OfLimit) -> dict[str, Any]:
    limit = of.limit
    return {
        "check": of.check,
        "limit_id": None if limit is None else str(limit.id),
        "scope": None if limit is None else limit.scope,
        "limit": _terms(limit),
        "changes": _counted(of.changes),
    }


def _terms(limit: LimitInForce | None) -> dict[str, Any] | None:
    if limit is None:
        return None
    return {
        "value": decimal_text(limit.value),
        "warn_at_percent": limit.warn_at_percent,
        "version": limit.version,
    }


def _by_name(counted: Mapping[str, Counter[Change]]) -> dict[str, dict[str, int]]:
    return {name: _counted(counted[name]) for name in sorted(counted)}


def _counted(changes: Counter[Change]) -> dict[str, int]:
    return {str(change): changes[change] for change in Change if changes[change]}


def _text(number: Decimal | None) -> str | None:
    return None if number is None else decimal_text(number)
