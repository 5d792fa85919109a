"""Place an order: authority, stateless checks on a snapshot, the order's row, and last the reservation."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError

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
from orders.risk.checks import Denial, first_denial
from orders.risk.standing import Standing, standing_of
from orders.risk.tickets import ticket_for
from orders.services.revisions import announce
from orders.states import OrderStatus


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
    try:
        return _admit_or_reject(actor, command)
    except IntegrityError as error:
        # Another request with this client_order_id committed while ours was being checked: its answer is ours.
        if "order_client_order_id" not in str(error):
            raise
        return _admit_or_reject(actor, command)


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
    order.reserved_quantity = order.quantity
    insert(order)
    announce(order, OrderPlaced, actor=actor, before={}, market_time=order.market_time, **_terms(order))
    if not exposure.reserve(order, order.quantity):
        raise _PositionLimitReached(exposure.position_denial(order.quantity))
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
    if standing.earlier_order_id is None:
        return None
    earlier = Order.objects.select_related("account", "instrument").get(pk=standing.earlier_order_id)
    if earlier.digest != command.digest():
        raise ClientOrderIdUsed(
            "this client_order_id belongs to an order with other terms", order_id=str(earlier.pk)
        )
    return Placement(earlier, created=False)


def _new_order(actor: Actor, command: PlaceOrder, standing: Standing) -> Order:
    algorithm = command.algorithm
    return Order(
        account=standing.account,
        instrument=standing.instrument,
        placed_by_id=actor.person_id(),
        client_order_id=command.client_order_id,
        digest=command.digest(),
        side=command.side,
        type=command.type,
        time_in_force=command.time_in_force,
        quantity=command.quantity,
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
        status=OrderStatus.NEW,
        market_time=standing.market_time,
        recorded_at=recorded_now(),
    )


def _rejected(actor: Actor, order: Order, denial: Denial) -> Placement:
    order.status = OrderStatus.REJECTED
    order.denial_code, order.denial_detail = denial.code, denial.detail
    order.reserved_quantity = Decimal(0)
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


def _terms(order: Order) -> dict[str, object]:
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
