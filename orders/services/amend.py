"""Amend an order: new terms are requested, checked, reserved for, and in force once the venue let go of the old."""

from decimal import Decimal
from uuid import UUID

from orders import authority
from orders.combinations import LIMITED, STOPPED, TRAILING
from orders.commands import AMENDABLE, AmendOrder
from orders.errors import (
    LimitPriceNotApplicable,
    OrderNotOpen,
    QuantityBelowFilled,
    QuantityBelowTerms,
    ReplacePending,
    RiskRefused,
    StaleTerms,
    TriggerNotApplicable,
)
from orders.events import AmendmentRefused, OrderReplaced, ReplaceRequested
from orders.hooks import hooks
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.moments import moment_text
from orders.kernel.transactions import service, step
from orders.models import Order, Replacement
from orders.models.history import ReplacementState
from orders.permissions import AMEND_ORDERS
from orders.risk import exposure
from orders.risk.checks import Denial, first_denial
from orders.risk.tickets import limits_of, ticket_for
from orders.selectors import market_now, order_for
from orders.services.revisions import give_back_surplus, lock_order, move, record, snapshot
from orders.states import TERMINAL, OrderStatus, Stimulus, allows


class _Denied(Exception):
    """Takes back what the amendment had written, so that its refusal can be kept instead."""

    def __init__(self, denial: Denial) -> None:
        self.denial = denial


def amend(*, actor: Actor, order_id: UUID, command: AmendOrder, expected_revision: int) -> Order:
    """Ask for new terms of an open order and return it: pending replace, or replaced where nothing is at a venue.

    `expected_revision` is the `terms_revision` that the asker looked at. Raises OrderNotFound, NotPermitted,
    StaleTerms, OrderNotOpen, ReplacePending, QuantityBelowFilled, QuantityBelowTerms, LimitPriceNotApplicable,
    TriggerNotApplicable and RiskRefused; a refusal by a check is kept in the trail and changes nothing.
    """
    order_for(actor, order_id)
    try:
        return _amend(actor=actor, order_id=order_id, command=command, expected_revision=expected_revision)
    except _Denied as denied:
        _keep_refusal(actor=actor, order_id=order_id, denial=denied.denial)
        raise RiskRefused(
            denied.denial.code, denied.denial.detail, order_id=str(order_id), **denied.denial.numbers
        ) from None


@service
def _amend(*, actor: Actor, order_id: UUID, command: AmendOrder, expected_revision: int) -> Order:
    order = lock_order(order_id)
    authority.require(actor, AMEND_ORDERS, order.account_id)
    _require_amendable(order, command, expected_revision)
    terms = _amended(order, command)
    ticket = ticket_for(order, market_time=market_now(), limits=limits_of(order.account_id), terms=terms)
    denial = first_denial(hooks.pre_trade_checks, ticket)
    if denial is not None:
        raise _Denied(denial)
    _request(actor, order, terms, reason=command.reason or "")
    # Read again: where nothing was at a venue, the new terms are already in force.
    return lock_order(order_id)


def _require_amendable(order: Order, command: AmendOrder, expected_revision: int) -> None:
    if order.terms_revision != expected_revision:
        raise StaleTerms(
            f"the terms are at revision {order.terms_revision}, you looked at {expected_revision}",
            terms_revision=order.terms_revision,
        )
    status = OrderStatus(order.status)
    if status in TERMINAL:
        raise OrderNotOpen(f"the order is {status}", order_status=str(status))
    if not allows(status, Stimulus.REQUEST_REPLACE):
        raise ReplacePending(f"the order is {status}", order_status=str(status))
    if command.limit_price is not None and order.type not in LIMITED:
        raise LimitPriceNotApplicable(f"a {order.type} order has no limit price")
    _require_trigger_terms(order, command)
    if command.quantity is not None and command.quantity < order.filled_quantity:
        raise QuantityBelowFilled("more is already filled", filled_quantity=f"{order.filled_quantity:f}")
    bounds = [bound for bound in (order.display_quantity, order.minimum_quantity) if bound is not None]
    if command.quantity is not None and bounds and command.quantity < max(bounds):
        raise QuantityBelowTerms(f"the order's own terms need at least {max(bounds):f}")


def _require_trigger_terms(order: Order, command: AmendOrder) -> None:
    """Raises TriggerNotApplicable for what the order does not wait for, or no longer."""
    fields = [name for name in ("stop_price", "trail_price", "trail_percent") if getattr(command, name)]
    takes = {"stop_price": STOPPED, "trail_price": TRAILING, "trail_percent": TRAILING}
    for field in fields:
        if order.type not in takes[field]:
            raise TriggerNotApplicable(f"a {order.type} order has no {field}")
    if fields and order.triggered_at is not None:
        raise TriggerNotApplicable(f"the market triggered the order at {moment_text(order.triggered_at)}")


def _amended(order: Order, command: AmendOrder) -> dict[str, Decimal | None]:
    """Return all terms that an amendment can change as they would be: an offset replaces the other kind of offset."""
    current = {name: getattr(order, name) for name in AMENDABLE}
    if command.trail_price is not None or command.trail_percent is not None:
        current |= {"trail_price": None, "trail_percent": None}
    return {**current, **command.given()}


def _request(actor: Actor, order: Order, terms: dict[str, Decimal | None], *, reason: str) -> None:
    before = snapshot(order)
    more = max((terms["quantity"] or order.quantity) - order.quantity, Decimal(0))
    order.terms_revision += 1
    order.reserved_quantity += more
    move(order, Stimulus.REQUEST_REPLACE)
    Replacement.objects.create(
        order=order,
        terms_revision=order.terms_revision,
        recorded_at=recorded_now(),
        **terms,
    )
    if more and not exposure.reserve(order, more):
        raise _Denied(exposure.position_denial(more))
    record(
        order,
        ReplaceRequested,
        actor=actor,
        before=before,
        reason=reason,
        **{f"requested_{name}": value for name, value in terms.items() if value is not None},
    )


@service
def _keep_refusal(*, actor: Actor, order_id: UUID, denial: Denial) -> None:
    order = lock_order(order_id)
    record(
        order,
        AmendmentRefused,
        actor=actor,
        before=snapshot(order),
        denial_code=denial.code,
        numbers=dict(denial.numbers),
    )


@step
def accept_replacement(*, actor: Actor, order: Order) -> Order:
    """Put the pending terms in force on a locked order of which nothing is live at a venue.

    What was filled meanwhile stands: the quantity is at least that (FIX 4.4, C.3.b and C.3.c).
    """
    before = snapshot(order)
    replacement = Replacement.objects.get(order=order, state=ReplacementState.PENDING)
    replacement.state = ReplacementState.ACCEPTED
    replacement.save(update_fields=["state"])
    order.quantity = max(replacement.quantity, order.filled_quantity)
    for name in AMENDABLE[1:]:
        setattr(order, name, getattr(replacement, name))
    give_back_surplus(order)
    move(order, Stimulus.CONFIRM_REPLACE)
    record(order, OrderReplaced, actor=actor, before=before)
    return order
