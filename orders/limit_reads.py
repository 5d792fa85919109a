"""Reads of limits for those who watch over them: what is used, what is in force, for whom one may be asked for."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import (
    Case,
    DecimalField,
    F,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Concat, Greatest, NullIf

from orders.authority import accounts_with, desks_with, firms_with, may_everywhere, reached_by
from orders.kernel.context import Actor
from orders.limit_kinds import HOLDERS, LimitKind
from orders.models import (
    Account,
    Desk,
    Exposure,
    Firm,
    Instrument,
    Limit,
    Position,
    ThrottleReset,
    User,
)
from orders.permissions import PROPOSE_LIMITS, VIEW_LIMITS
from orders.selectors import limits_for, limits_seen_by, market_now


class LimitStanding(StrEnum):
    """Whether a limit is in force at a market time: not yet, now, no longer, or ended by approval."""

    TO_COME = "to_come"
    IN_FORCE = "in_force"
    OVER = "over"
    ENDED = "ended"


def limits_with_use(actor: Actor) -> QuerySet[Limit]:
    """Return the limits that `actor` may see, ended ones too, with `used`, `standing`, `may_propose` and their keys.

    `used` in the unit of the kind, with all open orders of one side filled: the largest position for a position limit,
    and what account, desk or firm has for gross, net, credit and the day's loss as a whole; None for the others.
    `standing` at the market time of now; `may_propose` tells whether `actor` may ask for a change of it.
    `holder_key` and `subject_key` order a list: firms, desks, accounts, traders, everybody.
    """
    at = market_now()
    may_propose = When(reached_by(actor, PROPOSE_LIMITS), then=Value(True))
    limits = limits_seen_by(actor).select_related(*HOLDERS, "desk__firm", "account__desk__firm", "instrument")
    return limits.annotate(
        used=_used(at),
        standing=_standing(at),
        may_propose=Case(may_propose, default=Value(False)),
        holder_key=_HOLDER_KEY,
        subject_key=Coalesce("instrument__symbol", "asset_class"),
    )


def _used(at: datetime) -> Case:
    exposure = Exposure.objects.filter(pk=Coalesce(*(OuterRef(f"{name}_id") for name in _EXPOSED)))
    equity_lost = F("opening_equity") - F("cash") - F("net_notional")
    figures = {
        LimitKind.GROSS_NOTIONAL: exposure.values("gross_notional"),
        LimitKind.NET_NOTIONAL: exposure.values(used=_WORST_NOTIONAL),
        LimitKind.CREDIT_NOTIONAL: exposure.values(used=Greatest(F("open_buy_notional") - F("cash"), _ZERO)),
        LimitKind.DAY_LOSS: exposure.filter(opening_day=at.date()).values(used=Greatest(equity_lost, _ZERO)),
    }
    return Case(
        *(
            When(kind=LimitKind.POSITION_QUANTITY, **{f"{name}__isnull": False}, then=_largest(path, name))
            for name, path in _EXPOSED.items()
        ),
        *(When(kind=kind, instrument=None, then=Subquery(used)) for kind, used in figures.items()),
    )


_EXPOSED = {"firm": "account__desk__firm_id", "desk": "account__desk_id", "account": "account_id"}
_ZERO = Value(Decimal(0), output_field=DecimalField(max_digits=40, decimal_places=16))
_WORST_NOTIONAL = Greatest(
    F("net_notional") + F("open_buy_notional"), F("open_sell_notional") - F("net_notional")
)


def _largest(path: str, holder: str) -> Subquery:
    """Return a holder's largest position, in the limit's instrument or asset class where it names one."""
    wanted_class = Coalesce(NullIf(OuterRef("asset_class"), Value("")), F("instrument__asset_class"))
    positions = Position.objects.filter(
        **{path: OuterRef(f"{holder}_id")},
        instrument_id=Coalesce(OuterRef("instrument_id"), F("instrument_id")),
        instrument__asset_class=wanted_class,
    )
    sums = (
        positions.order_by()
        .values("instrument_id")
        .annotate(
            worst=Greatest(
                Sum(F("net_quantity") + F("open_buy_quantity")),
                Sum(F("open_sell_quantity") - F("net_quantity")),
            )
        )
    )
    return Subquery(sums.order_by("-worst").values("worst")[:1])


_HOLDER_KEY = Case(
    *(
        When(then=Concat(Value(f"{place} {name} "), f"{name}__{column}"), **{f"{name}__isnull": False})
        for place, (name, column) in enumerate(
            [("firm", "code"), ("desk", "code"), ("account", "code"), ("trader", "username")]
        )
    ),
    default=Value("4 everybody"),
    output_field=TextField(),
)


def holder_keys(actor: Actor) -> list[str]:
    """Return the `holder_key` of each firm, desk, account, trader or everybody with a limit that `actor` sees."""
    limits = limits_for(actor).order_by().annotate(holder_key=_HOLDER_KEY)
    return sorted(limits.values_list("holder_key", flat=True).distinct())


def _standing(at: datetime) -> Case:
    return Case(
        When(ended_at__isnull=False, then=Value(LimitStanding.ENDED)),
        When(effective_from__gt=at, then=Value(LimitStanding.TO_COME)),
        When(effective_until__lte=at, then=Value(LimitStanding.OVER)),
        default=Value(LimitStanding.IN_FORCE),
        output_field=TextField(),
    )


def scopes_with_limits(actor: Actor, kind: str) -> QuerySet[Any]:
    """Return the firms, desks or accounts (`kind` says which) whose limits `actor` may see, by code."""
    reached: dict[str, Callable[[Actor, str], QuerySet[Any]]] = {
        "firm": firms_with,
        "desk": desks_with,
        "account": accounts_with,
    }
    return reached[kind](actor, VIEW_LIMITS).order_by("code")


def names_in_scopes(scopes: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return what the ids in scopes of limits (columns by name, ids as text) are called: a query for each column."""
    given = list(scopes)
    tables: dict[str, tuple[Any, str]] = {
        "firm": (Firm, "code"),
        "desk": (Desk, "code"),
        "account": (Account, "code"),
        "trader": (User, "username"),
        "instrument": (Instrument, "symbol"),
    }
    names: dict[str, str] = {}
    for column, (table, name) in tables.items():
        keys = {scope[column] for scope in given if column in scope}
        rows = table.objects.filter(pk__in=keys).values_list("pk", name) if keys else ()
        names |= {str(key): text for key, text in rows}
    return names


def proposable_holders(actor: Actor, kinds: Sequence[str]) -> list[tuple[str, str]]:
    """Return for whom `actor` may ask for a limit: "desk EQ1" and the like, twice; "" and everybody for the empty kind.

    Traders and everybody take propose_limits on every account.
    """
    reached: dict[str, Callable[[Actor, str], QuerySet[Any]]] = {
        "firm": firms_with,
        "desk": desks_with,
        "account": accounts_with,
    }
    names = [
        f"{kind} {code}"
        for kind in kinds
        if kind in reached
        for code in reached[kind](actor, PROPOSE_LIMITS).order_by("code").values_list("code", flat=True)
    ]
    if may_everywhere(actor, PROPOSE_LIMITS):
        traders = User.objects.order_by("username").values_list("username", flat=True)
        names += [f"trader {name}" for name in traders] if "trader" in kinds else []
        names += [""] if "" in kinds else []
    return [(name, name or "everybody") for name in names]


def throttle_resets_of(limit: Limit) -> QuerySet[ThrottleReset]:
    """Return who let a throttle of repeated executions count from zero again, newest first."""
    return ThrottleReset.objects.filter(limit=limit).select_related("reset_by").order_by("-id")
