"""What limits of one holder would have measured of past orders: one statement for all kinds that can be proposed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from orders.kernel.context import Actor
from orders.limit_kinds import KINDS, LimitKind
from orders.models import Account, Limit, User
from orders.risk.figures import Outcome
from orders.selectors import accounts_watched_by, limits_for
from orders.sizes.days import Span
from orders.sizes.kinds import measured
from orders.sizes.proposal import Measured
from orders.sizes.reads import traders_seen

PROPOSABLE = (
    LimitKind.ORDER_QUANTITY,
    LimitKind.ORDER_NOTIONAL,
    LimitKind.ORDER_VOLUME_SHARE_BPS,
    LimitKind.PRICE_COLLAR_BPS,
)
"""The kinds that are proposed from history: what each measures of one order by itself was kept with it."""

Holder = Account | User


@dataclass(frozen=True)
class Past:
    """The orders of one holder: what each kind measured of them, and the largest that an override expressly allowed."""

    measured: Mapping[LimitKind, list[Measured]]
    allowed: Mapping[LimitKind, Decimal]


def holder_seen(actor: Actor, named: str) -> Holder | None:
    """Return the account or the trader ("account ALPHA", "trader ann") whose orders `actor` sees, None for none."""
    kind, _, name = named.partition(" ")
    if kind == "account":
        return accounts_watched_by(actor).select_related("desk__firm").filter(code=name).first()
    return User.objects.get(username=name) if name in traders_seen(actor) else None


def holders_seen(actor: Actor) -> list[str]:
    """Return the accounts and the traders whose orders `actor` sees, as `holder_seen` takes them: two queries."""
    codes = accounts_watched_by(actor).values_list("code", flat=True)
    return [f"account {code}" for code in codes] + [f"trader {name}" for name in traders_seen(actor)]


def limits_of(actor: Actor, holder: Holder) -> dict[LimitKind, Limit]:
    """Return the holder's own limits of PROPOSABLE on anything, not ended, that `actor` may see."""
    column = "account" if isinstance(holder, Account) else "trader"
    found = limits_for(actor).filter(**{column: holder}, kind__in=PROPOSABLE, instrument=None, asset_class="")
    return {LimitKind(each.kind): each for each in found}


def past_of(actor: Actor, holder: Holder, span: Span, limits: Mapping[LimitKind, Limit]) -> Past:
    """Return what was placed for the account, or by the trader, in accounts that `actor` sees: three queries.

    `limits` are those of which it is told what they found.
    """
    values = {
        "accounts": list(accounts_watched_by(actor).order_by().values_list("pk", flat=True)),
        "account": holder.pk if isinstance(holder, Account) else None,
        "trader": None if isinstance(holder, Account) else holder.pk,
        "begins": span.begins,
        "ends": span.ends,
        **{f"limit_{kind}": str(limits[kind].pk) if kind in limits else "" for kind in PROPOSABLE},
    }
    with connection.cursor() as cursor:
        cursor.execute(_PLACED, values)
        rows = cursor.fetchall()
        cursor.execute(_ALLOWED, values)
        granted = cursor.fetchall()
    found = {kind: list(_measured(rows, number)) for number, kind in enumerate(PROPOSABLE)}
    return Past(found, _allowed(found, granted))


_FINDING = """
    CROSS JOIN LATERAL (
        SELECT jsonb_path_query_first(
            decision.findings, '$[*] ? (@.limit.id == $id)', jsonb_build_object('id', %(limit_{kind})s::text)
        ) AS told
    ) AS {kind}
"""
_BY_CHECK = "(jsonb_path_query_first(decision.findings, '{path}') #>> '{{}}')::numeric"
_VALUES = {
    # These two are kept of every order, whether a limit applied or not.
    LimitKind.ORDER_QUANTITY: "(decision.figures->>'quantity')::numeric",
    LimitKind.ORDER_NOTIONAL: "(decision.figures->>'notional')::numeric",
    LimitKind.ORDER_VOLUME_SHARE_BPS: _BY_CHECK.format(path=measured(LimitKind.ORDER_VOLUME_SHARE_BPS)),
    LimitKind.PRICE_COLLAR_BPS: _BY_CHECK.format(path=measured(LimitKind.PRICE_COLLAR_BPS)),
}
_OF_KIND = "{value}, {kind}.told->>'outcome', ({kind}.told->'limit'->>'value')::numeric"
_IN_SPAN = """
    placed.account_id = ANY(%(accounts)s)
    AND (%(account)s::uuid IS NULL OR placed.account_id = %(account)s)
    AND (%(trader)s::uuid IS NULL OR placed.placed_by_id = %(trader)s)
    AND placed.market_time >= %(begins)s AND placed.market_time < %(ends)s
"""
_PLACED = f"""
    SELECT placed.id, (placed.market_time AT TIME ZONE 'UTC')::date, decision.is_admitted,
        {", ".join(_OF_KIND.format(value=_VALUES[kind], kind=kind) for kind in PROPOSABLE)}
    FROM orders_order AS placed
    JOIN orders_riskdecision AS decision ON decision.order_id = placed.id AND decision.stage = 'place'
    {" ".join(_FINDING.format(kind=kind) for kind in PROPOSABLE)}
    WHERE {_IN_SPAN}
"""  # noqa: S608 - names of our own columns
_ALLOWED = f"""
    SELECT placed.id, waived.code FROM orders_override AS leave
    JOIN orders_order AS placed ON placed.id = leave.refused_id
    CROSS JOIN LATERAL jsonb_array_elements_text(leave.codes) AS waived(code)
    WHERE {_IN_SPAN}
"""  # noqa: S608 - our own names and constants: values are parameters
_BEFORE, _WIDTH = 3, 3
"""How many columns stand before those of a kind, and how many a kind has."""


def _measured(rows: Iterable[Any], number: int) -> Iterable[Measured]:
    begin = _BEFORE + number * _WIDTH
    for row in rows:
        value, outcome, limit_value = row[begin : begin + _WIDTH]
        if value is not None:
            yield Measured(
                order_id=row[0],
                day=row[1],
                is_admitted=row[2],
                value=value,
                outcome=None if outcome is None else Outcome(outcome),
                limit_value=limit_value,
            )


def _allowed(
    found: Mapping[LimitKind, list[Measured]], granted: Iterable[tuple[UUID, str]]
) -> dict[LimitKind, Decimal]:
    """Return by kind the largest order of those whose refusal by such a limit an override waived."""
    waived: defaultdict[str, set[UUID]] = defaultdict(set)
    for order_id, code in granted:
        waived[code].add(order_id)
    largest = {
        kind: max((each.value for each in orders if each.order_id in waived[KINDS[kind].code]), default=None)
        for kind, orders in found.items()
    }
    return {kind: value for kind, value in largest.items() if value is not None}
