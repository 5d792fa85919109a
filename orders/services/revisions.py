"""How an order moves: one stimulus, one version, one revision row, one event."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from orders.errors import OrderNotFound
from orders.events import OrderEvent, OrderPlaced
from orders.hooks import publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.rows import insert_values, update
from orders.kernel.transactions import step
from orders.models import Execution, Order, OrderRequest, OrderRevision
from orders.models.history import RequestKind, RequestState
from orders.reports import CancelRejectReason, ExecType
from orders.risk import exposure
from orders.risk.worst import NOTHING, Reservation, reservation
from orders.selectors import market_now, outstanding_requests
from orders.states import TERMINAL, BaseStatus, Facets, OrderStatus, Stimulus, base_after, next_status

TRACKED = (
    "status",
    "base_status",
    "current_client_order_id",
    "quantity",
    "limit_price",
    "stop_price",
    "trail_price",
    "trail_percent",
    "triggered_at",
    "filled_quantity",
    "filled_notional",
    "denial_code",
    "denial_detail",
    "reserved_quantity",
    "reserved_notional",
    "worst_price",
    "terms_revision",
)
_SAVED = (*TRACKED, "version")


@step
def lock_order(order_id: UUID) -> Order:
    """Return the order with its row locked until the transaction ends. Raises OrderNotFound."""
    locked = _locking().filter(pk=order_id).first()
    if locked is None:
        raise OrderNotFound("there is no such order")
    return locked


@step
def lock_orders(order_ids: Iterable[UUID]) -> dict[UUID, Order]:
    """Return these orders by id, their rows locked in the order of their ids until the transaction ends."""
    return {order.pk: order for order in _locking().filter(pk__in=set(order_ids)).order_by("pk")}


def _locking() -> QuerySet[Order]:
    return Order.objects.select_for_update(of=("self",)).select_related("account__desk__firm", "instrument")


def snapshot(order: Order) -> dict[str, Any]:
    """Return the columns that a revision compares."""
    return {name: getattr(order, name) for name in TRACKED}


def move(order: Order, stimulus: Stimulus) -> None:
    """Set the status that table and precedence give. Raises IllegalTransition.

    Quantities and requests must already be those after the stimulus; what the order holds reserved is brought in
    line by `hold`, or by the caller in the statement that it needs anyway.
    """
    requests: set[str] = set()
    status = OrderStatus(order.status)
    if status in (OrderStatus.PENDING_CANCEL, OrderStatus.PENDING_REPLACE):
        # No other status hides a pending request: it stands above all of them.
        pending = outstanding_requests(order).filter(state=RequestState.PENDING)
        requests = set(pending.values_list("kind", flat=True))
    base = base_after(BaseStatus(order.base_status), stimulus)
    order.status = next_status(
        status,
        stimulus,
        filled_quantity=order.filled_quantity,
        quantity=order.quantity,
        facets=Facets(
            base=base,
            filled_quantity=order.filled_quantity,
            quantity=order.quantity,
            cancel_pending=RequestKind.CANCEL in requests,
            replace_pending=RequestKind.REPLACE in requests,
        ),
    )
    order.base_status = base


def reserve_needed(order: Order) -> Reservation:
    """Return what the order has to hold reserved: what its terms, and those asked for, leave open at worst."""
    if order.status in TERMINAL and order.status != OrderStatus.FILLED:
        return NOTHING
    asked = [(order.quantity, order.worst_price)]
    if order.is_manual or order.status == OrderStatus.PENDING_REPLACE:
        replacements = [
            request.replacement for request in outstanding_requests(order).filter(kind=RequestKind.REPLACE)
        ]
        asked += [(replacement.quantity, replacement.worst_price) for replacement in replacements]
    return reservation(asked, order.filled_quantity)


def rehold(order: Order) -> Reservation:
    """Set what the order holds reserved to what it needs, and return the change, which the position has to follow."""
    needed = reserve_needed(order)
    change = needed.beyond(Reservation(order.reserved_quantity, order.reserved_notional))
    order.reserved_quantity, order.reserved_notional = needed.quantity, needed.notional
    return change


def hold(order: Order) -> None:
    """Give back what the order holds reserved beyond what it needs."""
    change = rehold(order)
    exposure.reserve(order, change.quantity, change.notional)


@step
def record(
    order: Order, event_class: type[OrderEvent], *, actor: Actor, before: dict[str, Any], **details: Any
) -> None:
    """Save the changed order under its next version, keep the revision, and publish the event."""
    order.version += 1
    update(order, _SAVED)
    announce(order, event_class, actor=actor, before=before, **details)


@step
def announce(
    order: Order,
    event_class: type[OrderEvent],
    *,
    actor: Actor,
    before: dict[str, Any],
    report: "Report | None" = None,
    market_time: datetime | None = None,
    **details: Any,
) -> None:
    """Keep the revision of an order that is already saved, with what a report of it says, and publish the event."""
    after = snapshot(order)
    changed = [name for name in TRACKED if before.get(name) != after[name]]
    event = event_class(
        actor=actor,
        object_id=str(order.pk),
        revision=order.version,
        market_time=market_time or market_now(),
        order_id=order.pk,
        account_id=order.account_id,
        before={name: before[name] for name in changed if name in before},
        after={name: after[name] for name in changed},
        details=details,
    )
    insert_values(OrderRevision, **_revision(order, event, report or Report()))
    publish(event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a report says that the order's row does not: the request it answers, the execution it tells of.

    `replaces` is the client order id that was current before, `order_quantity` what the order will have been when
    the request before this one is followed (D.2.b).
    """

    exec_type: ExecType | None = None
    request: OrderRequest | None = None
    execution: Execution | None = None
    replaces: str | None = None
    order_quantity: Decimal | None = None
    last_quantity: Decimal = Decimal(0)
    reject_reason: CancelRejectReason | None = None


def _revision(order: Order, event: OrderEvent, report: Report) -> dict[str, Any]:
    revision: dict[str, Any] = dict(
        order_id=order.pk,
        version=order.version,
        event=event.action,
        actor=event.actor.reference,
        facts=event.kept_facts,
        exec_type=report.exec_type or _exec_type(order, event) or "",
        order_status=order.status,
        client_order_id=order.current_client_order_id,
        order_quantity=report.order_quantity or order.quantity,
        cum_quantity=order.filled_quantity,
        leaves_quantity=order.leaves_quantity,
        last_quantity=report.last_quantity,
        avg_price=order.filled_avg_price,
        reject_reason=report.reject_reason,
        market_time=event.market_time,
        recorded_at=recorded_now(),
    )
    if report.order_quantity is not None:
        revision["leaves_quantity"] = report.order_quantity - order.filled_quantity
    if report.request is not None:
        revision["orig_client_order_id"] = report.replaces or order.current_client_order_id
        revision["client_order_id"] = report.request.client_order_id
    if report.execution is not None:
        revision["exec_id"], revision["exec_ref_id"] = report.execution.pk, report.execution.corrects_id
        revision["last_quantity"] = report.execution.quantity
    return revision


def _exec_type(order: Order, event: OrderEvent) -> ExecType | None:
    if isinstance(event, OrderPlaced) and order.status == OrderStatus.PENDING_NEW:
        return ExecType.PENDING_NEW
    return event.exec_type
