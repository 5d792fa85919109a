"""Place an order: authority, stateless checks on a snapshot, the order's row, and last the reservation."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from orders.commands import PlaceOrder
from orders.errors import ClientOrderIdUsed, RiskRefused
from orders.events import OrderPlaced, OrderRejected
from orders.hooks import hooks
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.rows import insert
from orders.kernel.transactions import service
from orders.models import Order
from orders.risk import exposure
from orders.risk.checks import Denial, MarketDataPresent, first_denial
from orders.risk.standing import Standing, standing_of
from orders.risk.tickets import ticket_for
from orders.risk.worst import reservation
from orders.services.cash import units_for
from orders.services.requests import answered_again
from orders.services.reservations import position_denial, worst_price_of
from orders.services.revisions import announce
from orders.states import BaseStatus, OrderStatus
from orders.terms import MANUAL


@dataclass(frozen=True)
class Placement:
    """What became of a request: `created` is False when the same request had been answered before.

    `order.status` may be rejected: a refusal by a check is an outcome and is kept.
    """

    order: Order
    created: bool


def place(*, actor: Actor, command: PlaceOrder) -> Placement:
    """Place an order for `actor`.

    Raises AccountNotFound, InstrumentNotFound, NotPermitted, InvalidInput (the algorithm's parameters),
    MarketWithoutCalendar, MomentPassed and ClientOrderIdUsed (same id, other terms). A check's denial is no error: the
    order comes back rejected.
    """
    return answered_again(lambda: _admit_or_reject(actor, command))


def _admit_or_reject(actor: Actor, command: PlaceOrder) -> Placement:
    try:
        return _admit(actor=actor, command=command)
    except _PositionLimitReached as reached:
        return _keep_rejected(actor=actor, command=command, denial=reached.denial)


class _PositionLimitReached(Exception):
    """Takes back everything that admission had written, so that the rejection can be kept instead."""

    def __init__(self, denial: Denial) -> None:
        self.denial = denial


@service
def _admit(*, actor: Actor, command: PlaceOrder) -> Placement:
    standing = _standing(actor, command)
    earlier = _answered(standing, command)
    if earlier is not None:
        return earlier
    order = _new_order(actor, command, standing)
    ticket = ticket_for(order, market_time=standing.market_time, limits=standing.limits)
    denial = first_denial(hooks.pre_trade_checks, ticket)
    if denial is not None:
        return _rejected(actor, order, denial)
    order.worst_price = worst_price_of(order, ticket)
    held = reservation([(order.quantity, order.worst_price)], order.filled_quantity)
    order.reserved_quantity, order.reserved_notional = held.quantity, held.notional
    insert(order)
    announce(order, OrderPlaced, actor=actor, before={}, market_time=order.market_time, **_terms(order))
    denial = position_denial(order, held)
    if denial is not None:
        raise _PositionLimitReached(denial)
    exposure.reserve(order, held.quantity, held.notional)
    return Placement(order, created=True)


@service
def _keep_rejected(*, actor: Actor, command: PlaceOrder, denial: Denial) -> Placement:
    standing = _standing(actor, command)
    earlier = _answered(standing, command)
    if earlier is not None:
        return earlier
    return _rejected(actor, _new_order(actor, command, standing), denial)


def _standing(actor: Actor, command: PlaceOrder) -> Standing:
    return standing_of(
        actor,
        account_code=command.account,
        symbol=command.symbol,
        client_order_id=command.client_order_id,
    )


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


def _new_order(actor: Actor, command: PlaceOrder, standing: Standing) -> Order:
    algorithm = command.algorithm
    is_manual = algorithm is not None and algorithm.name == MANUAL
    return Order(
        account=standing.account,
        instrument=standing.instrument,
        placed_by_id=actor.person_id(),
        client_order_id=command.client_order_id,
        current_client_order_id=command.client_order_id,
        digest=command.digest(),
        side=command.side,
        type=command.type,
        time_in_force=command.time_in_force,
        quantity=command.quantity or _units_for(command, standing),
        cash_quantity=command.cash_quantity,
        limit_price=command.limit_price,
        stop_price=command.stop_price,
        trail_price=command.trail_price,
        trail_percent=command.trail_percent,
        display_quantity=command.display_quantity,
        minimum_quantity=command.minimum_quantity,
        expires_on=command.expires_on,
        effective_at=command.effective_at,
        instruction=hooks.instruction_validator(
            name=algorithm.name if algorithm else None,
            parameters=algorithm.parameters if algorithm else {},
            command=command,
            mic=standing.instrument.mic,
            market_time=standing.market_time,
        ),
        status=OrderStatus.PENDING_NEW if is_manual else OrderStatus.NEW,
        base_status=BaseStatus.PENDING_NEW if is_manual else BaseStatus.WORKING,
        market_time=standing.market_time,
        recorded_at=recorded_now(),
    )


def _units_for(command: PlaceOrder, standing: Standing) -> Decimal:
    """Return what an order for cash buys at its limit price, or at the last price of the market.

    Raises CashBelowOneLot, and RiskRefused where the market has no price.
    """
    price = command.limit_price or hooks.reference_price(
        instrument_id=standing.instrument.pk, market_time=standing.market_time
    )
    if price is None:
        raise RiskRefused(MarketDataPresent.code, "the market has no price to convert the cash at")
    return units_for(command.cash_quantity or Decimal(0), price, standing.instrument.lot_size)


def _rejected(actor: Actor, order: Order, denial: Denial) -> Placement:
    order.status, order.base_status = OrderStatus.REJECTED, BaseStatus.REJECTED
    order.denial_code, order.denial_detail = denial.code, denial.detail
    insert(order)
    announce(
        order,
        OrderRejected,
        actor=actor,
        before={},
        market_time=order.market_time,
        denial_code=denial.code,
        numbers=dict(denial.numbers),
        **_terms(order),
    )
    return Placement(order, created=True)


def _terms(order: Order) -> dict[str, Any]:
    return {
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
