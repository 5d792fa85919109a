"""Apply stored reports: the effect and the mark that it was applied are one transaction."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from execution.backoff import MOST_ATTEMPTS, error_text, next_attempt
from execution.errors import UnknownVenueOrder
from execution.models import VenueReport
from execution.services.locks import LockedVenueOrder, lock_venue_order, lock_venue_orders
from execution.services.settle import settle
from execution.services.store_report import stored
from execution.services.venue_order_moves import is_live, move
from execution.services.venue_trades import book_fill, book_trade_change
from execution.venues.protocol import (
    Accepted,
    Canceled,
    CancelRejected,
    Execution,
    Expired,
    Filled,
    Rejected,
    Report,
    TradeCanceled,
    TradeChange,
    TradeChangeKind,
    TradeCorrected,
)
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.transactions import service, step
from orders.services import lock_figures_of
from orders.states import Stimulus

_STIMULI: dict[type[Report], Stimulus] = {
    Accepted: Stimulus.ACCEPT,
    Rejected: Stimulus.REJECT,
    Canceled: Stimulus.CONFIRM_CANCEL,
    CancelRejected: Stimulus.REJECT_CANCEL,
    Expired: Stimulus.EXPIRE,
}


@service
def apply_report(*, actor: Actor, report_id: UUID) -> None:
    """Apply a report once, or set it aside until what it refers to is booked.

    Raises UnknownVenueOrder, IllegalTransition, ExecutionExceedsOrder, ExecutionNotInForce, VenueProtocolError.
    """
    client_order_id = VenueReport.objects.values_list("client_order_id", flat=True).get(pk=report_id)
    locked = lock_venue_order(client_order_id)
    row = VenueReport.objects.select_for_update().get(pk=report_id)
    if row.applied_at is not None or row.discarded_at is not None:
        return
    row.waits_for = _apply(actor, locked, row.venue, stored(row))
    row.applied_at = None if row.waits_for else recorded_now()
    row.save(update_fields=["applied_at", "waits_for"])
    settle(actor=actor, order=locked.order, run=locked.run)


@service
def apply_together(*, actor: Actor, report_ids: Sequence[UUID]) -> None:
    """Apply reports in one transaction, each of another venue order: all of them, or none. Raises as `apply_report`.

    All rows are locked before the first is changed, in the order in which everybody locks them.
    """
    concerned = VenueReport.objects.filter(pk__in=report_ids).values_list("client_order_id", flat=True)
    locked = lock_venue_orders(concerned)
    to_apply = VenueReport.objects.filter(pk__in=report_ids, applied_at=None, discarded_at=None)
    rows = list(to_apply.select_for_update().order_by("sequence"))
    reports = [stored(row) for row in rows]
    lock_figures_of(
        locked[report.client_order_id].order for report in reports if not isinstance(report, Accepted)
    )
    applied = []
    for row, report in zip(rows, reports, strict=True):
        if waits_for := _apply(actor, locked[report.client_order_id], row.venue, report):
            row.waits_for = waits_for
            row.save(update_fields=["waits_for"])
        else:
            applied.append(row.pk)
    VenueReport.objects.filter(pk__in=applied).update(applied_at=recorded_now(), waits_for=None)
    ended = [
        locked[report.client_order_id]
        for report in reports
        if not is_live(locked[report.client_order_id].venue_order)
    ]
    for order, run in {each.run.pk: (each.order, each.run) for each in ended}.values():
        settle(actor=actor, order=order, run=run)


@service
def record_failure(*, report_id: UUID, error: Exception) -> None:
    """Count a failed attempt; after the fifth the report is a dead letter and holds up nothing any more."""
    row = VenueReport.objects.select_for_update().get(pk=report_id)
    now = recorded_now()
    row.attempts += 1
    row.last_error = error_text(error)
    row.next_attempt_at = next_attempt(now, row.attempts)
    row.dead_lettered_at = now if row.attempts >= MOST_ATTEMPTS else None
    row.save(update_fields=["attempts", "last_error", "next_attempt_at", "dead_lettered_at"])


@step
def _apply(actor: Actor, locked: LockedVenueOrder, venue: str, report: Report) -> str | None:
    """Apply it; returns the venue's id of the execution that it has to wait for, if there is one.

    Raises UnknownVenueOrder where `venue`, which reports, is not the one that the order went to.
    """
    venue_order = locked.venue_order
    if venue_order.venue != venue:
        raise UnknownVenueOrder(f"we sent no such order to {venue}", venue_order_id=str(venue_order.pk))
    venue_order.venue_order_id = report.venue_order_id
    if isinstance(report, Filled):
        book_fill(
            actor,
            locked,
            Execution(report.execution_id, report.quantity, report.price, report.market_time, report.model),
        )
    elif isinstance(report, TradeCanceled | TradeCorrected):
        if not book_trade_change(actor, locked, _change(report)):
            return report.execution_ref_id
    else:
        reason = report.reason if isinstance(report, Rejected | Canceled) else ""
        move(venue_order, _STIMULI[type(report)], reason=reason)
    return None


def _change(report: TradeCanceled | TradeCorrected) -> TradeChange:
    return TradeChange(
        execution_id=report.execution_id,
        execution_ref_id=report.execution_ref_id,
        kind=TradeChangeKind.CANCEL if isinstance(report, TradeCanceled) else TradeChangeKind.CORRECT,
        quantity=Decimal(0) if isinstance(report, TradeCanceled) else report.quantity,
        price=Decimal(0) if isinstance(report, TradeCanceled) else report.price,
        market_time=report.market_time,
        reason=report.reason,
    )
