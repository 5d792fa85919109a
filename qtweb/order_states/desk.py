"""The sell side of a scenario: from a report row only the stimulus is read, and given to the desk's services."""

import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from orders import services
from orders.kernel.ids import new_id
from orders.models import Order
from orders.models.history import RequestKind, RequestState
from orders.reports import CancelRejectReason, ExecType, RestatementReason
from orders.selectors import executions_of, market_now, outstanding_requests
from orders.services import Fill
from orders.states import OrderStatus
from qtweb.order_states.deals import Deal, exec_type_of
from qtweb.order_states.failures import Failure
from qtweb.order_states.notation import CANCEL_REJECT, Cell, Report, Step
from qtweb.order_states.universe import SELL_SIDE, TICK

THOUSAND = Decimal(1000)
VENUE = "sell_side"
_HELD = re.compile(r"\b(held|activat\w*|trigger\w*)\b", re.IGNORECASE)
_CONVERSION = re.compile(r"(?:@|\bat)\s*(\d+(?:\.\d+)?)", re.IGNORECASE)


class Desk:
    """Answers rows for one scenario. `deals` tells what its executions are, by step.

    Its title tells what no row does. An order for cash is converted at the price that stands there, and where none
    does, at the one that the accepted OrderQty amounts to. Where an order is held until its conditions are reached,
    the second New says that they are: FIX 4.4 has no ExecType of its own for that yet (Triggered came later).
    """

    def __init__(self, deals: dict[int, Deal], title: str) -> None:
        self._deals = deals
        self._holds_orders = bool(_HELD.search(title))
        price = _CONVERSION.search(title)
        self._conversion = Fraction(price[1]) if price else None
        self._executions: dict[int, UUID] = {}
        self._answers: dict[str, Callable[[Order, Step, Report], object]] = {
            ExecType.PENDING_NEW: self._be_pending,
            ExecType.NEW: self._accept,
            ExecType.REJECTED: self._reject,
            ExecType.TRADE: self._fill,
            ExecType.TRADE_CORRECT: self._correct,
            ExecType.TRADE_CANCEL: self._bust,
            ExecType.PENDING_CANCEL: self._acknowledge,
            ExecType.PENDING_REPLACE: self._acknowledge,
            ExecType.CANCELED: self._cancel,
            ExecType.REPLACED: self._replace,
            ExecType.DONE_FOR_DAY: self._done_for_day,
            ExecType.RESTATED: self._restate,
            ExecType.STOPPED: self._stop,
            ExecType.TRIGGERED: self._trigger,
            CANCEL_REJECT: self._refuse,
        }

    def answer(self, order: Order, step: Step, report: Report) -> None:
        """Do to `order` what the row says happened. Raises Failure, and what the services raise."""
        kind = exec_type_of(report)
        if kind == ExecType.ORDER_STATUS:
            raise Failure("nobody asked for the status")
        if kind not in self._answers:
            raise Failure("nothing says what happened" if not kind else f"{kind} is no ExecType of this desk")
        self._answers[kind](order, step, report)

    def _be_pending(self, order: Order, step: Step, report: Report) -> None:
        if order.status != OrderStatus.PENDING_NEW:
            raise Failure(f"the order is {order.status}")

    def _accept(self, order: Order, step: Step, report: Report) -> None:
        if self._holds_orders and order.status == OrderStatus.NEW:
            self._trigger(order, step, report)
            return
        price = None
        if order.cash_quantity is not None:
            price = _on_tick(
                self._conversion or Fraction(order.cash_quantity) / Fraction(_total(order, report))
            )
        services.accept_order(actor=SELL_SIDE, order_id=order.pk, price=price)

    def _reject(self, order: Order, step: Step, report: Report) -> None:
        services.reject_order(actor=SELL_SIDE, order_id=order.pk, reason="rejected by the sell side")

    def _fill(self, order: Order, step: Step, report: Report) -> None:
        deal = self._deal(step)
        if not deal.quantity:
            raise Failure("a fill of nothing")
        fill = Fill(
            venue=VENUE,
            venue_execution_id=str(new_id()),
            quantity=deal.quantity * THOUSAND,
            price=_on_tick(deal.price),
            market_time=market_now(),
        )
        execution = services.apply_execution(actor=SELL_SIDE, order_id=order.pk, fill=fill)
        if execution is not None:
            self._executions[step.number] = execution.pk

    def _correct(self, order: Order, step: Step, report: Report) -> None:
        deal = self._deal(step)
        if not deal.quantity:
            raise Failure("a correction to nothing is a bust")
        execution = services.correct_execution(
            actor=SELL_SIDE,
            execution_id=self._referred(order, deal),
            quantity=deal.quantity * THOUSAND,
            price=_on_tick(deal.price),
            report_id=str(new_id()),
            reason="corrected by the sell side",
        )
        self._executions[step.number] = execution.pk

    def _bust(self, order: Order, step: Step, report: Report) -> None:
        services.bust_execution(
            actor=SELL_SIDE,
            execution_id=self._referred(order, self._deal(step)),
            report_id=str(new_id()),
            reason="busted by the sell side",
        )

    def _deal(self, step: Step) -> Deal:
        deal = self._deals.get(step.number)
        if deal is None or deal.problem:
            raise Failure(deal.problem if deal else "nothing says what was dealt in")
        return deal

    def _referred(self, order: Order, deal: Deal) -> UUID:
        """Return the execution that is meant: where a split has restated it, the row that stands for it now."""
        found = self._executions.get(deal.refers_to or 0)
        if found is None:
            raise Failure("it names no execution")
        for restated, original in _restated(order).items():
            found = restated if original == found else found
        return found

    @staticmethod
    def reported(order: Order, exec_ref_id: UUID) -> UUID:
        """Return the execution as it was reported, which a split has restated without a report of its own."""
        for restated, original in reversed(_restated(order).items()):
            exec_ref_id = original if restated == exec_ref_id else exec_ref_id
        return exec_ref_id

    def _acknowledge(self, order: Order, step: Step, report: Report) -> None:
        is_cancel = exec_type_of(report) == ExecType.PENDING_CANCEL
        kind = RequestKind.CANCEL if is_cancel else RequestKind.REPLACE
        link = _request(order, report, kind, RequestState.RECEIVED)
        services.acknowledge_request(actor=SELL_SIDE, order_id=order.pk, client_order_id=link)

    def _replace(self, order: Order, step: Step, report: Report) -> None:
        link = _request(order, report, RequestKind.REPLACE)
        services.confirm_request(actor=SELL_SIDE, order_id=order.pk, client_order_id=link)

    def _cancel(self, order: Order, step: Step, report: Report) -> None:
        asked = outstanding_requests(order).filter(kind=RequestKind.CANCEL).exists()
        if not asked:
            services.cancel_unsolicited(actor=SELL_SIDE, order_id=order.pk, reason="unsolicited")
            return
        link = _request(order, report, RequestKind.CANCEL)
        services.confirm_request(actor=SELL_SIDE, order_id=order.pk, client_order_id=link)

    def _refuse(self, order: Order, step: Step, report: Report) -> None:
        given = report.reject_reason.text if report.reject_reason else ""
        try:
            reason = CancelRejectReason(int(given)) if given else CancelRejectReason.OTHER
        except ValueError:
            raise Failure(f"{given} is no CxlRejReason of this house") from None
        services.reject_request(
            actor=SELL_SIDE, order_id=order.pk, client_order_id=_request(order, report), reason=reason
        )

    def _done_for_day(self, order: Order, step: Step, report: Report) -> None:
        services.done_for_day(actor=SELL_SIDE, order_id=order.pk)

    def _restate(self, order: Order, step: Step, report: Report) -> None:
        quantity = _total(order, report)
        services.restate(
            actor=SELL_SIDE, order_id=order.pk, quantity=quantity, reason=_restatement(order, quantity)
        )

    def _trigger(self, order: Order, step: Step, report: Report) -> None:
        if not self._holds_orders:
            raise Failure("the order was never held")
        services.trigger_held_order(actor=SELL_SIDE, order_id=order.pk)

    def _stop(self, order: Order, step: Step, report: Report) -> None:
        quantity = report.last_quantity.number if report.last_quantity else None
        if not quantity:
            raise Failure("it does not say how much is guaranteed")
        services.stop_order(actor=SELL_SIDE, order_id=order.pk, quantity=quantity * THOUSAND)


def _restated(order: Order) -> dict[UUID, UUID]:
    """Return what a split made of the order's executions, oldest first: the new row, and the one that it restates."""
    return {
        row.pk: row.corrects_id
        for row in executions_of(order)
        if row.corrects_id and row.venue_execution_id.endswith("/restated")
    }


def _restatement(order: Order, quantity: Decimal) -> RestatementReason:
    """Return why: another quantity on the morning after is a split, on the same day a word or a decline."""
    if quantity == order.quantity:
        return RestatementReason.RENEWAL
    if order.status == OrderStatus.DONE_FOR_DAY:
        return RestatementReason.CORPORATE_ACTION
    is_more = quantity > order.quantity
    return RestatementReason.VERBAL_CHANGE if is_more else RestatementReason.PARTIAL_DECLINE


def _total(order: Order, report: Report) -> Decimal:
    """Return the quantity, in units, that the row states for the order: its OrderQty, or what makes it up."""
    stated = _number(report.order_quantity)
    if stated is None:
        cum, leaves = _number(report.cum_quantity), _number(report.leaves_quantity)
        stated = cum + leaves if cum is not None and leaves is not None else None
    if not stated:
        raise Failure("it does not tell the order's quantity")
    return stated * THOUSAND


def _number(cell: Cell | None) -> Decimal | None:
    return cell.number if cell else None


def _request(order: Order, report: Report, kind: RequestKind | None = None, *states: RequestState) -> str:
    """Return the id of the request that the row answers: the one it names, else the oldest that it can answer."""
    requests = outstanding_requests(order)
    if kind is not None:
        requests = requests.filter(kind=kind)
    if states:
        requests = requests.filter(state__in=states)
    if report.client_order_id is not None and report.client_order_id.text:
        requests = requests.filter(client_order_id=report.client_order_id.text)
    found = requests.first()
    if found is None:
        raise Failure("no such request is waiting for this answer")
    return found.client_order_id


def _on_tick(price: Fraction) -> Decimal:
    """Return the price as a multiple of the tick, exactly. Raises Failure where it is none."""
    ticks = price / Fraction(TICK)
    if ticks.denominator != 1 or ticks <= 0:
        raise Failure(f"it would need a price of {float(price):.6f}, which is on no tick")
    return ticks.numerator * TICK
