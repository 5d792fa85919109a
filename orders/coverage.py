"""How far the limits that are in force reach: which accounts trade without one of a kind."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from orders.authority import accounts_with
from orders.kernel.context import Actor
from orders.limit_kinds import LimitKind
from orders.models import Account, Limit
from orders.models.organisation import AccountState
from orders.permissions import VIEW_LIMITS
from orders.selectors import limits_for, market_now


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many limits of one kind are in force, and the codes of the active accounts that none of them reaches.

    An account is reached by a limit of its own, its desk's or its firm's on whatever it trades: a limit of a trader,
    or on some instruments alone, is counted and leaves the account without.
    """

    limits: int
    accounts_without: tuple[str, ...]


def limit_coverage(actor: Actor) -> dict[LimitKind, Coverage]:
    """Return the coverage of every kind, of the accounts whose limits `actor` may see: three queries."""
    accounts = accounts_with(actor, VIEW_LIMITS).filter(state=AccountState.ACTIVE).order_by("code")
    counted: Counter[str] = Counter()
    reached: defaultdict[str, set[UUID]] = defaultdict(set)
    columns = ("kind", "firm_id", "desk_id", "account_id", "instrument_id", "asset_class")
    for kind, *holders, instrument, asset_class in _in_force(actor, accounts).values_list(*columns):
        counted[kind] += 1
        if instrument is None and not asset_class:
            reached[kind].update(holders)
    held = list(accounts.values_list("code", "pk", "desk_id", "desk__firm_id"))
    return {
        kind: Coverage(counted[kind], tuple(code for code, *ids in held if reached[kind].isdisjoint(ids)))
        for kind in LimitKind
    }


def _in_force(actor: Actor, accounts: QuerySet[Account]) -> QuerySet[Limit]:
    """Return the limits in force now that reach `accounts`, and those that `actor` may see besides."""
    now = market_now()
    reaching = (
        Q(account__in=accounts.order_by().values("pk"))
        | Q(desk__in=accounts.order_by().values("desk"))
        | Q(firm__in=accounts.order_by().values("desk__firm"))
        | Q(pk__in=limits_for(actor).order_by().values("pk"))
    )
    return Limit.objects.filter(
        reaching,
        Q(effective_from=None) | Q(effective_from__lte=now),
        Q(effective_until=None) | Q(effective_until__gt=now),
        ended_at=None,
    ).order_by()
