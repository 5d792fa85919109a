"""Ticks out of the database: the same that a file of them holds, of the months asked for alone."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from execution.market_data.quotes import Quote
from execution.market_data.trades import Trade
from execution.services.market_data import load_quotes, load_trades
from execution.venue_process import StoredTicks
from execution.venues.simulated.tick_files import HeldTicks
from execution.venues.simulated.ticks import QuoteTick, TradeTick
from tests.execution.market import session
from tests.execution.replay import Replay
from tests.world import SETUP, World

OPEN, CLOSE = session().open, session().close
SECOND = timedelta(seconds=1)


def quote(at: datetime, *sizes: int, ask: str = "100.01") -> Quote:
    return Quote("SPY", at, Decimal(ask) - Decimal("0.01"), Decimal(ask), *map(Decimal, sizes))


def trade(at: datetime, trade_id: str = "#1", condition: str = "") -> Trade:
    return Trade("SPY", at, Decimal("100.01"), Decimal(50), trade_id, condition)


def load(quotes: list[Quote], trades: list[Trade]) -> None:
    if quotes:
        load_quotes(actor=SETUP, quotes=quotes)
    if trades:
        load_trades(actor=SETUP, trades=trades)


@pytest.mark.parametrize(
    ("quotes", "trades", "has_them"),
    [
        ([quote(OPEN, 1, 0)], [trade(OPEN)], True),
        ([quote(CLOSE - SECOND, 1, 0)], [trade(CLOSE - SECOND)], True),
        ([quote(OPEN)], [trade(OPEN)], False),
        ([quote(OPEN, 1, 0)], [], False),
        ([], [trade(OPEN)], False),
        ([quote(OPEN - SECOND, 1, 0)], [trade(OPEN)], False),
        ([quote(OPEN, 1, 0)], [trade(CLOSE)], False),
    ],
)
def test_a_session_has_ticks_where_a_quote_with_sizes_and_a_print_are_both_within_it(
    world: World, quotes: list[Quote], trades: list[Trade], has_them: bool
) -> None:
    load(quotes, trades)
    assert StoredTicks().has_session("SPY", session()) is has_them
    assert not StoredTicks().has_session("XYZ", session())


def test_ticks_between_two_moments_are_those_that_a_file_would_hold(world: World) -> None:
    moments = [OPEN + each * SECOND for each in range(6)]
    sized = [quote(moment, 3, 4) for moment in moments]
    trades = [trade(moments[2], f"#{number}", str(number)) for number in range(1, 12)]
    trades += [trade(moment) for moment in moments[3:]]
    load([*sized, quote(OPEN + SECOND / 2)], list(reversed(trades)))
    held = HeldTicks(
        {"SPY": [QuoteTick(q.at, q.bid, Decimal(3), q.ask, Decimal(4)) for q in sized]},
        {"SPY": [TradeTick(t.at, t.price, t.size, t.condition) for t in trades]},
    )

    found = StoredTicks().between("SPY", moments[0], moments[4])

    assert found == held.between("SPY", moments[0], moments[4])
    assert len(found) == 4 + 11 + 2
    assert StoredTicks().between("XYZ", OPEN, CLOSE) == []


def test_who_reads_ticks_looks_at_their_months_alone_(world: World) -> None:
    load([quote(OPEN + timedelta(days=31 * each), 1, 1) for each in range(-6, 6)], [trade(OPEN)])
    ticks = StoredTicks()
    with CaptureQueriesContext(connection) as asked:
        assert len(ticks.between("SPY", OPEN - SECOND, OPEN)) == 2
        assert ticks.has_session("SPY", session())
    statements = [each["sql"] for each in asked if "execution_" in each["sql"]]
    assert len(statements) == 3
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(f"EXPLAIN {statement}")
            plan = " ".join(line for (line,) in cursor.fetchall())
            months = {
                word for word in plan.split() if word.startswith(("execution_quote_", "execution_trade_"))
            }
            assert {word[-6:] for word in months if word[-6:].isdigit()} == {"201310"}


def test_ticks_that_come_late_count_as_long_as_nothing_later_is_worked(replay: Replay, world: World) -> None:
    """The order arrives in the tenth minute and takes effect; what is loaded of the moments before changes nothing."""
    load([quote(OPEN, 500, 500)], [trade(OPEN)])
    order = world.place(limit_price="99.99", quantity="80")
    replay.plan(order)
    replay.dispatch()
    replay.pass_minutes(1)
    load([quote(OPEN + 570 * SECOND, 500, 500, ask="99.99")], [])
    replay.pass_minutes(1)
    assert replay.record.executions() == []

    load([quote(OPEN + 690 * SECOND, 500, 500, ask="99.98")], [])
    replay.pass_minutes(1)

    (fill,) = replay.record.executions()
    assert fill.execution.market_time == OPEN + 690 * SECOND
    assert (fill.execution.model, fill.execution.quantity, fill.execution.price) == (
        "tick",
        80,
        Decimal("99.99"),
    )
