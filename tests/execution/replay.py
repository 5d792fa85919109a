"""The venue's own parts in this process, on a market clock that the test moves: scenarios without a network."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

from execution.gateway import GATEWAY, apply_stored
from execution.models import Run, VenueOrder
from execution.selectors import last_stored_sequence
from execution.services.dispatch import dispatch
from execution.services.plan_runs import plan_runs
from execution.services.reconcile import reconcile
from execution.services.resolve import resolve
from execution.services.store_report import store_reports
from execution.venue_access import Venues
from execution.venue_process import MarketSources
from execution.venues.client import Sending, at_once
from execution.venues.errors import VenueNotReached, VenueUnavailable
from execution.venues.protocol import (
    CancelAnswer,
    CancelOrder,
    CancelTrade,
    CorrectTrade,
    MassCancel,
    MassCancelAnswer,
    MassStatus,
    MassStatusAnswer,
    NewOrder,
    NewOrderAnswer,
    NewOrders,
    NewOrdersAnswer,
    OrderStatus,
    OrderStatusAnswer,
    OrderStatusQuery,
    Request,
    parse_report,
)
from execution.venues.simulated.bar_model import DEFAULT_PARTICIPATION
from execution.venues.simulated.book import Book
from execution.venues.simulated.desk import Desk
from execution.venues.simulated.market import Listing
from execution.venues.simulated.record import VenueRecord
from execution.venues.simulated.store import Store
from orders.models import Order
from orders.selectors import market_now
from tests.execution.market import stand_still


class Replay:
    """Our services and a venue, a step at a time. `lost` names what is: "call", "request", "answer" or nothing.

    `others` are venues beside it, which are spoken to as well; what they report is heard by their own `listen`.
    """

    def __init__(self, folder: Path, *, minutes_after_open: int, code: str = "SIM") -> None:
        self.code, self.others = code, list[Replay]()
        self._minutes = minutes_after_open
        stand_still(minutes_after_open=minutes_after_open)
        self._store = Store(folder / f"{code}.sqlite3")
        sources = MarketSources(venue=code)
        sources.now = market_now  # type: ignore[method-assign]  # no 50 ms of staleness between two steps
        market = sources.market()
        self._market = market
        self._desk = Desk(self._store, market)
        self._book = Book(self._store, market, DEFAULT_PARTICIPATION)
        self.record = VenueRecord(folder / f"{code}.sqlite3")
        self.lost = ""

    def desk_with(self, listing: Callable[[str], Listing | None]) -> Desk:
        """A desk on the same store with other listings."""
        return Desk(self._store, replace(self._market, listing=listing))

    def close(self) -> None:
        """Let go of the venue's store."""
        self._store.close()

    def new_order(self, order: NewOrder, send: Sending = at_once) -> NewOrderAnswer:
        """As VenueClient has it."""
        send(lambda: None)
        answer = self._ask(order)
        assert isinstance(answer, NewOrderAnswer)
        return answer

    def new_orders(self, orders: Sequence[NewOrder], send: Sending = at_once) -> tuple[NewOrderAnswer, ...]:
        """As VenueClient has it."""
        send(lambda: None)
        answer = self._ask(NewOrders(tuple(orders)))
        assert isinstance(answer, NewOrdersAnswer)
        return answer.answers

    def cancel_order(self, client_order_id: UUID) -> CancelAnswer:
        """As VenueClient has it."""
        answer = self._ask(CancelOrder(client_order_id))
        assert isinstance(answer, CancelAnswer)
        return answer

    def mass_cancel(self, client_order_ids: Sequence[UUID]) -> tuple[CancelAnswer, ...]:
        """As VenueClient has it."""
        answer = self._ask(MassCancel(tuple(client_order_ids)))
        assert isinstance(answer, MassCancelAnswer)
        return answer.answers

    def order_status(self, client_order_id: UUID) -> OrderStatus:
        """As VenueClient has it."""
        answer = self._ask(OrderStatusQuery(client_order_id))
        assert isinstance(answer, OrderStatusAnswer)
        return answer.order

    def mass_status(self, client_order_ids: Sequence[UUID]) -> MassStatusAnswer:
        """As VenueClient has it."""
        answer = self._ask(MassStatus(tuple(client_order_ids)))
        assert isinstance(answer, MassStatusAnswer)
        return answer

    @property
    def venues(self) -> Venues:
        """What the services are given."""
        return {each.code: each for each in (self, *self.others)}

    def reconcile(self, *, is_whole: bool = False) -> int:
        """Let a worker hold the venue's record against ours."""
        return reconcile(actor=GATEWAY, code=self.code, venue=self, is_whole=is_whole)

    def change_trade(self, request: CancelTrade | CorrectTrade) -> str:
        """Let the venue's own desk change a trade; returns the change's id. Nobody listens yet."""
        return self._desk.trades.answer(request).trade_change.execution_id

    def _ask(self, request: Request) -> object:
        if self.lost == "call":
            raise VenueNotReached("nobody listens")
        if self.lost == "request":
            raise VenueUnavailable("lost on the way there")
        answer = self._desk.answer(request)
        if self.lost == "answer":
            raise VenueUnavailable("lost on the way back")
        return answer

    def plan(self, order: Order) -> Run:
        """Let a worker plan the order's run."""
        run = Run.objects.get(order_id=order.pk)
        plan_runs(run_ids=[run.pk], market_time=market_now())
        run.refresh_from_db()
        return run

    def dispatch(self) -> int:
        """Let a worker send what is due."""
        return dispatch(actor=GATEWAY, venues=self.venues, market_time=market_now())

    def resolve(self, *, lease_over: bool = False) -> int:
        """Let a worker ask about what is uncertain; `lease_over` lets every lease have run out."""
        if lease_over:
            waiting = VenueOrder.objects.filter(next_attempt_at__isnull=False)
            waiting.update(next_attempt_at=datetime.fromisoformat("2000-01-01T00:00:00Z"))
        return resolve(actor=GATEWAY, venues=self.venues, market_time=market_now())

    def pass_minutes(self, minutes: int) -> None:
        """Let market time pass; the venue works its bars and reports, and nobody listens yet."""
        self._minutes += minutes
        stand_still(minutes_after_open=self._minutes)
        self._book.advance()

    def listen(self) -> None:
        """Let the gateway store and apply what the venue has reported."""
        self._book.advance()
        for _, line in self._store.report_lines(last_stored_sequence(self.code), 10_000):
            store_reports(venue=self.code, reports=[parse_report(line)])
        apply_stored(self.code)

    def work(self, order: Order, *, minutes: int = 0) -> Order:
        """Plan, send, let minutes pass, listen; returns the order as it is then."""
        self.plan(order)
        self.dispatch()
        for _ in range(minutes):
            self.pass_minutes(1)
            self.dispatch()
        self.listen()
        return fresh(order)


def fresh(order: Order) -> Order:
    """The order as the database has it now."""
    return Order.objects.get(pk=order.pk)
