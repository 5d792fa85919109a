"""The served market: one made-up day after the other, never back in time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from execution.models import Bar
from execution.session import XNYS, in_regular_session
from orders.kernel.context import Actor
from orders.selectors import market_clock, market_now
from orders.services import set_market_clock
from qtweb.universe.replay import SPEED, open_market

pytestmark = pytest.mark.usefixtures("universe")


def test_first_day_opens_after_the_day_that_the_clock_shows(seeder: Actor) -> None:
    before = market_now()
    session = open_market(actor=seeder)
    assert session is not None and session.open > before
    assert in_regular_session(market_now(), XNYS)
    assert market_clock().speed == SPEED


def test_every_instrument_has_traded_when_the_clock_starts(seeder: Actor) -> None:
    open_market(actor=seeder)
    traded = Bar.objects.filter(start__lt=market_now() - timedelta(minutes=1))
    assert traded.values("instrument").distinct().count() == 8


def test_day_that_is_played_is_left_alone(seeder: Actor) -> None:
    open_market(actor=seeder)
    clock, bars = market_clock(), Bar.objects.count()
    assert open_market(actor=seeder) is None
    assert (market_clock(), Bar.objects.count()) == (clock, bars)


def test_next_day_opens_once_the_session_is_over(seeder: Actor) -> None:
    first = open_market(actor=seeder)
    assert first is not None
    set_market_clock(actor=seeder, anchor=first.close, paused=True)
    second = open_market(actor=seeder)
    assert second is not None and second.open > first.close
    assert market_now() > first.close


def test_weekend_is_passed_over(seeder: Actor) -> None:
    for _ in range(6):
        session = open_market(actor=seeder)
        assert session is not None and session.open.weekday() < 5
        set_market_clock(actor=seeder, anchor=session.close, paused=True)
