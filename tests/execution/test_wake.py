"""Waking a worker is a hint: a broker that is away or hangs costs a committed order nothing but a moment."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from celery import Celery, current_app

from execution import wake
from execution.models import Run
from execution.selectors import runs_to_plan
from execution.wake import RESOLVE, WORK_RUNS, Hint, Sender
from orders.selectors import market_now
from tests.world import World

LOADED_S = 20.0
"""Far above the timeout of half a second, for a loaded machine; far below waiting for ever."""


class Message(NamedTuple):
    task: str
    arguments: tuple[Any, ...]
    headers: dict[str, Any]


@contextmanager
def broker_at(url: str) -> Iterator[None]:
    """Let this process publish to the broker at `url`, configured as ever."""
    usual = current_app._get_current_object()
    app = Celery("elsewhere", set_as_current=True)
    app.config_from_object("qtweb.celery_configuration")
    app.conf.broker_url = url
    try:
        yield
    finally:
        app.close()
        usual.set_current()


@pytest.fixture
def mute(tmp_path: Path) -> Iterator[str]:
    """A broker that accepts connections and never answers."""
    path = tmp_path / "mute.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        yield f"redis+socket://{path}"


def hint(run_id: str = "nothing", correlation_id: str = "who-asked") -> Hint:
    return Hint(WORK_RUNS, run_id, correlation_id)


def seconds_of_sending(sender: Sender) -> float:
    began = time.monotonic()
    sender.send_waiting([hint()])
    return time.monotonic() - began


def test_broker_that_is_away_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    with broker_at("redis+socket:///tmp/there-is-no-broker.sock"):
        assert seconds_of_sending(Sender()) < LOADED_S

    assert "no worker was woken" in caplog.text


def test_broker_that_hangs_is_asked_once_and_briefly(
    mute: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(wake, "_QUIET_S", LOADED_S)
    sender = Sender()
    with broker_at(mute):
        assert seconds_of_sending(sender) < LOADED_S
        seconds_of_sending(sender)

    assert caplog.text.count("no worker was woken") == 1, "after a failure none is sent for a while"


def test_nobody_waits_for_a_broker_that_hangs(mute: str) -> None:
    with broker_at(mute):
        began = time.monotonic()
        for _ in range(1_000):
            wake.wake(WORK_RUNS, "nothing")

    assert time.monotonic() - began < 0.5, "one answer of the broker would have taken so long"


def test_order_is_committed_although_no_broker_is_there(committed_world: World) -> None:
    with broker_at("redis+socket:///tmp/there-is-no-broker.sock"):
        order = committed_world.place()

    run = Run.objects.get(order_id=order.pk)
    assert runs_to_plan(market_now()) == [run.pk], "beat finds it"


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[Message]:
    """What is sent to the broker, in place of sending it."""
    sent: list[Message] = []

    def keep(_producer: object, name: str, message: Any, **_options: object) -> None:
        sent.append(Message(name, message.body[0], message.headers))

    amqp = type(current_app._get_current_object().amqp)
    monkeypatch.setattr(amqp, "send_task_message", property(lambda _self: keep))
    return sent


def test_hint_expires(published: list[Message]) -> None:
    Sender().send_waiting([hint()])

    assert published[0].headers["expires"] is not None


def test_what_waits_goes_with_it_in_one_message_each_run_with_the_id_of_its_cause(
    published: list[Message],
) -> None:
    hints = [hint("run-1", "cause-1"), Hint(RESOLVE, None, "cause-2"), hint("run-3", "cause-3")]

    Sender().send_waiting([*hints, Hint(RESOLVE, None, "cause-4")])

    assert [(each.task, each.arguments) for each in published] == [
        (WORK_RUNS, ([("run-1", "cause-1"), ("run-3", "cause-3")],)),
        (RESOLVE, ()),
    ]


def test_one_message_is_no_longer_than_a_hundred_runs(published: list[Message]) -> None:
    Sender().send_waiting([hint(f"run-{number}") for number in range(250)])

    assert [len(each.arguments[0]) for each in published] == [100, 100, 50]


def test_a_thread_sends_what_is_taken_and_goes_on_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    was_told = threading.Event()

    def send(hints: list[Hint]) -> None:
        told.extend(each.correlation_id for each in hints)
        if told == ["first"]:
            raise RuntimeError("whatever it is")
        was_told.set()

    monkeypatch.setattr(wake, "_send", send)
    sender = Sender()
    sender.take(hint(correlation_id="first"))
    deadline = time.monotonic() + LOADED_S
    while not told and time.monotonic() < deadline:
        time.sleep(0.001)
    sender.take(hint(correlation_id="second"))

    assert was_told.wait(LOADED_S)
    assert told == ["first", "second"]


def test_a_forked_process_sends_hints_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wake, "_send", lambda _hints: None)
    wake.wake(WORK_RUNS, "of the parent")
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        try:
            monkeypatch.setattr(wake, "_send", lambda hints: os.write(writing, hints[0].run_id.encode()))
            wake.wake(WORK_RUNS, "of the child")
            time.sleep(LOADED_S)
        finally:
            os._exit(0)
    told = os.read(reading, 100)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)

    assert told == b"of the child"


def test_a_process_forked_in_the_midst_of_a_message_inherits_no_lock_as_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lock_of_the_client = threading.Lock()
    is_held = threading.Event()

    def send(_hints: list[Hint]) -> None:
        with lock_of_the_client:
            is_held.set()
            time.sleep(0.2)

    monkeypatch.setattr(wake, "_send", send)
    Sender().take(hint())
    assert is_held.wait(LOADED_S)
    if (child := os.fork()) == 0:
        os._exit(0 if lock_of_the_client.acquire(timeout=LOADED_S) else 1)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
