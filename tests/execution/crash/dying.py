"""A process of ours that dies by SIGKILL at the point its argument names; run as a module by the tests."""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn
from uuid import UUID

import django

from execution.venues.errors import VenueUnavailable


def die() -> NoReturn:
    """End now, as the kernel ends a process: nothing is cleaned up, nothing is said."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def until_answered(ask: Callable[[], object]) -> None:
    """Ask until the venue's answer is not one of those that it drops; again is no second effect there."""
    while True:
        with suppress(VenueUnavailable):
            ask()
            return


class DyingVenue:
    """A venue's client whose process dies before it sends, or after the venue has answered."""

    def __init__(self, client: Any, point: str) -> None:
        self._client = client
        self._point = point

    def new_order(self, order: Any, send: Any) -> Any:
        if self._point == "claimed":
            die()
        until_answered(lambda: self._client.new_order(order, send))
        die()

    def new_orders(self, orders: Any, send: Any) -> Any:
        if self._point == "claimed":
            die()
        until_answered(lambda: self._client.new_orders(orders, send))
        die()

    def cancel_order(self, client_order_id: UUID) -> Any:
        until_answered(lambda: self._client.cancel_order(client_order_id))
        die()

    def mass_cancel(self, client_order_ids: Any) -> Any:
        until_answered(lambda: self._client.mass_cancel(client_order_ids))
        die()

    def order_status(self, client_order_id: UUID) -> Any:
        return self._client.order_status(client_order_id)


def worker(point: str) -> None:
    """Die after the claim is committed (`claimed`), or after the venue has answered (`sent`, `cancel_sent`)."""
    from execution.services.dispatch import dispatch
    from execution.services.resolve import resolve
    from execution.venue_access import venue_clients
    from orders.kernel.context import process_actor
    from orders.selectors import market_now

    work = resolve if point == "cancel_sent" else dispatch
    venues = {code: DyingVenue(client, point) for code, client in venue_clients().items()}
    work(actor=process_actor("worker"), venues=venues, market_time=market_now())


def gateway(point: str) -> None:
    """Die with a report `stored` and not applied, `booked` and not committed, or `applied`."""
    from execution import gateway as module
    from execution.services import venue_trades as trades_module

    apply, book = module.apply_report, trades_module.book_execution

    def dying_apply(**arguments: Any) -> None:
        if point == "stored":
            die()
        apply(**arguments)
        if point == "applied":
            die()

    def dying_book(**arguments: Any) -> Any:
        book(**arguments)
        die()

    module.apply_report = dying_apply  # type: ignore[assignment]
    if point == "booked":
        trades_module.book_execution = dying_book
    module.run(["SIM"])


def market_watcher(point: str) -> None:
    """Die with an order hit and not triggered (`hit`), triggered and not committed, or triggered (`fired`)."""
    from execution.services import triggers as module
    from orders.kernel.context import process_actor
    from orders.selectors import market_now

    fire, trigger_order = module.fire, module.trigger_order

    def dying_fire(**arguments: Any) -> bool:
        if point == "hit":
            die()
        fire(**arguments)
        die()

    def dying_trigger(**arguments: Any) -> None:
        trigger_order(**arguments)
        die()

    module.fire = dying_fire  # type: ignore[assignment]
    if point == "triggered":
        module.trigger_order = dying_trigger
    module.evaluate_triggers(actor=process_actor("worker"), market_time=market_now())


def sweeper(point: str) -> None:
    """Die with a batch of a kill switch `written` and not committed, or `committed` and the next one not begun."""
    from orders.kernel.context import process_actor
    from orders.selectors import engaged_kill_switches
    from orders.services import sweep as module

    ask_batch, write_down = module.ask_batch, module._write_down

    def dying_ask(**arguments: Any) -> int:
        ask_batch(**arguments)
        die()

    def dying_write(*arguments: Any) -> None:
        write_down(*arguments)
        die()

    module.BATCH_ORDERS = 4
    if point == "committed":
        module.ask_batch = dying_ask
    else:
        module._write_down = dying_write
    [kill_switch_id] = engaged_kill_switches()
    module.sweep_kill_switch(actor=process_actor("kill_switch"), kill_switch_id=kill_switch_id)


PROCESSES = {"worker": worker, "gateway": gateway, "market_watcher": market_watcher, "sweeper": sweeper}

if __name__ == "__main__":
    django.setup()
    PROCESSES[sys.argv[1]](sys.argv[2])
