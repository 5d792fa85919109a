"""The venue's own desk by command: it takes a trade back or corrects it, and says what it cannot do."""

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from execution.management.commands import venue_trade
from execution.venues.errors import VenueNotReached
from tests.execution.replay import Replay, fresh
from tests.world import World


class Desk:
    """The replay's venue, as the command's client has it."""

    def __init__(self, replay: Replay) -> None:
        self._replay = replay

    def change_trade(self, request: Any) -> Any:
        return self._replay._desk.trades.answer(request).trade_change


@pytest.fixture
def asked(replay: Replay, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The codes of the venues that the command asked."""
    codes: list[str] = []

    def stream(code: str) -> Desk:
        codes.append(code)
        return Desk(replay)

    monkeypatch.setattr(venue_trade, "venue_stream", stream)
    return codes


def change(*arguments: str) -> str:
    printed = io.StringIO()
    call_command("venue_trade", *arguments, stdout=printed)
    return printed.getvalue()


def test_a_trade_is_taken_back_and_we_hear_of_it(world: World, replay: Replay, asked: list[str]) -> None:
    order = replay.work(world.place(type="market", limit_price=None), minutes=2)
    [(_, execution)] = replay.record.executions()

    said = change("SIM", execution.execution_id)
    replay.listen()

    assert f"cancel: {execution.execution_id} is replaced by" in said
    assert asked == ["SIM"]
    assert fresh(order).filled_quantity == 0


def test_a_correction_takes_both_figures(world: World, replay: Replay, asked: list[str]) -> None:
    with pytest.raises(CommandError, match="a correction takes --quantity and --price, a bust neither"):
        change("SIM", "E1", "--price", "100")

    assert asked == []


def test_a_venue_that_is_away_is_said_to_be(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_code: str) -> Any:
        raise VenueNotReached("nobody listens")

    monkeypatch.setattr(venue_trade, "venue_stream", away)

    with pytest.raises(CommandError, match="the venue did not change the trade: nobody listens"):
        change("MTF", "E1")
