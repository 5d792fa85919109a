"""Health: alive, ready, and which part is not."""

import logging

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


@pytest.mark.parametrize("address", ["/health/live", "/health/ready"])
def test_health_is_only_read(client: Client, address: str) -> None:
    assert client.post(address).status_code == 405
