"""The clients of a soak: they place, amend and cancel whatever happens, and ask again where no answer came."""

import heapq
import threading
import time
from collections.abc import Callable
from itertools import count

from django.db import InterfaceError, OperationalError, connection

from execution.selectors import last_prices
from orders import services
from orders.commands import AmendOrder, CancelOrder
from orders.errors import ReplacePending, StaleTerms
from orders.kernel.errors import DomainError, Unavailable
from orders.models import Instrument, Order
from orders.selectors import market_now
from tests.execution.soak.parents import Parent

AGAIN_S = 0.4
_Act = Callable[[Parent], None]


class Clients:
    """One thread that does what the parents' clients want, each when its time has come.

    What fails because the database is away is asked for again under the same client order id until it is answered, as
    a client has to whose connection broke: it cannot know whether its order was taken.
    """

    def __init__(self, parents: list[Parent], now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._numbers = count()
        self._waiting: list[tuple[float, int, _Act, Parent]] = []
        for parent in parents:
            self._plan(parent.at_s, _place, parent)
        self._thread = threading.Thread(target=self._work, name="clients", daemon=True)
        self._ended = threading.Event()
        self.error: BaseException | None = None
        self.asked_again = 0

    def start(self) -> None:
        """Begin; `error` says what went wrong, if anything did."""
        self._thread.start()

    def end(self) -> None:
        """Let go of the thread after what it does."""
        self._ended.set()
        self._thread.join()

    @property
    def are_done(self) -> bool:
        """Whether everything was asked for and answered."""
        return not self._thread.is_alive()

    def _plan(self, at_s: float, act: _Act, parent: Parent) -> None:
        heapq.heappush(self._waiting, (at_s, next(self._numbers), act, parent))

    def _work(self) -> None:
        try:
            while self._waiting and not self._ended.is_set():
                at_s, _, act, parent = self._waiting[0]
                if at_s > self._now_s():
                    time.sleep(0.02)
                    continue
                heapq.heappop(self._waiting)
                self._do(act, parent)
        except BaseException as error:  # noqa: BLE001 - the test has to fail of it, not this thread
            self.error = error
        finally:
            connection.close()

    def _do(self, act: _Act, parent: Parent) -> None:
        try:
            act(parent)
        except (OperationalError, InterfaceError, Unavailable, ReplacePending, StaleTerms):
            # The database is away, or the order is just being changed.
            connection.close()
            self.asked_again += 1
            self._plan(self._now_s() + AGAIN_S, act, parent)
            return
        except DomainError as refusal:
            parent.refused.append(refusal.code)
        if act is _place:
            if parent.amend_at_s is not None:
                self._plan(max(parent.amend_at_s, self._now_s()), _amend, parent)
            if parent.cancel_at_s is not None:
                self._plan(max(parent.cancel_at_s, self._now_s()), _cancel, parent)


def _place(parent: Parent) -> None:
    instrument = Instrument.objects.get(symbol=parent.terms["symbol"])
    prices = last_prices(instrument_ids=[instrument.pk], market_time=market_now())
    command = parent.command(prices[instrument.pk].price)
    parent.order_id = services.place(actor=parent.actor, command=command).order.pk


def _amend(parent: Parent) -> None:
    if parent.order_id is None:
        return
    order = Order.objects.get(pk=parent.order_id)
    quantity = max((parent.amended_to * int(parent.terms["quantity"])).to_integral_value(), 1)
    command = AmendOrder(quantity=f"{quantity}", client_order_id=f"soak-{parent.number}-amend")
    services.amend(
        actor=parent.actor, order_id=order.pk, command=command, expected_revision=order.terms_revision
    )
    parent.asked.add("amend")


def _cancel(parent: Parent) -> None:
    if parent.order_id is None:
        return
    command = CancelOrder(client_order_id=f"soak-{parent.number}-cancel")
    services.cancel(actor=parent.actor, order_id=parent.order_id, command=command)
    parent.asked.add("cancel")
