"""The venue's book: what market time does to the orders of its store. Synchronous; for one thread.

Requests only note what is wanted; orders move when market time does. A cancel is decided here too, after the
bars that were complete by then, so that an order may fill or end between the request and the decision.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from execution.market_data.bars import BAR_LENGTH, Bar
from execution.venues.protocol import (
    Canceled,
    CancelRejected,
    Expired,
    Filled,
    Reason,
    VenueOrderState,
)
from execution.venues.simulated.bar_model import MODEL, Fill, WorkingOrder, fills, is_last_bar
from execution.venues.simulated.conditions import CALM, Conditions
from execution.venues.simulated.market import Market
from execution.venues.simulated.rows import StoredOrder
from execution.venues.simulated.store import Store, report_head
from execution.venues.simulated.tick_work import TickWork
from orders.terms import TimeInForce

_INSTANT = timedelta(microseconds=1)
_REASONS = {
    TimeInForce.IOC: Reason.IMMEDIATE_OR_CANCEL,
    TimeInForce.FOK: Reason.FILL_OR_KILL,
    TimeInForce.OPG: Reason.OPENING_AUCTION_OVER,
    TimeInForce.CLS: Reason.CLOSING_AUCTION_OVER,
}
"""Why the rest of an order ends that does not rest in the book."""


class Book:
    """Fills, ends and cancels the store's orders as market time goes on."""

    def __init__(
        self, store: Store, market: Market, participation: Decimal, conditions: Conditions = CALM
    ) -> None:
        if not 0 < participation <= 1:
            raise ValueError("participation is a share above 0, at most 1")
        self._store = store
        self._market = market
        self._participation = participation
        self._conditions = conditions
        self._tick_work = TickWork(store, market, conditions)
        self._horizon: datetime | None = None

    def advance(self) -> None:
        """Work all bars completed by now that were not worked yet, then sessions' ends, ticks, and cancels.

        One transaction: after a crash inside it, it happens again from the same state.
        """
        now = self._market.clock()
        horizon = now.replace(second=0, microsecond=0) - BAR_LENGTH
        is_new_minute = horizon != self._horizon
        cancels = self._store.orders_with_pending_cancel()
        ticks = self._tick_work.news(now)
        if not is_new_minute and not cancels and not ticks:
            return
        bars = self._completed_bars(horizon) if is_new_minute else []
        with self._store.transaction():
            for bar in bars:
                self._end_sessions(bar.start)
                self._work(bar)
            self._end_sessions(now)
            self._tick_work.work(ticks, now, self)
            self._decide_cancels(now)
        self._horizon = horizon

    def _completed_bars(self, horizon: datetime) -> list[Bar]:
        """The bars up to `horizon` that open orders may take part in, in order of time."""
        bars = [bar for symbol in self._store.open_symbols(MODEL) for bar in self._bars_of(symbol, horizon)]
        return sorted(bars, key=lambda bar: (bar.start, bar.symbol))

    def _bars_of(self, symbol: str, horizon: datetime) -> list[Bar]:
        orders = self._store.open_orders(symbol, MODEL)
        after = min(order.effective_at for order in orders) - _INSTANT
        worked_through = self._store.worked_through(symbol)
        if worked_through is not None:
            after = max(after, worked_through)
        until = min(horizon, max(order.session_close for order in orders) - BAR_LENGTH)
        if until <= after:
            return []
        bars = self._market.bars(symbol, after, until)
        if any(bar.symbol != symbol or not after < bar.start <= until for bar in bars):
            raise ValueError(f"the source of bars gave others than asked for {symbol}")
        sessions = {(order.session_open, order.session_close) for order in orders}
        return [bar for bar in bars if any(opened <= bar.start < closed for opened, closed in sessions)]

    def _work(self, bar: Bar) -> None:
        orders = self._store.open_orders(bar.symbol, MODEL)
        by_number = {order.number: order for order in orders}
        trading = [_working(order) for order in orders if not self._is_halted(order, bar)]
        # A displayed order may fill several times in one bar: each fill goes on from the one before.
        for fill in fills(bar, trading, self._participation, self._conditions):
            by_number[fill.number] = self.fill(by_number[fill.number], fill, bar.end)
        for order in by_number.values():
            if order.is_open and is_last_bar(_working(order), bar):
                self._cancel(order, _REASONS[order.request.time_in_force], bar.end)
        self._store.set_worked_through(bar.symbol, bar.start)

    def _is_halted(self, order: StoredOrder, bar: Bar) -> bool:
        """Whether a part of the bar is in a halt of the order's session."""
        halt = self._conditions.halt(bar.symbol, order.session_open, order.session_close)
        return halt is not None and bar.start < halt.end and halt.start < bar.end

    def fill(self, order: StoredOrder, fill: Fill, market_time: datetime) -> StoredOrder:
        """Fill an order and report it; returns it as it is then."""
        cumulative_quantity = order.cumulative_quantity + fill.quantity
        is_full = cumulative_quantity == order.request.quantity
        state = VenueOrderState.FILLED if is_full else VenueOrderState.PARTIALLY_FILLED
        order = replace(order, state=state, cumulative_quantity=cumulative_quantity)
        self._store.save_progress(order)
        report = Filled(
            *report_head(self._store, order, market_time),
            execution_id=self._store.add_execution(order, fill, market_time),
            quantity=fill.quantity,
            price=fill.price,
            cumulative_quantity=order.cumulative_quantity,
            leaves_quantity=order.leaves_quantity,
        )
        self._store.append_report(report)
        return order

    def _cancel(self, order: StoredOrder, reason: Reason, market_time: datetime) -> None:
        order = replace(order, state=VenueOrderState.CANCELED, reason=reason.value)
        self._store.save_progress(order)
        head = report_head(self._store, order, market_time)
        self._store.append_report(Canceled(*head, reason.value, order.cumulative_quantity))

    def _end_sessions(self, now: datetime) -> None:
        for order in self._store.open_orders_of_sessions_closed_by(now, MODEL):
            self.end(order, order.session_close)

    def end(self, order: StoredOrder, market_time: datetime) -> None:
        """End an order that does not rest, or has outlived its session, and report it."""
        if order.request.time_in_force in _REASONS:
            self._cancel(order, _REASONS[order.request.time_in_force], market_time)
            return
        self._store.save_progress(replace(order, state=VenueOrderState.EXPIRED))
        head = report_head(self._store, order, market_time)
        self._store.append_report(Expired(*head, order.cumulative_quantity))

    def _decide_cancels(self, now: datetime) -> None:
        for order in self._store.orders_with_pending_cancel():
            decided = replace(order, cancel_pending=False)
            if order.is_open:
                self._cancel(decided, Reason.CANCEL_REQUEST, now)
                continue
            self._store.save_progress(decided)
            head = report_head(self._store, order, now)
            self._store.append_report(CancelRejected(*head, Reason.ORDER_ENDED.value))


def _working(order: StoredOrder) -> WorkingOrder:
    if order.tick_size is None or order.lot_size is None:
        raise ValueError(f"order {order.number} is open without a listing")
    return WorkingOrder(
        number=order.number,
        side=order.request.side,
        time_in_force=order.request.time_in_force,
        limit_price=order.request.limit_price,
        display_quantity=order.request.display_quantity,
        minimum_quantity=order.request.minimum_quantity if order.cumulative_quantity == 0 else None,
        leaves=order.leaves_quantity,
        arrived_at=order.effective_at,
        session_close=order.session_close,
        tick_size=order.tick_size,
        lot_size=order.lot_size,
    )
