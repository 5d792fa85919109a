"""Reads of limits for those who watch over them: what is used, what is in force, for whom one may be asked for."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Case, QuerySet, TextField, Value, When
from django.db.models.functions import Coalesce, Concat

from orders.authority import SCOPES, may_everywhere, reached_by, scope_names_with
from orders.kernel.context import Actor
from orders.limit_kinds import HOLDERS
from orders.models import Account, Desk, Firm, Instrument, Limit, ThrottleReset, User
from orders.permissions import PROPOSE_LIMITS, VIEW_LIMITS
from orders.risk.use import use_of
from orders.risk.utilisation import Use, utilisation_percent
from orders.selectors import limits_for, limits_seen_by, market_now

NOT_TOLD = Decimal(-1)
"""In the place of a percent: nothing is used of the limit while nothing happens, or it is not known."""


class LimitStanding(StrEnum):
    """Whether a limit is in force at a market time: not yet, now, no longer, or ended by approval."""

    TO_COME = "to_come"
    IN_FORCE = "in_force"
    OVER = "over"
    ENDED = "ended"


def limits_to_watch(actor: Actor) -> QuerySet[Limit]:
    """Return the limits that `actor` may see, ended ones too, with `standing`, `may_propose` and their keys.

    `standing` at the market time of now; `may_propose` tells whether `actor` may ask for a change of it.
    `holder_key` and `subject_key` order a list: firms, desks, accounts, traders, everybody.
    """
    may_propose = When(reached_by(actor, PROPOSE_LIMITS), then=Value(True))
    limits = limits_seen_by(actor).select_related(*HOLDERS, "desk__firm", "account__desk__firm", "instrument")
    return limits.annotate(
        standing=_standing(market_now()),
        may_propose=Case(may_propose, default=Value(False)),
        holder_key=_HOLDER_KEY,
        subject_key=Coalesce("instrument__symbol", "asset_class"),
    )


def add_use(limits: Iterable[Any]) -> None:
    """Give each of these limits `use`: what is used of it now, None where that is counted by the order or not known.

    Two queries for all of them.
    """
    known = list(limits)
    used = use_of([each.pk for each in known], market_now())
    for each in known:
        figure = used.get(each.pk)
        each.use = None if figure is None else Use(each.kind, figure, each.value, each.warn_at_percent)


def tightest_first(limits: "QuerySet[Any]") -> list[tuple[Decimal, UUID]]:
    """Return percent used and id of each of `limits`, the most used first: two queries, the market time apart.

    The percent is -1 where nothing is used while nothing happens, or it is not known.
    """
    rows = list(limits.order_by().values_list("pk", "kind", "value"))
    used = use_of([pk for pk, _kind, _value in rows], market_now())
    return sorted(
        (
            (utilisation_percent(kind, used[pk], value) if pk in used else NOT_TOLD, pk)
            for pk, kind, value in rows
        ),
        reverse=True,
    )


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
    return SCOPES[kind](actor, VIEW_LIMITS).order_by("code")


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
    names = scope_names_with(actor, PROPOSE_LIMITS, [kind for kind in kinds if kind in SCOPES])
    if may_everywhere(actor, PROPOSE_LIMITS):
        traders = User.objects.order_by("username").values_list("username", flat=True)
        names += [f"trader {name}" for name in traders] if "trader" in kinds else []
        names += [""] if "" in kinds else []
    return [(name, name or "everybody") for name in names]


def throttle_resets_of(limit: Limit) -> QuerySet[ThrottleReset]:
    """Return who let a throttle of repeated executions count from zero again, newest first."""
    return ThrottleReset.objects.filter(limit=limit).select_related("reset_by").order_by("-id")
