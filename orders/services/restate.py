"""The desk states an order's quantity anew: renewed, reduced, increased by word, or split with its instrument."""

from dataclasses import dataclass
from decimal import Decimal, Inexact
from uuid import UUID

from orders.errors import AnswerNotAsked, QuantityBelowFilled, QuantityBelowTerms, SplitNotExact
from orders.events import OrderRestated
from orders.in_force import executions_in_force
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.errors import InvalidInput
from orders.kernel.money import PRICE_QUANTUM, decimal_text
from orders.kernel.transactions import service
from orders.models import Execution, Order
from orders.positions.trade import EXACT
from orders.reports import RestatementReason
from orders.risk import exposure
from orders.risk.worst import WORST_PRICE_BOUND, split_worst_price
from orders.services.desk import locked_for_desk, require_desk_may_go_on, was_accepted
from orders.services.judging import refusal_kept, reserve_or_refuse
from orders.services.positions import rebook_lots
from orders.services.revisions import hold, move, record, rehold, snapshot
from orders.states import BaseStatus, OrderStatus, Stimulus, allows
from orders.terms import ExecutionKind


@refusal_kept
@service
def restate(*, actor: Actor, order_id: UUID, quantity: Decimal, reason: RestatementReason) -> Order:
    """State the order's total `quantity` (units) anew, for a reason as FIX ExecRestatementReason has it.

    A corporate action scales what is filled and the prices with it, so that their worth stays; it happens to the
    instrument, and no limit is asked. Otherwise what is filled stands, and an increase passes the checks of an
    amendment. Only an order that was done for the day is renewed. Raises AnswerNotAsked, QuantityBelowFilled,
    QuantityBelowTerms, RiskRefused, SplitNotExact, and InvalidInput for a split after which a price would not fit.
    """
    order = locked_for_desk(actor, order_id)
    renews_nothing = reason == RestatementReason.RENEWAL and order.base_status != BaseStatus.DONE_FOR_DAY
    if renews_nothing or not (was_accepted(order) and allows(OrderStatus(order.status), Stimulus.RESTATE)):
        raise AnswerNotAsked(f"the order is {order.status}", order_status=order.status)
    if reason != RestatementReason.CORPORATE_ACTION:
        require_desk_may_go_on(actor, order)
    bounds = [bound for bound in (order.display_quantity, order.minimum_quantity) if bound is not None]
    if bounds and quantity < max(bounds):
        raise QuantityBelowTerms(f"the order's own terms need at least {max(bounds):f}")
    before = snapshot(order)
    if reason == RestatementReason.CORPORATE_ACTION:
        _split(order, _Ratio(order.quantity, quantity))
    elif quantity < order.filled_quantity:
        raise QuantityBelowFilled("more is already filled", filled_quantity=f"{order.filled_quantity:f}")
    else:
        _increase(order, quantity)
    order.terms_revision += before["quantity"] != order.quantity
    move(order, Stimulus.RESTATE)
    hold(order)
    record(order, OrderRestated, actor=actor, before=before, restatement_reason=int(reason))
    return order


def _increase(order: Order, quantity: Decimal) -> None:
    is_more = quantity > order.quantity
    order.quantity = quantity
    if is_more:
        reserve_or_refuse(order)


@dataclass(frozen=True, slots=True)
class _Ratio:
    """A corporate action makes `after` units of `before`: quantities grow by it, prices shrink, their worth stays."""

    before: Decimal
    after: Decimal

    def units(self, quantity: Decimal) -> Decimal:
        """Return what a quantity becomes. Raises SplitNotExact."""
        return self._exact(quantity, self.after, self.before)

    def price(self, price: Decimal) -> Decimal:
        """Return what a price becomes. Raises SplitNotExact, and InvalidInput for one beyond 12 digits."""
        return _countable(self._exact(price, self.before, self.after))

    def worst_price(self, price: Decimal) -> Decimal:
        """Return what a worst price becomes, rounded upwards. Raises InvalidInput for one beyond 12 digits."""
        return _countable(split_worst_price(price, self.before, self.after))

    @staticmethod
    def _exact(value: Decimal, times: Decimal, by: Decimal) -> Decimal:
        try:
            return EXACT.divide(EXACT.multiply(value, times), by).quantize(PRICE_QUANTUM, context=EXACT)
        except Inexact:
            told = [decimal_text(each) for each in (value, times, by)]
            raise SplitNotExact("{} * {} / {} needs more than eight decimal places".format(*told)) from None


def _countable(price: Decimal) -> Decimal:
    if price < WORST_PRICE_BOUND:
        return price
    raise InvalidInput(
        f"a unit would cost {decimal_text(price)}, more than 12 digits before the point: state a larger quantity, or "
        "cancel the order and place it anew"
    )


def _split(order: Order, ratio: _Ratio) -> None:
    """Scale quantities and prices by `ratio`: each execution in force by a correction of it."""
    more = ratio.units(order.filled_quantity) - order.filled_quantity
    for execution in executions_in_force().filter(order=order):
        Execution.objects.create(
            order=order,
            order_version=order.version + 1,
            kind=ExecutionKind.CORRECTION,
            corrects=execution,
            venue=execution.venue,
            venue_execution_id=f"{execution.pk}/restated",
            reported_for=execution.reported_for,
            quantity=ratio.units(execution.quantity),
            price=ratio.price(execution.price),
            cash_amount=execution.cash_amount,
            market_time=execution.market_time,
            recorded_at=recorded_now(),
        )
    order.quantity = ratio.units(order.quantity)
    order.filled_quantity += more
    if order.limit_price is not None:
        order.limit_price = ratio.price(order.limit_price)
    order.worst_price = ratio.worst_price(order.worst_price)
    exposure.book(order, quantity=more, notional=Decimal(0), held=rehold(order), cash_amount=Decimal(0))
    rebook_lots(order.account_id, order.instrument_id)
