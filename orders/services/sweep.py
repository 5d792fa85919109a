"""Ask every open order in a kill switch's scope to be canceled: batches of many, then one by one what is left.

A batch is one transaction of a handful of statements, whatever its size: rows, revisions and events as `cancel` makes
them. What a batch passes over waits for its own transaction: orders that somebody holds, that the desk works by hand,
or that have a request outstanding. Whoever dies in between loses nothing: what is not asked yet is found again.
"""

import json
import logging
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from orders.commands import CancelOrder
from orders.events import CancelRequested, KillSwitchSwept
from orders.hooks import publish, publish_all
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.ids import new_id
from orders.kernel.money import average_price
from orders.kernel.one_by_one import one_by_one
from orders.kernel.rows import insert_all
from orders.kernel.transactions import service, step
from orders.models import KillSwitch, Order, OrderRequest, OrderRevision
from orders.models.history import OUTSTANDING, RequestKind, RequestState
from orders.reports import ExecType
from orders.risk.kill_switch import in_scope
from orders.selectors import engaged_kill_switches, market_now, outstanding_requests
from orders.services.cancel import request_cancel
from orders.services.kill_switches import named
from orders.services.revisions import lock_order
from orders.states import OPEN, TERMINAL, TRANSITIONS, OrderStatus, Stimulus
from orders.terms import MANUAL

BATCH_ORDERS = 1_000

logger = logging.getLogger(__name__)

_TO_PENDING = sorted(
    status
    for status in OPEN - {OrderStatus.PENDING_REPLACE}
    if TRANSITIONS.get((status, Stimulus.REQUEST_CANCEL)) is OrderStatus.PENDING_CANCEL
)

_OUTSTANDING_OF_ORDER = OrderRequest.objects.filter(order=OuterRef("pk"), state__in=list(OUTSTANDING))


def sweep_all(*, actor: Actor) -> None:
    """Sweep every engaged switch. One that cannot be swept now, because somebody holds it, keeps up no other."""
    one_by_one(
        lambda kill_switch_id: sweep_kill_switch(actor=actor, kill_switch_id=kill_switch_id),
        engaged_kill_switches(),
    )


def sweep_kill_switch(*, actor: Actor, kill_switch_id: UUID) -> int:
    """Ask all that is open in the switch's scope to be canceled; returns how many orders were asked.

    An order that cannot be asked now, because somebody holds it for too long, keeps up no other: it is found again. The
    orders of a batch that fails are asked one by one.
    """
    asked = 0
    try:
        while in_batch := ask_batch(actor=actor, kill_switch_id=kill_switch_id):
            asked += in_batch
    except Exception:
        logger.exception("a batch of kill switch %s failed", kill_switch_id)
    asked += sum(
        one_by_one(
            lambda order_id: ask_one(actor=actor, kill_switch_id=kill_switch_id, order_id=order_id),
            _not_asked(kill_switch_id),
        )
    )
    _finish(actor=actor, kill_switch_id=kill_switch_id)
    return asked


def command_of(kill_switch_id: UUID) -> CancelOrder:
    """Return the request to cancel that a switch makes of every order."""
    return CancelOrder(reason=f"kill switch {kill_switch_id}")


@service
def ask_batch(*, actor: Actor, kill_switch_id: UUID) -> int:
    """Make up to BATCH_ORDERS orders pending cancel that nobody holds and nothing is asked of; returns how many."""
    switch = _engaged(kill_switch_id)
    if switch is None:
        return 0
    now = recorded_now()
    rows = _make_pending(switch, now)
    if rows:
        _write_down(actor, switch, rows, now)
    return len(rows)


@service
def ask_one(*, actor: Actor, kill_switch_id: UUID, order_id: UUID) -> bool:
    """Ask one order as `cancel` would; False where it ended, or was asked meanwhile."""
    switch = _engaged(kill_switch_id)
    if switch is None:
        return False
    order = lock_order(order_id)
    is_asked = outstanding_requests(order).filter(kind=RequestKind.CANCEL).exists()
    if order.status in TERMINAL or is_asked:
        return False
    request_cancel(actor=actor, order=order, command=command_of(switch.pk), kill_switch_id=switch.pk)
    return True


class _Row(NamedTuple):
    """What a batch has to know of an order that it made pending cancel, and of the request that it made."""

    id: UUID
    account_id: UUID
    status_before: str
    version: int
    quantity: Decimal
    filled_quantity: Decimal
    filled_notional: Decimal
    orig_client_order_id: str
    client_order_id: str


@step
def _engaged(kill_switch_id: UUID) -> KillSwitch | None:
    """Return the switch, which nobody lifts before this transaction ends; None where it was lifted."""
    statement = "SELECT * FROM orders_killswitch WHERE id = %s AND lifted_at IS NULL FOR SHARE"
    return next(iter(KillSwitch.objects.raw(statement, [kill_switch_id])), None)


def _open_in_scope(switch: KillSwitch) -> QuerySet[Order]:
    return Order.objects.filter(in_scope([switch.key]), status__in=sorted(OPEN)).order_by("id")


def _open_and_not_asked(switch: KillSwitch) -> QuerySet[Order]:
    asked = _OUTSTANDING_OF_ORDER.filter(kind=RequestKind.CANCEL)
    return _open_in_scope(switch).filter(~Exists(asked))


_MAKE_PENDING = """
    WITH chosen AS MATERIALIZED ({chosen}), pending AS (
        UPDATE orders_order AS o SET status = %s, version = o.version + 1 FROM chosen WHERE o.id = chosen.id
        RETURNING o.id, o.account_id, OLD.status, o.version, o.quantity, o.filled_quantity, o.filled_notional,
            o.current_client_order_id, uuidv7()::text AS client_order_id
    ), asked AS (
        INSERT INTO orders_orderrequest (id, order_id, account_id, kind, client_order_id, orig_client_order_id, digest,
            state, denial_code, denial_detail, kill_switch_id, recorded_at)
        SELECT uuidv7(), id, account_id, %s, client_order_id, current_client_order_id, %s, %s, '', '', %s, %s
        FROM pending
    )
    SELECT * FROM pending ORDER BY id
"""
"""Lock the orders of a batch, change their status, and write down the request of each: one round trip."""


@step
def _make_pending(switch: KillSwitch, now: datetime) -> list[_Row]:
    orders = _open_in_scope(switch).filter(~Exists(_OUTSTANDING_OF_ORDER), status__in=_TO_PENDING)
    orders = orders.exclude(instruction__name=MANUAL).select_for_update(of=("self",), skip_locked=True)
    chosen, values = orders.values("id")[:BATCH_ORDERS].query.sql_with_params()
    written: list[Any] = [
        str(OrderStatus.PENDING_CANCEL),
        str(RequestKind.CANCEL),
        command_of(switch.pk).digest(),
        str(RequestState.PENDING),
        switch.pk,
        now,
    ]
    with connection.cursor() as cursor:
        cursor.execute(_MAKE_PENDING.replace("{chosen}", chosen), [*values, *written])
        return [_Row(*row) for row in cursor.fetchall()]


def _not_asked(kill_switch_id: UUID) -> list[UUID]:
    switch = KillSwitch.objects.get(pk=kill_switch_id)
    return list(_open_and_not_asked(switch).values_list("pk", flat=True)) if switch.is_engaged else []


@step
def _write_down(actor: Actor, switch: KillSwitch, rows: list[_Row], now: datetime) -> None:
    """Keep the revisions of orders that were made pending cancel, and publish the events."""
    reason, market_time = command_of(switch.pk).reason or "", market_now()
    events = [_event(actor, reason, row, market_time) for row in rows]
    _insert_revisions(rows, events, now)
    publish_all(events)


def _event(actor: Actor, reason: str, row: _Row, market_time: datetime) -> CancelRequested:
    return CancelRequested(
        actor=actor,
        object_id=str(row.id),
        revision=row.version,
        market_time=market_time,
        order_id=row.id,
        account_id=row.account_id,
        before={"status": row.status_before},
        after={"status": OrderStatus.PENDING_CANCEL},
        details={"client_order_id": row.client_order_id, "reason": reason},
    )


def _insert_revisions(rows: list[_Row], events: list[CancelRequested], now: datetime) -> None:
    status, exec_type = OrderStatus.PENDING_CANCEL.value, ExecType.PENDING_CANCEL.value
    insert_all(
        OrderRevision,
        (
            *("id", "order_id", "version", "event", "actor", "facts", "exec_type", "order_status"),
            *("client_order_id", "orig_client_order_id", "order_quantity", "cum_quantity", "leaves_quantity"),
            *("last_quantity", "avg_price", "exec_id", "market_time", "recorded_at"),
        ),
        [
            (
                *(new_id(), row.id, event.revision, event.action, event.actor.reference),
                *(json.dumps(event.facts()), exec_type, status),
                *(row.client_order_id, row.orig_client_order_id),
                *(row.quantity, row.filled_quantity, row.quantity - row.filled_quantity, 0),
                *(average_price(row.filled_notional, row.filled_quantity), new_id(), event.market_time, now),
            )
            for row, event in zip(rows, events, strict=True)
        ],
    )


@service
def _finish(*, actor: Actor, kill_switch_id: UUID) -> None:
    """Note when nothing was left that had not been asked, once."""
    switch = KillSwitch.objects.select_for_update().get(pk=kill_switch_id)
    if switch.swept_at is not None or _open_and_not_asked(switch).exists():
        return
    asked = OrderRequest.objects.filter(kill_switch=switch)
    switch.pending_before = _open_in_scope(switch).exclude(pk__in=asked.values("order_id")).count()
    switch.swept_at = recorded_now()
    switch.version += 1
    switch.save(update_fields=["pending_before", "swept_at", "version"])
    publish(
        KillSwitchSwept(
            actor=actor,
            object_id=str(switch.pk),
            revision=switch.version,
            market_time=market_now(),
            requested=asked.values("order_id").distinct().count(),
            pending_before=switch.pending_before,
            **named(switch),
        )
    )
