"""Waking a worker is a hint: a broker that is away or hangs costs a committed order nothing but a moment."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from celery import Celery, current_app

from execution import wake
from execution.models import Run
from execution.selectors import runs_to_plan
from execution.wake import WORK_RUN
from tests.world import World

LOADED_S = 20.0
"""Far above the timeout of half a second, for a loaded machine; far below waiting for ever."""


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


@pytest.fixture(autouse=True)
def not_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wake, "_quiet_until", 0.0)


@pytest.fixture
def mute(tmp_path: Path) -> Iterator[str]:
    """A broker that accepts connections and never answers."""
    path = tmp_path / "mute.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        yield f"redis+socket://{path}"


def seconds_of_waking() -> float:
    began = time.monotonic()
    wake.wake(WORK_RUN, "nothing")
    return time.monotonic() - began


def test_broker_that_is_away_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    with broker_at("redis+socket:///tmp/there-is-no-broker.sock"):
        assert seconds_of_waking() < LOADED_S

    assert "no worker was woken" in caplog.text


def test_broker_that_hangs_holds_up_once_and_briefly(
    mute: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(wake, "_QUIET_S", LOADED_S)
    with broker_at(mute):
        assert seconds_of_waking() < LOADED_S
        seconds_of_waking()

    assert caplog.text.count("no worker was woken") == 1, "after a failure none is sent for a while"


def test_order_is_committed_although_no_broker_is_there(committed_world: World) -> None:
    with broker_at("redis+socket:///tmp/there-is-no-broker.sock"):
        order = committed_world.place()

    run = Run.objects.get(order_id=order.pk)
    assert runs_to_plan() == [run.pk], "beat finds it"


def test_hint_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, object]] = []
    monkeypatch.setattr(
        type(current_app._get_current_object().amqp),
        "send_task_message",
        property(lambda _self: lambda _producer, name, message, **options: sent.append(message.headers)),
    )

    wake.wake(WORK_RUN, "a-run")

    assert sent[0]["expires"] is not None
