"""A scenario driven through the real services: its requests asked, its reports' stimuli answered by the desk."""

from collections import deque
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from django.db import DatabaseError

from orders import services
from orders.commands import AmendOrder, CancelOrder, PlaceOrder
from orders.errors import ClientOrderIdUsed, OrderNotFound, cancel_reject_reason
from orders.kernel.errors import DomainError
from orders.models import Order, OrderRevision
from orders.reports import ORD_STATUS_CODES, CancelRejectReason, ExecType
from orders.selectors import order_for, order_of_chain, orders_for, outstanding_requests, revisions_of
from orders.states import IllegalTransition, OrderStatus
from orders.terms import MANUAL
from qtweb.order_states.deals import deals_of
from qtweb.order_states.desk import Desk
from qtweb.order_states.failures import Failure
from qtweb.order_states.names import ExecIds
from qtweb.order_states.notation import BLANK, CANCEL_REJECT, Report, Request, Scenario, Step
from qtweb.order_states.rows import Row
from qtweb.order_states.universe import Universe
from qtweb.order_states.verdict import Verdict, difference

THOUSAND = Decimal(1000)


def replay(scenario: Scenario, universe: Universe) -> Verdict:
    """Return how a scenario comes out: its computed rows, up to the first that is not as given."""
    if scenario.malformed:
        return Verdict(scenario, {}, f"malformed: {scenario.malformed}")
    return _Replay(scenario, universe).verdict()


class _Replay:
    """One run of one scenario, in an account of its own.

    `due` are the rows that the house itself has made already: refusals of a request, and answers to a status
    request. The next report must be the first of them.
    """

    def __init__(self, scenario: Scenario, universe: Universe) -> None:
        self.scenario = scenario
        self.buy_side = universe.buy_side
        self.account = universe.new_account().code
        self.symbol = universe.instrument.symbol
        self.names = ExecIds(scenario)
        self.desk = Desk(deals_of(scenario), scenario.title)
        self.due: deque[Row] = deque()
        self.order_id: UUID | None = None

    def verdict(self) -> Verdict:
        rows: dict[int, Row] = {}
        for step in self.scenario.in_order_of_arrival():
            try:
                rows |= self._performed(step)
                wrong = _wrong(step, rows)
            except Failure as failure:
                wrong = str(failure)
            except (DomainError, IllegalTransition) as error:
                wrong = f"refused: {error}"
            except (DatabaseError, ValueError, ArithmeticError) as error:
                wrong = f"impossible: {' '.join(str(error).split())[:200]}"
            if wrong:
                return Verdict(self.scenario, rows, f"row {step.number}: expected {step.text} {wrong}")
        return Verdict(self.scenario, rows, self._left_over())

    def _left_over(self) -> str:
        """Return what the scenario ends without: an answer of the house, or one that the desk owes."""
        if self.due:
            return f"after the last row: the house answers {_plain(self.due[0])}"
        for order in orders_for(self.buy_side).filter(account__code=self.account):
            waiting = outstanding_requests(order).first()
            if waiting is not None:
                return f"after the last row: {waiting.client_order_id} still waits for its answer"
        return ""

    def _performed(self, step: Step) -> dict[int, Row]:
        if isinstance(step.message, Request):
            if self.due:
                raise Failure(f"the house first answers {_plain(self.due[0])}")
            self._ask(step.message)
            return {}
        return {step.number: self.due.popleft() if self.due else self._answered(step, step.message)}

    # What the buy side asks.

    def _ask(self, request: Request) -> None:
        match request.kind:
            case "D":
                self._place(request)
            case "H":
                self._tell_status(request.client_order_id)
            case _:
                self._change(request)

    def _place(self, request: Request) -> None:
        amount = (request.quantity or Decimal(0)) * THOUSAND
        command = PlaceOrder.model_validate(
            {
                "account": self.account,
                "client_order_id": request.client_order_id,
                "symbol": self.symbol,
                "side": "buy",
                "type": "market",
                "time_in_force": "gtc" if _is_carried_over(self.scenario) else "day",
                "cash_quantity" if request.is_cash else "quantity": amount,
                "algorithm": {"name": MANUAL},
            }
        )
        try:
            placement = services.place(actor=self.buy_side, command=command)
        except ClientOrderIdUsed:
            order = order_of_chain(
                self.buy_side, account=self.account, client_order_id=request.client_order_id
            )
            self.due.append(_row_of_order(order, ExecType.REJECTED, request.client_order_id))
            return
        self.order_id = placement.order.pk
        if not placement.created:
            self.due.append(_row_of_order(placement.order, ExecType.ORDER_STATUS, request.client_order_id))
        elif placement.order.status == OrderStatus.REJECTED:
            raise Failure(f"refused: {placement.order.denial_detail}")

    def _tell_status(self, client_order_id: str) -> None:
        try:
            order = order_of_chain(self.buy_side, account=self.account, client_order_id=client_order_id)
        except OrderNotFound:
            unknown = Row(exec_type=ExecType.ORDER_STATUS, order_status="8", client_order_id=client_order_id)
            self.due.append(unknown)
            return
        self.due.append(_row_of_order(order, ExecType.ORDER_STATUS, client_order_id))

    def _change(self, request: Request) -> None:
        order = None
        try:
            order = order_of_chain(
                self.buy_side, account=self.account, client_order_id=request.orig_client_order_id
            )
            self.order_id = order.pk
            self._send(order, request)
        except DomainError as error:
            reason = cancel_reject_reason(error)
            if reason == CancelRejectReason.OTHER:
                raise
            self.due.append(_refusal(order, request, reason))

    def _send(self, order: Order, request: Request) -> None:
        links = {
            "client_order_id": request.client_order_id,
            "orig_client_order_id": request.orig_client_order_id,
        }
        if request.kind == "F":
            services.cancel(actor=self.buy_side, order_id=order.pk, command=CancelOrder(**links))
            return
        quantity = (request.quantity or Decimal(0)) * THOUSAND
        services.amend(
            actor=self.buy_side,
            order_id=order.pk,
            command=AmendOrder.model_validate({**links, "quantity": quantity}),
            expected_revision=order.terms_revision,
        )

    # What the sell side answers.

    def _answered(self, step: Step, report: Report) -> Row:
        if self.order_id is None:
            self._telephone(report)
        order = order_for(self.buy_side, self._required_order())
        before = order.version
        self.desk.answer(order, step, report)
        revisions = revisions_of(order)
        if report.exec_type.text == ExecType.PENDING_NEW:
            return self._row(order, revisions.get(version=1))
        newest = revisions.last()
        if newest is None or newest.version == before:
            raise Failure("it changes nothing")
        row = self._row(order, newest)
        is_new_again = row.exec_type == ExecType.TRIGGERED and report.exec_type.text != ExecType.TRIGGERED
        return replace(row, exec_type=ExecType.NEW) if is_new_again else row

    def _required_order(self) -> UUID:
        if self.order_id is None:
            raise Failure("there is no order yet")
        return self.order_id

    def _telephone(self, report: Report) -> None:
        """Place the order that the row acknowledges: it came by telephone, and only the row tells its quantity."""
        quantity = report.order_quantity.number if report.order_quantity else None
        if report.exec_type.text != ExecType.NEW or not quantity:
            raise Failure("there is no order yet")
        self._place(Request("D", "TELEPHONED", quantity=quantity))

    def _row(self, order: Order, revision: OrderRevision) -> Row:
        is_refusal = revision.reject_reason is not None
        if not is_refusal and not revision.exec_type:
            raise Failure("nothing is reported")
        exec_ref_id = revision.exec_ref_id and self.desk.reported(order, revision.exec_ref_id)
        return Row(
            exec_type=CANCEL_REJECT if is_refusal else revision.exec_type,
            order_status=ORD_STATUS_CODES[OrderStatus(revision.order_status)],
            order_quantity=revision.order_quantity / THOUSAND,
            cum_quantity=revision.cum_quantity / THOUSAND,
            leaves_quantity=revision.leaves_quantity / THOUSAND,
            last_quantity=revision.last_quantity / THOUSAND,
            avg_price=revision.avg_price or Decimal(0),
            client_order_id=revision.client_order_id,
            orig_client_order_id=revision.orig_client_order_id,
            exec_id="" if is_refusal else self.names.name(revision.exec_id),
            exec_ref_id=self.names.known(exec_ref_id),
            reject_reason=revision.reject_reason,
        )


def _wrong(step: Step, rows: dict[int, Row]) -> str:
    """Return what the row of a report has that its computed row has not; nothing where they agree."""
    if not isinstance(step.message, Report):
        return ""
    computed = rows[step.number]
    wrong = difference(step.message, computed)
    return wrong and f"got {computed.written(step.message)} ({wrong})"


def _refusal(order: Order | None, request: Request, reason: CancelRejectReason) -> Row:
    """Return the cancel reject with which the house itself answers; an unknown order is Rejected, as FIX has it."""
    return Row(
        exec_type=CANCEL_REJECT,
        order_status=ORD_STATUS_CODES[OrderStatus(order.status) if order else OrderStatus.REJECTED],
        client_order_id=request.client_order_id,
        orig_client_order_id=order.current_client_order_id if order else request.orig_client_order_id,
        reject_reason=reason,
    )


def _row_of_order(order: Order, exec_type: ExecType, client_order_id: str) -> Row:
    return Row(
        exec_type=exec_type,
        order_status=ORD_STATUS_CODES[OrderStatus(order.status)],
        order_quantity=order.quantity / THOUSAND,
        cum_quantity=order.filled_quantity / THOUSAND,
        leaves_quantity=order.leaves_quantity / THOUSAND,
        avg_price=order.filled_avg_price or Decimal(0),
        client_order_id=client_order_id,
    )


def _is_carried_over(scenario: Scenario) -> bool:
    """Tell whether the order outlives its day: its title says GTC, or it works on after Done for Day.

    What corrects the day's executions afterwards (J.1.d) is no work of another day.
    """
    kinds = [step.message.exec_type.text for step in scenario.steps if isinstance(step.message, Report)]
    later = kinds[kinds.index(ExecType.DONE_FOR_DAY) :] if ExecType.DONE_FOR_DAY in kinds else []
    return "GTC" in scenario.title.upper().split() or not {ExecType.RESTATED, ExecType.TRADE}.isdisjoint(
        later
    )


def _plain(row: Row) -> str:
    """Return a row that nothing was given for."""
    blank = Report(exec_type=BLANK, order_status=BLANK, reject_reason=BLANK)
    return row.written(blank)
