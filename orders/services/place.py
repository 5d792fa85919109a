"""Place an order: authority, the checks of its terms; last, under locks, exposure, and all that is written at once."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from orders.commands import PlaceOrder
from orders.errors import ClientOrderIdUsed, OverrideNotUsable, RiskRefused
from orders.events import OrderPlaced, OrderRejected
from orders.kernel.context import Actor
from orders.kernel.rows import insert
from orders.kernel.statements import together
from orders.kernel.transactions import service
from orders.models import Order
from orders.models.limit import DecisionStage
from orders.risk import exposure
from orders.risk.figures import NOTHING_IN_INSTRUMENT, Decision, Holder
from orders.risk.standing import Standing
from orders.risk.worst import reservation
from orders.services.judging import (
    judge_exposure,
    judge_exposure_unlocked,
    judge_terms,
    keep_decision,
    told_numbers,
)
from orders.services.new_order import new_order, standing_for
from orders.services.override_use import usable_override, use_override, waived_by
from orders.services.requests import answered_again
from orders.services.revisions import announce
from orders.states import BaseStatus, OrderStatus


@dataclass(frozen=True)
class Placement:
    """What became of a request: `created` is False when the same request had been answered before.

    `order.status` may be rejected: a refusal by a check is an outcome and is kept. `decision` is pre-trade risk's, None
    where the request was answered before.
    """

    order: Order
    created: bool
    decision: Decision | None = None


def place(*, actor: Actor, command: PlaceOrder) -> Placement:
    """Place an order for `actor`.

    Raises AccountNotFound, InstrumentNotFound, NotPermitted, InvalidInput (the algorithm's parameters),
    MarketWithoutCalendar, MomentPassed, ClientOrderIdUsed (same id, other terms), OverrideNotFound and
    OverrideNotUsable. A check's denial is no error: the order comes back rejected.
    """
    return answered_again(lambda: _admit_or_reject(actor, command))


def _admit_or_reject(actor: Actor, command: PlaceOrder) -> Placement:
    try:
        return _admit(actor=actor, command=command)
    except _DeniedFirst as denied:
        return _keep_rejected(actor=actor, command=command, decision=denied.decision)


class _DeniedFirst(Exception):
    """Takes back the position's row, which may have been made to be locked: nobody has a position by a refusal."""

    def __init__(self, decision: Decision) -> None:
        self.decision = decision


@service
def _admit(*, actor: Actor, command: PlaceOrder) -> Placement:
    standing = standing_for(actor, command)
    earlier = _answered(standing, command)
    if earlier is not None:
        return earlier
    order = new_order(actor, command, standing)
    try:
        override = usable_override(order, command)
    except OverrideNotUsable:
        # We waited for the override: what used it up may have been this very request.
        earlier = _answered(standing_for(actor, command), command)
        if earlier is None:
            raise
        return earlier
    waived = waived_by(override) if override else frozenset()
    case = judge_terms(order, standing.bounds, market_time=standing.market_time, waived=waived)
    if not case.decision.is_admitted:
        # All that is wrong is said at once: an override has to name every denial. Nobody waits for a refusal's locks.
        return _rejected(actor, order, judge_exposure_unlocked(case).decision)
    order.worst_price = case.ticket.worst_price or Decimal(0)
    held = reservation([(order.quantity, order.worst_price)], order.filled_quantity)
    order.reserved_quantity, order.reserved_notional = held.quantity, held.notional
    case = judge_exposure(case, held)
    decision = case.decision
    if not decision.is_admitted:
        if case.ticket.before[Holder.ACCOUNT].in_instrument == NOTHING_IN_INSTRUMENT:
            raise _DeniedFirst(decision)
        return _rejected(actor, order, decision)
    with together():
        insert(order)
        announce(
            order,
            OrderPlaced,
            actor=actor,
            before={},
            market_time=order.market_time,
            last_price=case.ticket.market.last,
            **_terms(order, command),
        )
        exposure.reserve_locked(order, held)
        keep_decision(order, decision, DecisionStage.PLACE)
    if override:
        use_override(override, order)
    return Placement(order, created=True, decision=decision)


@service
def _keep_rejected(*, actor: Actor, command: PlaceOrder, decision: Decision) -> Placement:
    standing = standing_for(actor, command)
    earlier = _answered(standing, command)
    if earlier is not None:
        return earlier
    return _rejected(actor, new_order(actor, command, standing), decision)


def _answered(standing: Standing, command: PlaceOrder) -> Placement | None:
    if standing.used_by is None:
        return None
    earlier = Order.objects.select_related("account", "instrument").filter(pk=standing.used_by).first()
    if earlier is None:
        raise ClientOrderIdUsed("this client_order_id belongs to a request to replace or cancel")
    if earlier.digest != command.digest():
        raise ClientOrderIdUsed(
            "this client_order_id belongs to an order with other terms", order_id=str(earlier.pk)
        )
    return Placement(earlier, created=False)


def _rejected(actor: Actor, order: Order, decision: Decision) -> Placement:
    denial = decision.denials[0]
    order.reserved_quantity = order.reserved_notional = Decimal(0)
    order.status, order.base_status = OrderStatus.REJECTED, BaseStatus.REJECTED
    order.denial_code, order.denial_detail = denial.code, denial.detail
    with together():
        insert(order)
        announce(
            order,
            OrderRejected,
            actor=actor,
            before={},
            market_time=order.market_time,
            denial_code=denial.code,
            numbers=told_numbers(denial),
            **_terms(order),
        )
        keep_decision(order, decision, DecisionStage.PLACE)
    return Placement(order, created=True, decision=decision)


def _terms(order: Order, command: PlaceOrder | None = None) -> dict[str, Any]:
    overridden = {"override_id": str(command.override)} if command and command.override else {}
    return {
        **overridden,
        "instrument_id": str(order.instrument_id),
        "mic": order.instrument.mic,
        "client_order_id": order.client_order_id,
        "side": str(order.side),
        "type": str(order.type),
        "time_in_force": str(order.time_in_force),
        "instruction": order.instruction,
        **_optional_terms(order),
    }


def _optional_terms(order: Order) -> dict[str, object]:
    """The terms that most orders do not have, where this one has them."""
    terms = {
        "display_quantity": order.display_quantity,
        "minimum_quantity": order.minimum_quantity,
        "expires_on": order.expires_on,
        "effective_at": order.effective_at,
    }
    return {name: value for name, value in terms.items() if value is not None}


def refusal_of(order: Order) -> RiskRefused:
    """Return the error that tells a client why its order was rejected."""
    return RiskRefused(order.denial_code, order.denial_detail, order_id=str(order.pk))
