"""The gate of the kill switches: what stops an order, read so that nobody can engage a switch behind our back.

Who admits, amends, plans or sends reads the gate's row FOR SHARE and holds it until the commit. Who engages a switch
locks the table first, so it waits for them and they for it: what is in scope has committed before, or is refused.
Limits and trading states change behind the closed gate as well.
"""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from orders.errors import RiskRefused
from orders.kernel.transactions import step
from orders.models import Order
from orders.risk.figures import Finding, Outcome
from orders.terms import KillSwitchScope

CHECK, CODE = "kill_switch", "RISK_KILL_SWITCH"
_CLOSE = "LOCK TABLE orders_killswitchgate IN EXCLUSIVE MODE"
_READ = "SELECT engaged FROM orders_killswitchgate FOR SHARE"

_COLUMNS: dict[str, str] = {
    KillSwitchScope.FIRM: "account__desk__firm_id",
    KillSwitchScope.DESK: "account__desk_id",
    KillSwitchScope.ACCOUNT: "account_id",
    KillSwitchScope.TRADER: "placed_by_id",
    KillSwitchScope.ALGORITHM: "instruction__name",
    KillSwitchScope.INSTRUMENT: "instrument_id",
}
"""Where an order has what a switch of each scope names."""


def key(scope: str, target: UUID | str) -> str:
    """Return the name under which the gate keeps a switch."""
    return f"{scope}:{target}"


def keys_of(
    *, firm_id: UUID, desk_id: UUID, account_id: UUID, trader_id: UUID, algorithm: str, instrument_id: UUID
) -> list[str]:
    """Return the keys of all switches that would stop an order of these."""
    return [
        key(KillSwitchScope.FIRM, firm_id),
        key(KillSwitchScope.DESK, desk_id),
        key(KillSwitchScope.ACCOUNT, account_id),
        key(KillSwitchScope.TRADER, trader_id),
        key(KillSwitchScope.ALGORITHM, algorithm),
        key(KillSwitchScope.INSTRUMENT, instrument_id),
    ]


@step
def engaged() -> list[str]:
    """Return the keys of all engaged switches: they stay these until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(_READ)
        keys: list[str] = cursor.fetchone()[0]
    return keys


@step
def close_gate() -> None:
    """Wait until all who passed the gate have committed, and let nobody pass it before this transaction ends.

    So whoever is judged after the commit is judged by what was changed here, and nobody commits after it who was judged
    by what was before. To be called before any row is locked that somebody who passed may wait for. All firms wait
    meanwhile: what follows has to be short. Raises OperationalError after the session's `lock_timeout`.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE)


def finding_for(order: Order, stopping: Collection[str], asked_by: UUID | None = None) -> Finding:
    """Return whether an order, stored or not, may be worked, or which of the engaged switches `stopping` stop it.

    A person who is stopped stops what they ask of another trader's order as well: `asked_by` is that user.
    """
    if not stopping:
        return finding_of(())
    own = {*_keys(order), key(KillSwitchScope.TRADER, asked_by or order.placed_by_id)}
    return finding_of(set(stopping) & own)


@step
def require_not_stopped(order: Order, asked_by: UUID | None = None) -> None:
    """Raise RiskRefused where an engaged switch stops a stored order, or the user who asks something of it.

    None is engaged before this transaction ends.
    """
    finding = finding_for(order, engaged(), asked_by)
    if finding.outcome is Outcome.DENIED:
        raise RiskRefused(CODE, finding.detail, order_id=str(order.pk), **finding.numbers)


@step
def is_stopped(order: Order) -> bool:
    """Tell whether an engaged switch stops a stored order, and let none be engaged before this transaction ends."""
    return finding_for(order, engaged()).outcome is Outcome.DENIED


@step
def not_stopped(order_id: str) -> Q:
    """Return the condition on rows whose column `order_id` names an order that no engaged switch stops it.

    None is engaged or lifted before this transaction ends.
    """
    stopping = engaged()
    if not stopping:
        return Q()
    # Looked up order by order: a list of all that a switch stops would have every order that there ever was in scope.
    return ~Q(Exists(Order.objects.filter(in_scope(stopping), pk=OuterRef(order_id))))


def finding_of(keys: Iterable[str]) -> Finding:
    """Return the refusal by these engaged switches; without any the order passes."""
    stopped_by = ", ".join(sorted(each.partition(":")[0] for each in keys))
    if not stopped_by:
        return Finding(check=CHECK, outcome=Outcome.PASSED)
    return Finding(
        check=CHECK,
        outcome=Outcome.DENIED,
        code=CODE,
        detail=f"a kill switch is engaged for the order's {stopped_by}",
        numbers={"scopes": stopped_by},
    )


def in_scope(keys: Iterable[str]) -> Q:
    """Return the condition on orders that any of these switches stops; without any it holds for none."""
    condition = Q(pk__in=[])
    for each in keys:
        scope, _, target = each.partition(":")
        condition |= Q(**{_COLUMNS[scope]: target})
    return condition


def _keys(order: Order) -> list[str]:
    desk = order.account.desk
    return keys_of(
        firm_id=desk.firm_id,
        desk_id=desk.pk,
        account_id=order.account_id,
        trader_id=order.placed_by_id,
        algorithm=str(order.instruction.get("name")),
        instrument_id=order.instrument_id,
    )
