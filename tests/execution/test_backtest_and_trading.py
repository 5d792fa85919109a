"""What the backtest sends and fills is what the services and the venue's own parts send and fill on the same day."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from execution.algorithms import latest
from execution.backtest.days import Archive, Day, days_of
from execution.backtest.play import Played, Terms, play
from execution.market_data.bars import Bar
from execution.market_data.generator import trading_day
from execution.models import VenueOrder
from execution.services.market_data import load_bars
from execution.services.stop_run import close_run
from execution.venues.simulated.bar_model import DEFAULT_PARTICIPATION
from orders.kernel.context import process_actor
from orders.models import Execution, Order
from orders.selectors import market_now
from orders.terms import Side
from tests.execution.market import DAY, session
from tests.execution.replay import Replay
from tests.world import SETUP, World

PLACED, MINUTES = 10, 40
EARLIER = [date(2013, 9, 30), *(date(2013, 10, day) for day in (1, 2, 3))]


def made(symbol: str, day: date) -> list[Bar]:
    volume = 100_000 + 20_000 * day.day
    return trading_day(
        symbol, day, seed=day.day, open_price=Decimal(100), tick_size=Decimal("0.01"), day_volume=volume
    )


@pytest.fixture
def archive(world: World) -> Archive:
    """Four days before the day, of the order's instrument and in the database too."""
    bars = [bar for day in [*EARLIER, DAY] for bar in made(world.instrument.symbol, day)]
    load_bars(actor=SETUP, bars=bars)
    return Archive(days_of(bars)[0])


@pytest.fixture
def trading(archive: Archive, world: World, tmp_path: Path) -> Iterator[Replay]:
    replay = Replay(tmp_path, minutes_after_open=PLACED)
    yield replay
    replay.close()


def traded(order: Order, replay: Replay) -> tuple[list[Any], list[Any]]:
    """Let the services work the order minute by minute; what was sent and filled when."""
    replay.dispatch()
    for _ in range(MINUTES + 2):
        replay.pass_minutes(1)
        replay.listen()
        close_run(actor=process_actor("worker"), order_id=order.pk, market_time=market_now())
        replay.resolve()
        replay.listen()
        replay.dispatch()
    sent = VenueOrder.objects.filter(run__order_id=order.pk).order_by("id")
    filled = Execution.objects.filter(order_id=order.pk).order_by("id")
    return (
        [
            (
                row.market_time,
                row.quantity,
                row.type,
                row.time_in_force,
                row.limit_price,
                row.display_quantity,
            )
            for row in sent
        ],
        [(row.market_time, row.quantity, row.price) for row in filled],
    )


def told(played: Played) -> tuple[list[Any], list[Any]]:
    return (
        [
            (
                each.at,
                each.quantity,
                each.terms.type,
                each.terms.time_in_force,
                each.terms.limit_price,
                each.terms.display_quantity,
            )
            for each in played.sent
        ],
        # What completes an order may be filled until the close: looked at is what had been by now.
        [(each.at, each.quantity, each.price) for each in played.executions if each.at <= market_now()],
    )


@pytest.mark.parametrize(
    ("name", "quantity", "limit", "parameters"),
    [
        ("vwap", 1500, None, {"randomise_size": "0.3", "seed": 7}),
        ("vwap", 6000, "100.15", {"max_participation": "0.1", "must_complete": True}),
        pytest.param(
            *("is", 900, "100.3", {"urgency": "high", "would_price": "100.06"}), marks=pytest.mark.long
        ),
        pytest.param(
            *("pov", 2000, "100.3", {"participation": "0.15", "must_complete": True}), marks=pytest.mark.long
        ),
        ("iceberg", 1500, "100.1", {"display_quantity": "200"}),
    ],
)
def test_a_day_is_worked_alike(
    world: World,
    archive: Archive,
    trading: Replay,
    name: str,
    quantity: int,
    limit: str | None,
    parameters: Any,
) -> None:
    given = {"duration_minutes": MINUTES, **parameters}
    order = world.place(
        quantity=str(quantity),
        type="limit" if limit else "market",
        limit_price=limit,
        algorithm={"name": name, "parameters": given},
    )
    placed_at = session().open + timedelta(minutes=PLACED)
    terms = Terms(
        side=Side.BUY,
        quantity=Decimal(quantity),
        limit_price=None if limit is None else Decimal(limit),
        lot_size=world.instrument.lot_size,
        tick_size=world.instrument.tick_size,
        placed_at=placed_at,
        participation=DEFAULT_PARTICIPATION,
    )
    day = Day(world.instrument.symbol, session(), made(world.instrument.symbol, DAY))

    played = play(terms, latest(name), given, archive.known(day))

    sent, filled = traded(order, trading)
    assert len(sent) > 2
    assert told(played) == (sent, filled)
