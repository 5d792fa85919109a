"""The courier: the process that follows the audit log for the subscriptions, and calls the plugins.

It is a process of its own, so that a plugin that hangs or takes everything it can get is at nobody's expense but other
plugins'. Several may run. Each subscription has some threads at most, so one that hangs keeps up no other; what has not
come back by the deadline counts as failed, and its thread is left alone. The database is spoken to by one thread.
"""

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from queue import Empty, SimpleQueue
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, connections

from compliance.plugins import EventPlugin, SubscriberGone
from compliance.plugins.discovery import Found, found_plugins
from compliance.services.deliveries import Claimed, claim, record_delivered, record_failure, record_gone
from compliance.services.fan_out import fan_out
from compliance.subscription_reads import going_subscriptions
from orders.kernel.clock import recorded_now
from orders.kernel.context import correlated, process_actor

COURIER = process_actor("courier")
CALLS_AT_ONCE = 4
"""Of one subscription, in one process."""
MOST_LEFT_ALONE = 32
"""So many threads that never came back, and the process ends: who keeps it starts it anew."""
DEADLINE_S = 30.0
_LEASE_MORE_S = 5.0
_PAUSE_S = 0.5
_RETRY_S = 1.0
_LONGEST_ERROR = 300

logger = logging.getLogger(__name__)


class TooManyHang(RuntimeError):
    """So many calls of plugins never came back that this process is of no use any more."""


@dataclass(eq=False)
class Call:
    """A plugin at work on a delivery since `began` (seconds of this process's clock); `error` once it has raised."""

    claimed: Claimed
    plugin: EventPlugin
    began: float = field(default_factory=time.monotonic)
    error: BaseException | None = None
    is_left_alone: bool = False


class Courier:
    """Delivers until it is told to stop."""

    def __init__(self, *, deadline_s: float = DEADLINE_S, plugins: Mapping[str, Found] | None = None) -> None:
        self._deadline_s = deadline_s
        self._lease = timedelta(seconds=deadline_s + _LEASE_MORE_S)
        found = found_plugins() if plugins is None else plugins
        self._plugins = {name: each.plugin for name, each in found.items() if each.plugin is not None}
        self._calls: list[Call] = []
        self._ended: SimpleQueue[Call] = SimpleQueue()
        self._unrecorded: list[Call] = []

    def run(self, stopped: threading.Event) -> None:
        """Take turns until `stopped`; what breaks (the database) is tried again. Raises TooManyHang."""
        while not stopped.is_set():
            try:
                with correlated():
                    is_idle = not self.turn()
            except (OperationalError, InterfaceError) as error:
                logger.warning("the database does not answer: %s", error)
                connection.close()  # or Django would hold on to one that is broken
                stopped.wait(_RETRY_S)
            else:
                self._await_end(_PAUSE_S if is_idle else 0.0)

    def turn(self) -> bool:
        """Write down what has ended, follow the log, begin what is due. Returns whether there was anything to do.

        Raises the errors of the database: what is not written down then is at the next turn.
        """
        did = self._record_ended()
        self._leave_alone_what_hangs()
        for subscription_id, plugin_name in going_subscriptions().items():
            try:
                did += self._serve(subscription_id, self._plugins.get(plugin_name))
            except (OperationalError, InterfaceError):
                raise  # not the subscription's fault
            except Exception:
                logger.exception("nothing could be done for subscription %s now", subscription_id)
        return did > 0

    def _serve(self, subscription_id: UUID, plugin: EventPlugin | None) -> int:
        """Follow the log for one subscription and begin what is due; without its plugin, deliveries wait."""
        looked_at = fan_out(subscription_id=subscription_id, recorded_at=recorded_now())
        return looked_at + (0 if plugin is None else self._begin(subscription_id, plugin))

    def _begin(self, subscription_id: UUID, plugin: EventPlugin) -> int:
        """Claim as many as there are threads free, and call the plugin with each."""
        of_it = (call for call in self._calls if call.claimed.subscription_id == subscription_id)
        free = CALLS_AT_ONCE - sum(not call.is_left_alone for call in of_it)
        if free <= 0:
            return 0
        claimed = claim(
            subscription_id=subscription_id, most=free, recorded_at=recorded_now(), lease=self._lease
        )
        for each in claimed:
            call = Call(each, plugin)
            self._calls.append(call)
            threading.Thread(
                target=self._make, args=(call,), name=f"{each.plugin} {each.delivery_id}", daemon=True
            ).start()
        return len(claimed)

    def _make(self, call: Call) -> None:
        """Call the plugin: on a thread of its own, and outside of any transaction."""
        try:
            parameters = call.plugin.Parameters.model_validate(call.claimed.parameters)
            call.plugin.deliver(call.claimed.delivery, parameters)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is written down with the delivery
            call.error = error
        finally:
            connections.close_all()
            self._ended.put(call)

    def _await_end(self, seconds: float) -> None:
        """Wait so long at most, and no longer than until some call has ended."""
        try:
            self._unrecorded.append(self._ended.get(timeout=seconds) if seconds else self._ended.get_nowait())
        except Empty:
            return

    def _record_ended(self) -> int:
        while True:
            try:
                self._unrecorded.append(self._ended.get_nowait())
            except Empty:
                break
        recorded = 0
        while self._unrecorded:
            call = self._unrecorded[0]
            try:
                _record(call)
            except (OperationalError, InterfaceError):
                raise
            except Exception:
                logger.exception("%s is tried again when its lease ends", call.claimed.delivery_id)
            self._calls.remove(self._unrecorded.pop(0))
            recorded += 1
        return recorded

    def _leave_alone_what_hangs(self) -> None:
        latest = time.monotonic() - self._deadline_s
        for call in self._calls:
            if call.began < latest and not call.is_left_alone:
                _record_failure(call, f"it did not return within {self._deadline_s:g} s")
                call.is_left_alone = True
        left_alone = sum(call.is_left_alone for call in self._calls)
        if left_alone > MOST_LEFT_ALONE:
            raise TooManyHang(f"{left_alone} calls of plugins never came back")


def _record(call: Call) -> None:
    """Write down what came of a call. One that had been given up can only still tell that it succeeded."""
    if call.error is None:
        record_delivered(delivery_id=call.claimed.delivery_id, recorded_at=recorded_now())
    elif isinstance(call.error, SubscriberGone):
        record_gone(
            actor=COURIER,
            delivery_id=call.claimed.delivery_id,
            attempt=call.claimed.delivery.attempt,
            error=_error_text(call.error),
            recorded_at=recorded_now(),
        )
    elif not call.is_left_alone:
        _record_failure(call, _error_text(call.error))


def _record_failure(call: Call, error: str) -> None:
    logger.warning("%s could not deliver %s: %s", call.claimed.plugin, call.claimed.delivery_id, error)
    record_failure(
        delivery_id=call.claimed.delivery_id,
        attempt=call.claimed.delivery.attempt,
        error=error,
        recorded_at=recorded_now(),
    )


def _error_text(error: BaseException) -> str:
    """Return what a row keeps of an error: its class and the beginning of its message, as PostgreSQL can hold it."""
    text = f"{type(error).__name__}: {error}".replace("\x00", "")
    return text.encode(errors="replace").decode()[:_LONGEST_ERROR]
