"""The venue's own desk: it takes trades back and corrects them. Synchronous; for one thread, the same as the book's.

By a seed it also errs by itself (`bust_share`, `correct_share` of VENUE_FAULTS), and then says so: each execution is
considered once, after its report, in the transaction that changes it.
"""

from dataclasses import replace
from decimal import Decimal

from execution.venues.errors import VenueProtocolError
from execution.venues.protocol import (
    CancelTrade,
    CorrectTrade,
    TradeCanceled,
    TradeChange,
    TradeChangeAnswer,
    TradeChangeKind,
    TradeCorrected,
    VenueOrderState,
)
from execution.venues.protocol.words import OPEN_STATES
from execution.venues.simulated.faults import Faults
from execution.venues.simulated.market import Market
from execution.venues.simulated.rows import StoredOrder
from execution.venues.simulated.store import Store, report_head
from execution.venues.simulated.trade_changes import Trade

BATCH_EXECUTIONS = 200
ERRONEOUS = "clearly_erroneous"
NOTHING = Decimal(0)


class TradeDesk:
    """Changes trades of the store, each change with its report in one transaction."""

    def __init__(self, store: Store, market: Market) -> None:
        self._store = store
        self._market = market

    def answer(self, request: CancelTrade | CorrectTrade) -> TradeChangeAnswer:
        """Do what the desk asks. Raises VenueProtocolError for a trade that does not stand, and for unfit terms."""
        with self._store.transaction():
            trade = self._store.trade_changes.standing(request.execution_id)
            if trade is None:
                raise VenueProtocolError(f"no trade stands under {request.execution_id[:60]!r}")
            if isinstance(request, CancelTrade):
                return TradeChangeAnswer(self._change(trade, NOTHING, NOTHING, request.reason))
            return TradeChangeAnswer(self._change(trade, request.quantity, request.price, request.reason))

    def err(self, faults: Faults) -> None:
        """Decide for each new execution whether it was an error, and change those that were."""
        if not faults.bust_share and not faults.correct_share:
            return
        new = self._store.trade_changes.unconsidered(BATCH_EXECUTIONS)
        if not new:
            return
        with self._store.transaction():
            for number, trade in new:
                self._considered(trade, faults.trade_fate(number))
            self._store.trade_changes.set_considered(new[-1][0])

    def _considered(self, trade: Trade, fate: TradeChangeKind | None) -> None:
        if self._store.trade_changes.standing(trade.execution_id) is None:
            return
        if fate is TradeChangeKind.CANCEL:
            self._change(trade, NOTHING, NOTHING, ERRONEOUS)
        elif fate is TradeChangeKind.CORRECT:
            tick = self._order(trade).tick_size or NOTHING
            self._change(trade, trade.quantity, trade.price + tick, ERRONEOUS)

    def _change(self, trade: Trade, quantity: Decimal, price: Decimal, reason: str) -> TradeChange:
        order = self._order(trade)
        if order.lot_size is None or order.tick_size is None or quantity % order.lot_size:
            raise VenueProtocolError("quantity: whole lots are expected")
        if price % order.tick_size:
            raise VenueProtocolError("price: a multiple of the tick is expected")
        cumulative_quantity = order.cumulative_quantity - trade.quantity + quantity
        if cumulative_quantity > order.request.quantity:
            raise VenueProtocolError("quantity: more than was ordered")
        kind = TradeChangeKind.CORRECT if quantity else TradeChangeKind.CANCEL
        now = self._market.clock()
        change = self._store.trade_changes.add(
            trade, kind=kind, quantity=quantity, price=price, market_time=now, reason=reason
        )
        was_open = order.is_open
        order = _with_filled(order, cumulative_quantity)
        if order.is_open and not was_open:
            self._store.trade_changes.set_arrival(order.number, now)
        self._store.save_progress(order)
        self._report(order, change)
        return change

    def _report(self, order: StoredOrder, change: TradeChange) -> None:
        head = report_head(self._store, order, change.market_time)
        ids = (change.execution_id, change.execution_ref_id)
        totals = (order.cumulative_quantity, order.leaves_quantity)
        if change.kind is TradeChangeKind.CANCEL:
            self._store.append_report(TradeCanceled(*head, *ids, change.reason, *totals))
        else:
            terms = (change.quantity, change.price)
            self._store.append_report(TradeCorrected(*head, *ids, *terms, change.reason, *totals))

    def _order(self, trade: Trade) -> StoredOrder:
        order = self._store.order(trade.client_order_id)
        if order is None:
            raise ValueError(f"{trade.execution_id} is a trade without an order")
        return order


def _with_filled(order: StoredOrder, cumulative_quantity: Decimal) -> StoredOrder:
    """The order with other fills: one that is open or filled is what they make it, one ended otherwise stays so."""
    state = order.state
    if state in OPEN_STATES or state is VenueOrderState.FILLED:
        state = VenueOrderState.PARTIALLY_FILLED if cumulative_quantity else VenueOrderState.NEW
        if cumulative_quantity == order.request.quantity:
            state = VenueOrderState.FILLED
    return replace(order, state=state, cumulative_quantity=cumulative_quantity)
