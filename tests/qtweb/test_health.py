"""Health: alive, ready, and which part is not."""

import logging
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from celery import Celery
from django.db import connection
from django.test import Client

from qtweb import health
from qtweb.settings import ENVIRONMENT
from tests.conftest import CommittedDatabase

NOWHERE = "127.0.0.1"
UNWATCHED = {"audit_log": "alert", "checkpoints": "ok"}
"""Nobody verifies the log in these tests."""


@pytest.fixture(autouse=True)
def kept_for_nobody(settings: Any) -> None:
    """Each question is answered anew, unless a test says otherwise."""
    settings.READINESS_KEPT_S = 0


def test_a_process_that_answers_is_alive(client: Client) -> None:
    answer = client.get("/health/live")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_a_site_whose_parts_all_work_is_ready(db: None, client: Client) -> None:
    answer = client.get("/health/ready")

    assert answer.status_code == 200
    told = answer.json()
    assert told["status"] == "ok"
    assert told["parts"] == {"database": "ok", "migrations": "ok", "broker": "ok", **UNWATCHED}
    assert set(told["breakers"]) == {"database", "venue SIM", "venue MTF"}
    assert {breaker["state"] for breaker in told["breakers"].values()} == {"closed"}
    assert "no-store" in answer["Cache-Control"]


def test_without_a_broker_it_is_not_ready(db: None, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "app", Celery(broker=f"redis://:hidden@{NOWHERE}:1/0", set_as_current=False))

    answer = client.get("/health/ready")

    assert answer.status_code == 503
    assert answer.json()["parts"] == {"database": "ok", "migrations": "ok", "broker": "fails", **UNWATCHED}


def test_without_a_database_it_is_not_ready_and_tells_no_secret(
    db: None, client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    unreachable = connection.copy()
    unreachable.settings_dict.update(HOST=NOWHERE, PORT="1", PASSWORD="hidden")
    monkeypatch.setattr(health, "connection", unreachable)

    with caplog.at_level(logging.WARNING):
        answer = client.get("/health/ready")

    assert answer.status_code == 503
    assert answer.json()["parts"] == {"database": "fails", "migrations": "fails", "broker": "ok", **UNWATCHED}
    told = answer.content.decode()
    assert not any(word in told for word in ("hidden", NOWHERE, ENVIRONMENT.database_url, "Traceback"))
    assert "not ready: database" in caplog.text


def test_without_a_migration_it_is_not_ready(committed_database: CommittedDatabase, client: Client) -> None:
    with committed_database.as_superuser() as superuser:
        superuser.execute("DELETE FROM django_migrations WHERE app = 'compliance'")

    answer = client.get("/health/ready")

    assert answer.status_code == 503
    assert answer.json()["parts"] == {"database": "ok", "migrations": "fails", "broker": "ok", **UNWATCHED}


def test_however_many_ask_whether_it_is_ready_the_parts_are_asked_once(
    client: Client, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.READINESS_KEPT_S = 60
    answers = iter([True, False])
    monkeypatch.setattr(health, "READY", health.KeptAnswer(health._readiness))
    monkeypatch.setattr(health, "PARTS", {"broker": lambda: next(answers)})
    monkeypatch.setattr(health, "WATCHED", {})

    assert [client.get("/health/ready").status_code for _each in range(5)] == [200] * 5
    settings.READINESS_KEPT_S = 0
    assert client.get("/health/ready").status_code == 503


class Finder:
    """Finds the next number, and takes as long as it is let."""

    def __init__(self) -> None:
        self.found, self.began, self.may_end = 0, Event(), Event()

    def __call__(self) -> dict[str, Any]:
        self.began.set()
        assert self.may_end.wait(timeout=20)
        self.found += 1
        return {"number": self.found}


def test_while_one_looks_others_get_the_last_answer_and_wait_where_there_is_none(settings: Any) -> None:
    settings.READINESS_KEPT_S = 5
    finder = Finder()
    kept = health.KeptAnswer(finder)
    with ThreadPoolExecutor(3) as threads:
        first = [threads.submit(kept.get) for _each in range(3)]
        assert finder.began.wait(timeout=20)
        assert not any(each.done() for each in first)
        finder.may_end.set()
        assert [each.result(timeout=20) for each in first] == [{"number": 1}] * 3

        settings.READINESS_KEPT_S = 0
        finder.began.clear(), finder.may_end.clear()
        second = threads.submit(kept.get)
        assert finder.began.wait(timeout=20)
        assert kept.get() == {"number": 1}
        finder.may_end.set()
        assert second.result(timeout=20) == {"number": 2}


def test_an_answer_that_is_old_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "OLDEST_S", 0)
    finder = Finder()
    finder.may_end.set()
    kept = health.KeptAnswer(finder)
    kept.get()
    finder.began.clear(), finder.may_end.clear()
    with ThreadPoolExecutor(2) as threads:
        anew = threads.submit(kept.get)
        assert finder.began.wait(timeout=20)
        waits = threads.submit(kept.get)
        assert not waits.done()
        finder.may_end.set()
        assert {each.result(timeout=20)["number"] for each in (anew, waits)} == {2, 3}


@pytest.mark.parametrize("address", ["/health/live", "/health/ready"])
def test_health_is_only_read(client: Client, address: str) -> None:
    assert client.post(address).status_code == 405
