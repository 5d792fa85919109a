"""The venue's answers to requests. Synchronous; for one thread, the same as the book's.

An answer returned from here is committed already: the server may send it, or lose it, without harm.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from execution.venues.errors import VenueProtocolError
from execution.venues.protocol import (
    Accepted,
    CancelAnswer,
    CancelOrder,
    CancelOutcome,
    CancelTrade,
    CorrectTrade,
    Executions,
    ExecutionsAnswer,
    MassCancel,
    MassCancelAnswer,
    MassStatus,
    MassStatusAnswer,
    NewOrder,
    NewOrderAnswer,
    NewOrderOutcome,
    NewOrders,
    NewOrdersAnswer,
    OrderRecord,
    OrderStatus,
    OrderStatusAnswer,
    OrderStatusQuery,
    Rejected,
    Request,
    Subscribe,
    SubscribeAnswer,
    VenueOrderState,
)
from execution.venues.protocol.answers import Answer
from execution.venues.simulated.arrivals import Arrivals, Setting, setting_of
from execution.venues.simulated.conditions import CALM, Conditions
from execution.venues.simulated.market import Market
from execution.venues.simulated.store import Store, report_head
from execution.venues.simulated.trade_desk import TradeDesk


class Desk:
    """Takes requests one at a time and commits their effect."""

    def __init__(self, store: Store, market: Market, conditions: Conditions = CALM) -> None:
        self._store = store
        self._market = market
        self._arrivals = Arrivals(store, conditions)
        self.trades = TradeDesk(store, market)

    def answer(self, request: Request) -> Answer:
        """The answer to any request; raises VenueProtocolError for a subscription after what never was."""
        match request:
            case NewOrder() | NewOrders():
                return self._taken(request)
            case CancelOrder(client_order_id):
                with self._store.transaction():
                    return self._canceled(client_order_id)
            case MassCancel(client_order_ids):
                with self._store.transaction():
                    return MassCancelAnswer(tuple(self._canceled(each) for each in client_order_ids))
            case OrderStatusQuery() | Executions() | MassStatus():
                return self._told(request)
            case CancelTrade() | CorrectTrade():
                return self.trades.answer(request)
            case Subscribe(after):
                return self._subscribe(after)

    def _told(self, request: OrderStatusQuery | Executions | MassStatus) -> Answer:
        match request:
            case OrderStatusQuery(client_order_id):
                return OrderStatusAnswer(self._status(client_order_id))
            case Executions(client_order_id):
                return ExecutionsAnswer(self._store.executions(client_order_id))
            case MassStatus(client_order_ids):
                records = tuple(self._record(each) for each in client_order_ids)
                return MassStatusAnswer(self._store.last_sequence(), records)

    def _taken(self, request: NewOrder | NewOrders) -> NewOrderAnswer | NewOrdersAnswer:
        if isinstance(request, NewOrders):
            return NewOrdersAnswer(self._new_orders(request.orders))
        [answer] = self._new_orders([request])
        return answer

    def _new_orders(self, requests: Sequence[NewOrder]) -> tuple[NewOrderAnswer, ...]:
        """Take them with one effect on the disk. What the market says is asked before: it may be slow."""
        now = self._market.clock()
        settings = {each: setting_of(self._market, each, now) for each in {each.symbol for each in requests}}
        with self._store.transaction():
            return tuple(self._new_order(each, settings[each.symbol], now) for each in requests)

    def _new_order(self, request: NewOrder, setting: Setting, now: datetime) -> NewOrderAnswer:
        """Take one inside the caller's transaction."""
        if self._store.order(request.client_order_id) is not None:
            return NewOrderAnswer(NewOrderOutcome.DUPLICATE, self._status(request.client_order_id))
        order = self._store.add_order(self._arrivals.arrival(request, setting, now))
        head = report_head(self._store, order, now)
        self._store.append_report(Rejected(*head, order.reason) if order.reason else Accepted(*head))
        outcome = NewOrderOutcome.REJECTED if order.reason else NewOrderOutcome.ACCEPTED
        return NewOrderAnswer(outcome, self._status(request.client_order_id))

    def _canceled(self, client_order_id: UUID) -> CancelAnswer:
        """Note the request inside the caller's transaction."""
        order = self._store.order(client_order_id)
        if order is None:
            self._store.void(client_order_id, self._market.clock())
            return CancelAnswer(CancelOutcome.VOIDED, self._status(client_order_id))
        if not order.is_open and not order.cancel_pending:
            return CancelAnswer(CancelOutcome.TOO_LATE, self._status(client_order_id))
        if not order.cancel_pending:
            self._store.save_progress(replace(order, cancel_pending=True))
        return CancelAnswer(CancelOutcome.PENDING, self._status(client_order_id))

    def _status(self, client_order_id: UUID) -> OrderStatus:
        order = self._store.order(client_order_id)
        if order is None:
            is_voided = self._store.is_voided(client_order_id)
            state = VenueOrderState.VOIDED if is_voided else VenueOrderState.UNKNOWN
            return OrderStatus(client_order_id, state, None, None, Decimal(0), Decimal(0), None, None)
        return OrderStatus(
            client_order_id=client_order_id,
            state=order.state,
            venue_order_id=self._store.venue_order_id(order.number),
            quantity=order.request.quantity,
            cumulative_quantity=order.cumulative_quantity,
            leaves_quantity=order.leaves_quantity,
            reason=order.reason,
            model=order.model,
        )

    def _record(self, client_order_id: UUID) -> OrderRecord:
        """What is held of an order; nothing else uses the store meanwhile, so that all of it is of one moment."""
        return OrderRecord(
            self._status(client_order_id),
            self._store.executions(client_order_id),
            self._store.trade_changes.of_order(client_order_id),
        )

    def _subscribe(self, after: int) -> SubscribeAnswer:
        last_sequence = self._store.last_sequence()
        if after > last_sequence:
            raise VenueProtocolError(
                f"the venue's last report is {last_sequence}, not {after}; another store?"
            )
        return SubscribeAnswer(last_sequence)
