"""The limits that are in force now beside what was asked for."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from orders.kernel.context import Actor
from orders.limit_kinds import LimitKind
from orders.models import Limit
from orders.risk.applying import is_in_force
from orders.selectors import accounts_watched_by, limits_for, market_now
from orders.sizes.asked import Asked
from orders.sizes.reads import TraderSizes

_Above = Mapping[UUID, tuple[UUID, UUID]]
"""The desk and the firm of each account."""


def is_in_force_at(limit: Limit, at: datetime) -> bool:
    """Tell whether a limit that is not ended is in force at the market time `at`."""
    return is_in_force(limit.effective_from, limit.effective_until, at)


def tightest_by_row(
    actor: Actor, kinds: Sequence[LimitKind], rows: Iterable[TraderSizes], asked: Asked
) -> dict[tuple[str, LimitKind], Limit]:
    """Return by the key of a row and by kind the lowest limit that some of the row's orders would meet now.

    Of those that `actor` may see; one on an instrument or an asset class counts where all of the row is in that.
    """
    now = market_now()
    seen = limits_for(actor).filter(kind__in=kinds)
    limits = sorted(
        (each for each in seen if is_in_force_at(each, now)), key=lambda each: (each.value, each.pk)
    )
    above: _Above = {
        pk: (desk, firm)
        for pk, desk, firm in accounts_watched_by(actor).values_list("pk", "desk_id", "desk__firm_id")
    }
    found: dict[tuple[str, LimitKind], Limit] = {}
    for row in rows:
        for limit in limits:
            if _holds(limit, row, above) and _is_about(limit, row, asked):
                found.setdefault((row.key, LimitKind(limit.kind)), limit)
    return found


def _holds(limit: Limit, row: TraderSizes, above: _Above) -> bool:
    if limit.trader is not None:
        return limit.trader.username == row.trader
    if limit.account_id is not None:
        return limit.account_id in row.accounts
    holder = limit.desk_id or limit.firm_id
    return holder is None or any(holder in above[account] for account in row.accounts)


def _is_about(limit: Limit, row: TraderSizes, asked: Asked) -> bool:
    if limit.instrument is not None:
        return limit.instrument.symbol == (row.subject if asked.apart == "instrument" else asked.symbol)
    return not limit.asset_class or row.asset_classes == {limit.asset_class}
