"""Amend an order: new terms are requested, checked, reserved for, and in force once the venue let go of the old."""

from decimal import Decimal
from uuid import UUID

from orders import authority
from orders.commands import AmendOrder
from orders.errors import (
    LimitPriceNotApplicable,
    OrderNotOpen,
    QuantityBelowFilled,
    QuantityBelowTerms,
    ReplacePending,
    RiskRefused,
    StaleTerms,
)
from orders.events import AmendmentRefused, OrderReplaced, ReplaceRequested
from orders.hooks import hooks
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
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
from orders.terms import OrderType


class _Denied(Exception):
    """Takes back what the amendment had written, so that its refusal can be kept instead."""

    def __init__(self, denial: Denial) -> None:
        self.denial = denial


def amend(*, actor: Actor, order_id: UUID, command: AmendOrder, expected_revision: int) -> Order:
    """Ask for new terms of an open order and return it: pending replace, or replaced where nothing is at a venue.

    `expected_revision` is the `terms_revision` that the asker looked at. Raises OrderNotFound, NotPermitted,
    StaleTerms, OrderNotOpen, ReplacePending, QuantityBelowFilled, QuantityBelowTerms, LimitPriceNotApplicable and
    RiskRefused; a refusal by a check is kept in the trail and changes nothing.
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
    quantity = command.quantity or order.quantity
    limit_price = command.limit_price or order.limit_price
    ticket = ticket_for(
        order,
        market_time=market_now(),
        limits=limits_of(order.account_id),
        quantity=quantity,
        limit_price=limit_price,
    )
    denial = first_denial(hooks.pre_trade_checks, ticket)
    if denial is not None:
        raise _Denied(denial)
    _request(actor, order, quantity, limit_price, reason=command.reason or "")
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
    if command.limit_price is not None and order.type != OrderType.LIMIT:
        raise LimitPriceNotApplicable("the order is a market order")
    if command.quantity is not None and command.quantity < order.filled_quantity:
        raise QuantityBelowFilled("more is already filled", filled_quantity=f"{order.filled_quantity:f}")
    bounds = [bound for bound in (order.display_quantity, order.minimum_quantity) if bound is not None]
    if command.quantity is not None and bounds and command.quantity < max(bounds):
        raise QuantityBelowTerms(f"the order's own terms need at least {max(bounds):f}")


def _request(
    actor: Actor, order: Order, quantity: Decimal, limit_price: Decimal | None, *, reason: str
) -> None:
    before = snapshot(order)
    more = max(quantity - order.quantity, Decimal(0))
    order.terms_revision += 1
    order.reserved_quantity += more
    move(order, Stimulus.REQUEST_REPLACE)
    Replacement.objects.create(
        order=order,
        terms_revision=order.terms_revision,
        quantity=quantity,
        limit_price=limit_price,
        recorded_at=recorded_now(),
    )
    if more and not exposure.reserve(order, more):
        raise _Denied(exposure.position_denial(more))
    record(
        order,
        ReplaceRequested,
        actor=actor,
        before=before,
        requested_quantity=quantity,
        requested_limit_price=limit_price,
        reason=reason,
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
    order.limit_price = replacement.limit_price
    give_back_surplus(order)
    move(order, Stimulus.CONFIRM_REPLACE)
    record(order, OrderReplaced, actor=actor, before=before)
    return order
