"""What a process knows of the markets before it takes work: nothing that is locked waits for a library."""

import subprocess
import sys
from datetime import date
from typing import Any

import exchange_calendars
import pytest
from celery.signals import worker_process_init
from django.db import OperationalError

from execution.session import current_or_next_session
from orders import calendars, calendars_ahead
from orders.models import Instrument
from tests.conftest import CommittedDatabase
from tests.execution.routes import register
from tests.world import NOON, World


@pytest.fixture
def a_fresh_process() -> None:
    """Calendars as a process that has asked for none yet."""
    for name in ("_hours", "_zone", "_name"):
        getattr(calendars, name).cache_clear()


def _no_more_reading(*_: Any, **__: Any) -> Any:
    pytest.fail("a calendar is read while somebody waits")


@pytest.mark.usefixtures("a_fresh_process")
def test_a_worker_has_read_the_calendars_of_the_listed_markets_before_its_first_task(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    register("MTF", calendar="XLON")
    calendars._hours.cache_clear()  # registering it has read it
    worker_process_init.send(sender=None)

    monkeypatch.setattr(exchange_calendars, "get_calendar", _no_more_reading)
    assert current_or_next_session(NOON, committed_world.instrument.mic).day == date(2013, 10, 4)
    assert current_or_next_session(NOON, "XLON").day == date(2013, 10, 7), "a venue's own, too"


@pytest.mark.usefixtures("committed_world")
def test_a_web_process_has_read_the_calendars_before_its_first_request(
    committed_database: CommittedDatabase,
) -> None:
    program = """
import qtweb.rsgi, exchange_calendars
from orders.selectors import market_now
exchange_calendars.get_calendar = None
from orders import calendars
print(len(calendars.hours_of_year("ARCX", market_now().year)))
"""
    printed = subprocess.run(
        [sys.executable, "-c", program],
        env=committed_database.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert printed.stdout.strip() == "252", printed.stderr


@pytest.mark.usefixtures("a_fresh_process")
def test_a_market_without_a_calendar_keeps_nothing_from_starting(
    committed_world: World, caplog: pytest.LogCaptureFixture
) -> None:
    Instrument.objects.filter(pk=committed_world.instrument.pk).update(mic="AQQQ")

    calendars_ahead.read_calendars()

    assert "no calendar is known for the market AQQQ" in caplog.text


@pytest.mark.usefixtures("committed_database")
def test_a_database_that_does_not_answer_keeps_nothing_from_starting(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> None:
        raise OperationalError("the server is starting up")

    monkeypatch.setattr(calendars_ahead, "market_now", gone)

    calendars_ahead.read_calendars()

    assert "the server is starting up" in caplog.text
