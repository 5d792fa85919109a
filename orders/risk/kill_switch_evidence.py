"""What kill switches there are, what one could stop, and what became of the orders that it asked to be canceled."""

from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Greatest

from orders.authority import Scope, accounts_with, may_somewhere
from orders.errors import KillSwitchNotFound, KillSwitchTargetNotFound
from orders.events import CancelRequested
from orders.hooks import hooks
from orders.kernel.context import Actor
from orders.models import (
    Account,
    Desk,
    Firm,
    Instrument,
    KillSwitch,
    Order,
    OrderRequest,
    OrderRevision,
    User,
)
from orders.permissions import VIEW_ORDERS
from orders.risk.kill_switch import in_scope, key
from orders.states import OPEN, TERMINAL, OrderStatus
from orders.terms import KillSwitchScope

Target = Scope | User | Instrument | str
"""What a kill switch stops: a row of ours, or an algorithm's name."""

_NAMED_BY: dict[KillSwitchScope, tuple[Any, str]] = {
    KillSwitchScope.FIRM: (Firm, "code"),
    KillSwitchScope.DESK: (Desk, "code"),
    KillSwitchScope.ACCOUNT: (Account, "code"),
    KillSwitchScope.TRADER: (User, "username"),
    KillSwitchScope.INSTRUMENT: (Instrument, "symbol"),
}
_ABOVE_ACCOUNT = {
    KillSwitchScope.FIRM: "desk__firm_id",
    KillSwitchScope.DESK: "desk_id",
    KillSwitchScope.ACCOUNT: "pk",
}


def kill_switches_for(actor: Actor) -> "QuerySet[KillSwitch]":
    """Return the switches that could stop an order which `actor` may see, newest first.

    One of a trader, an algorithm or an instrument reaches into every account: who sees orders anywhere sees it.
    """
    if not may_somewhere(actor, VIEW_ORDERS):
        return KillSwitch.objects.none()
    accounts = accounts_with(actor, VIEW_ORDERS).order_by()
    reaches = Q(firm=None, desk=None, account=None)
    for scope, column in _ABOVE_ACCOUNT.items():
        reaches |= Q(**{f"{scope}__in": accounts.values(column)})
    targets = [scope.value for scope in _NAMED_BY]
    return (
        KillSwitch.objects.filter(reaches).select_related(*targets, "engaged_by", "lifted_by").order_by("-id")
    )


def kill_switch_for(actor: Actor, kill_switch_id: UUID) -> KillSwitch:
    """Return one switch. Raises KillSwitchNotFound, hidden and absent alike."""
    found = kill_switches_for(actor).filter(pk=kill_switch_id).first()
    if found is None:
        raise KillSwitchNotFound("there is no such kill switch for you")
    return found


def target_named(actor: Actor, scope: KillSwitchScope, name: str) -> Target:
    """Return what a switch of this scope would stop, by its id or its code, login name, symbol or algorithm.

    Raises KillSwitchTargetNotFound: absent, or nothing of it is within the actor's sight.
    """
    found = _found(actor, scope, name) if may_somewhere(actor, VIEW_ORDERS) else None
    if found is None:
        raise KillSwitchTargetNotFound(f"there is no {scope} {name} for you")
    return found


def _found(actor: Actor, scope: KillSwitchScope, name: str) -> Target | None:
    if scope == KillSwitchScope.ALGORITHM:
        return name if name in {each.name for each in hooks.algorithms()} else None
    model, column = _NAMED_BY[scope]
    rows = model.objects.filter(Q(pk=name) if _is_id(name) else Q(**{column: name}))
    if scope in _ABOVE_ACCOUNT:
        rows = rows.filter(pk__in=accounts_with(actor, VIEW_ORDERS).order_by().values(_ABOVE_ACCOUNT[scope]))
    found: Target | None = rows.first()
    return found


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def target_id(target: Target) -> str:
    """Return what the gate and the log know a target by."""
    return target if isinstance(target, str) else str(target.pk)


def open_orders_of(actor: Actor, scope: KillSwitchScope, target: Target) -> int:
    """Return how many open orders that `actor` may see a switch would ask to be canceled."""
    orders = Order.objects.filter(in_scope([key(scope, target_id(target))]), status__in=sorted(OPEN))
    return orders.filter(account__in=accounts_with(actor, VIEW_ORDERS).order_by().values("pk")).count()


def asked_by(actor: Actor, switch: KillSwitch) -> "QuerySet[Any]":
    """Return the requests to cancel that a switch made of orders which `actor` may see, in their order.

    The first of each order: what the desk refused, or a bust opened again, is asked again, and is one order.
    Each with `filled_before` and `filled_meanwhile` (units), `ended_at` (recorded time, None while the order is open)
    and `outcome`: open, confirmed (nothing more can be filled), or filled.
    """
    revisions = OrderRevision.objects.filter(order_id=OuterRef("order_id"))
    made = revisions.filter(client_order_id=OuterRef("client_order_id"), event=CancelRequested.__name__)
    # A bust may have opened it again: the end is the one after which it was never open.
    later = OrderRevision.objects.filter(order_id=OuterRef("order_id"), version__gt=OuterRef("version"))
    reopened = Exists(later.filter(order_status__in=sorted(OPEN)))
    ended = revisions.filter(~reopened, order_status__in=sorted(TERMINAL))
    earlier = OrderRequest.objects.filter(kill_switch=switch, order=OuterRef("order"), pk__lt=OuterRef("pk"))
    requests = OrderRequest.objects.filter(
        ~Exists(earlier),
        kill_switch=switch,
        account__in=accounts_with(actor, VIEW_ORDERS).order_by().values("pk"),
    )
    return (
        requests.select_related("order__account", "order__instrument", "order__placed_by")
        .annotate(filled_before=Subquery(made.order_by("version").values("cum_quantity")[:1]))
        .annotate(
            filled_meanwhile=Greatest(F("order__filled_quantity") - F("filled_before"), Value(Decimal(0))),
            ended_at=Subquery(ended.order_by("version").values("recorded_at")[:1]),
            outcome=Case(
                When(order__status__in=sorted(OPEN), then=Value("open")),
                When(order__status=OrderStatus.FILLED, then=Value("filled")),
                default=Value("confirmed"),
            ),
        )
        .order_by("id")
    )


@dataclass(frozen=True, slots=True)
class Evidence:
    """How far a switch has come, in orders, with recorded times: None for what has not happened.

    `requested` were asked to be canceled: of those `confirmed` ended otherwise than by being filled, `filled` ended
    filled, and `still_open` wait for the venue or the desk. Of `filled_meanwhile` something was filled after they were
    asked.
    """

    requested: int
    confirmed: int
    filled: int
    still_open: int
    filled_meanwhile: int
    last_requested_at: datetime | None
    last_ended_at: datetime | None


def evidence_of(actor: Actor, switch: KillSwitch) -> Evidence:
    """Return how far a switch has come with the orders that `actor` may see: one query."""
    counted = (
        asked_by(actor, switch)
        .order_by()
        .aggregate(
            requested=Count("pk"),
            confirmed=Count("pk", filter=Q(outcome="confirmed")),
            filled=Count("pk", filter=Q(outcome="filled")),
            still_open=Count("pk", filter=Q(outcome="open")),
            with_fills=Count("pk", filter=Q(filled_meanwhile__gt=0)),
            last_requested_at=Max("recorded_at"),
            last_ended_at=Max("ended_at"),
        )
    )
    return Evidence(filled_meanwhile=counted.pop("with_fills"), **counted)


def described(switch: KillSwitch) -> dict[str, Any]:
    """Return what is told of every switch, by API and download."""
    return {
        "id": switch.pk,
        "scope": switch.scope,
        "target": switch.target,
        "target_id": switch.key.partition(":")[2],
        "is_engaged": switch.is_engaged,
        "reason": switch.reason,
        "engaged_by": switch.engaged_by.username,
        "engaged_at": switch.engaged_at,
        "market_time": switch.market_time,
        "swept_at": switch.swept_at,
        "lifted_by": switch.lifted_by.username if switch.lifted_by else None,
        "lifted_at": switch.lifted_at,
    }


def figures_of(actor: Actor, switch: KillSwitch) -> dict[str, Any]:
    """Return the evidence by name; `pending_before` is None until the switch was swept."""
    pending_before = None if switch.swept_at is None else switch.pending_before
    return {**asdict(evidence_of(actor, switch)), "pending_before": pending_before}


def stopped_order(request: Any) -> dict[str, Any]:
    """Return what became of the order of a request that `asked_by` returned, by name."""
    order = request.order
    return {
        "order_id": order.pk,
        "client_order_id": order.client_order_id,
        "account": order.account.code,
        "symbol": order.instrument.symbol,
        "side": order.side,
        "trader": order.placed_by.username,
        "quantity": order.quantity,
        "status": order.status,
        "outcome": request.outcome,
        "requested_at": request.recorded_at,
        "filled_before": request.filled_before,
        "filled_meanwhile": request.filled_meanwhile,
        "ended_at": request.ended_at,
    }
