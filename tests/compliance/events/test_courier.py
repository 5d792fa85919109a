"""The courier: what one plugin does is at nobody's expense."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError

from compliance import courier as courier_module
from compliance.courier import CALLS_AT_ONCE, Courier, TooManyHang
from compliance.models import EventDelivery, EventSubscription
from compliance.plugins import Delivery
from tests.compliance.events.subscribing import Listener, Nothing, People, as_found
from tests.compliance.log import integrate, record
from tests.execution.site import wait_until
from tests.world import World


class Hanging:
    """Never comes back, until the test lets it."""

    Parameters = Nothing

    def __init__(self) -> None:
        self.released = threading.Event()
        self.calls = 0

    def deliver(self, delivery: Delivery, parameters: Nothing) -> None:
        self.calls += 1
        self.released.wait(30)


@pytest.fixture
def subscribe(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[..., EventSubscription]:
    """Let a plugin of this name be subscribed to what `record` writes."""
    people = People(world)
    known = as_found(hanging=Hanging(), listening=Listener(), gone=Listener())
    monkeypatch.setattr("compliance.services.subscriptions.found_plugins", lambda: known)
    return lambda plugin, **changes: people.subscribe(name=plugin, plugin=plugin, parameters={}, **changes)


def _turn_until(courier: Courier, condition: Callable[[], bool], what: str) -> None:
    def done() -> bool:
        courier.turn()
        return condition()

    wait_until(done, what, seconds=20)


def _of(plugin: str, **criteria: Any) -> int:
    return EventDelivery.objects.filter(subscription__plugin=plugin, **criteria).count()


def test_a_plugin_that_hangs_keeps_up_neither_orders_nor_another_plugin_and_fails_by_the_deadline(
    world: World, subscribe: Callable[..., EventSubscription]
) -> None:
    hanging, listening = Hanging(), Listener()
    subscribe("hanging")
    subscribe("listening", events=["OrderPlaced"])
    courier = Courier(deadline_s=0.5, plugins=as_found(hanging=hanging, listening=listening))
    record(*(f"thing-{number}" for number in range(CALLS_AT_ONCE + 3)))
    integrate()
    courier.turn()
    assert hanging.calls == CALLS_AT_ONCE

    order = world.place()
    integrate()

    _turn_until(
        courier, lambda: _of("listening", state="delivered") == 1, "the other plugin hears of the order"
    )
    assert listening.heard[0].entry["object"]["id"] == str(order.pk)
    late = "it did not return within 0.5 s"
    _turn_until(courier, lambda: _of("hanging", last_error=late) >= CALLS_AT_ONCE, "it has failed")
    _turn_until(
        courier, lambda: hanging.calls >= CALLS_AT_ONCE + 3, "its threads are left alone, the rest is tried"
    )

    hanging.released.set()
    _turn_until(
        courier, lambda: _of("hanging", state="delivered") == CALLS_AT_ONCE + 3, "late is better than never"
    )


def test_a_process_full_of_calls_that_never_came_back_ends(
    world: World, subscribe: Callable[..., EventSubscription], monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = Hanging()
    monkeypatch.setattr(courier_module, "MOST_LEFT_ALONE", 3)
    subscribe("hanging")
    record(*(f"thing-{number}" for number in range(4)))
    integrate()
    courier = Courier(deadline_s=0.0, plugins=as_found(hanging=hanging))
    courier.turn()
    time.sleep(0.01)

    with pytest.raises(TooManyHang, match="4 calls"):
        courier.turn()
    hanging.released.set()


def test_whatever_a_plugin_raises_is_kept_with_the_delivery(
    subscribe: Callable[..., EventSubscription],
) -> None:
    listening = Listener(ValueError("a\x00b \ud800 " + "long " * 100), SystemExit("bye"), KeyboardInterrupt())
    subscribe("listening")
    record("one", "two", "three", "four")
    integrate()
    courier = Courier(plugins=as_found(listening=listening))

    _turn_until(courier, lambda: _of("listening", last_error="") == 1 and not courier.turn(), "all came back")

    errors = set(EventDelivery.objects.values_list("last_error", flat=True)) - {""}
    assert {error.partition(":")[0] for error in errors} == {"ValueError", "SystemExit", "KeyboardInterrupt"}
    assert _of("listening", state="delivered") == 1


def test_deliveries_of_a_plugin_that_is_not_there_wait_for_it(
    subscribe: Callable[..., EventSubscription],
) -> None:
    subscribe("listening")
    record("one")
    integrate()

    Courier(plugins={}).turn()

    assert _of("listening", state="waiting", attempts=0) == 1


def test_a_database_that_fails_loses_no_outcome(
    subscribe: Callable[..., EventSubscription], monkeypatch: pytest.MonkeyPatch
) -> None:
    listening = Listener()
    subscribe("listening")
    record("one")
    integrate()
    courier = Courier(plugins=as_found(listening=listening))
    courier.turn()
    wait_until(lambda: len(listening.heard) == 1, "it is called")

    def fail(**_: Any) -> None:
        raise OperationalError("away")

    with monkeypatch.context() as patch:
        patch.setattr(courier_module, "record_delivered", fail)
        with pytest.raises(OperationalError):
            _turn_until(courier, lambda: False, "never")
    courier.turn()

    assert _of("listening", state="delivered") == 1
    assert len(listening.heard) == 1


def test_what_breaks_for_one_subscription_is_that_ones_alone(
    subscribe: Callable[..., EventSubscription], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = subscribe("gone")
    subscribe("listening")
    record("one")
    integrate()
    follow = courier_module.fan_out

    def break_for_one(**terms: Any) -> int:
        if terms["subscription_id"] == broken.pk:
            raise RuntimeError("broken")
        return follow(**terms)

    monkeypatch.setattr(courier_module, "fan_out", break_for_one)
    courier = Courier(plugins=as_found(listening=Listener(), gone=Listener()))

    _turn_until(courier, lambda: _of("listening", state="delivered") == 1, "the other goes on")


def test_it_runs_until_it_is_stopped_and_waits_for_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped, turns = threading.Event(), []
    monkeypatch.setattr(courier_module, "_RETRY_S", 0.0)

    def turn(self: Courier) -> bool:
        turns.append(1)
        if len(turns) == 1:
            raise OperationalError("away")
        stopped.set()
        return True

    monkeypatch.setattr(Courier, "turn", turn)
    Courier(plugins={}).run(stopped)

    assert len(turns) == 2
