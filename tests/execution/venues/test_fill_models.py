"""Two fill models behind one desk, book and store; and the market's conditions under both."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from execution.venues.protocol import (
    Accepted,
    Canceled,
    CancelOrder,
    CancelTrade,
    Executions,
    Expired,
    Filled,
    NewOrder,
    OrderStatusQuery,
)
from execution.venues.simulated.conditions import Conditions, Halt
from execution.venues.simulated.record import VenueRecord
from execution.venues.simulated.tick_files import HeldTicks
from execution.venues.simulated.ticks import QuoteTick
from orders.terms import TimeInForce
from tests.execution.venues.conftest import OPEN, Venue, flat_bar, new_order
from tests.execution.venues.test_tick_model import at, quote, trade

CLOSE = OPEN + timedelta(minutes=390)
QUOTES = [quote(0), quote(120, bid="10.01 x 200", ask="10.03 x 400"), quote(600, ask="10.04 x 900")]
TRADES = [trade(60, "10.00", 350), trade(130, "9.98", 100), trade(700, "10.01", 1000)]


def with_ticks(venue: Venue, **conditions: object) -> Venue:
    """The venue with ticks of SPY, begun anew."""
    venue.ticks = HeldTicks({"SPY": list(QUOTES)}, {"SPY": list(TRADES)})
    venue.conditions = Conditions(**conditions)  # type: ignore[arg-type]
    venue.restart()
    return venue


def fills_of(venue: Venue, order: NewOrder) -> list[tuple[float, int, str]]:
    """Second of the session, quantity and price of the order's fills."""
    fills = [report for report in venue.told(order.client_order_id) if isinstance(report, Filled)]
    return [
        ((fill.market_time - OPEN).total_seconds(), int(fill.quantity), f"{fill.price:.2f}") for fill in fills
    ]


def test_only_where_a_session_has_ticks_its_orders_have_the_tick_model_and_everything_names_it(
    venue: Venue,
) -> None:
    with_ticks(venue)
    venue.bars += [flat_bar(OPEN + timedelta(minutes=minute), symbol="IBM") for minute in range(390)]
    spy, ibm = new_order(500, "10.00"), new_order(100, symbol="IBM")

    models = [venue.desk.answer(order).order.model for order in (spy, ibm)]
    venue.at("13:40:00")

    assert models == ["tick", "bar"]
    for order, model in ((spy, "tick"), (ibm, "bar")):
        assert venue.desk.answer(OrderStatusQuery(order.client_order_id)).order.model == model
        executions = venue.desk.answer(Executions(order.client_order_id)).executions
        assert executions
        assert {execution.model for execution in executions} == {model}
        assert {
            report.model for report in venue.reports() if report.client_order_id == order.client_order_id
        } == {model}
    assert fills_of(venue, spy) == [(60, 50, "10.00"), (130, 100, "10.00")]
    assert {recorded.execution.model for recorded in VenueRecord(venue.path).executions()} == {"tick", "bar"}


@pytest.mark.parametrize(("quotes", "trades"), [({"SPY": QUOTES}, {}), ({}, {"SPY": TRADES})])
def test_quotes_without_prints_and_prints_without_quotes_are_no_ticks(
    venue: Venue, quotes: dict[str, list[QuoteTick]], trades: dict[str, list[object]]
) -> None:
    venue.ticks = HeldTicks(quotes, trades)  # type: ignore[arg-type]
    venue.restart()
    assert venue.desk.answer(new_order()).order.model == "bar"


def test_an_order_keeps_its_model_when_ticks_come_or_go(venue: Venue) -> None:
    before = new_order(300)
    venue.desk.answer(before)
    with_ticks(venue)
    after = new_order(100)
    assert venue.desk.answer(after).order.model == "tick"
    venue.at("13:33:00")
    assert fills_of(venue, before) == [(60, 200, "10.00"), (120, 100, "10.00")]
    assert fills_of(venue, after) == [(0, 100, "10.02")]


def test_a_venue_that_has_lost_its_ticks_keeps_their_orders_as_they_are(venue: Venue) -> None:
    with_ticks(venue)
    order = new_order(500, "10.00")
    venue.desk.answer(order)
    venue.ticks = None
    venue.restart()
    with pytest.raises(ValueError, match="was given no ticks"):
        venue.at("13:40:00")
    assert venue.told(order.client_order_id) == []


def test_a_source_that_gives_ticks_of_the_future_is_refused_and_nothing_is_kept(venue: Venue) -> None:
    with_ticks(venue)
    order = new_order(500, "10.00")
    venue.desk.answer(order)
    assert isinstance(venue.ticks, HeldTicks)
    venue.ticks.between = lambda *asked: QUOTES  # type: ignore[method-assign]
    with pytest.raises(ValueError, match="others than asked"):
        venue.at("13:31:00")
    assert venue.told(order.client_order_id) == []


def test_a_venue_that_begins_anew_at_every_moment_fills_as_one_that_never_did(
    venue: Venue, tmp_path: Path
) -> None:
    limits = ["10.00", "10.01", None, "10.01"]
    orders = [new_order(450, limit, client_order_id=UUID(int=each)) for each, limit in enumerate(limits)]
    orders += [new_order(500, "10.01", client_order_id=UUID(int=9), display_quantity=Decimal(150))]
    steady = with_ticks(Venue(tmp_path / "steady.sqlite3"), latency_ms=5000)
    with_ticks(venue, latency_ms=5000)
    for order in orders:
        steady.desk.answer(order)
        venue.desk.answer(order)
    for minute in range(30, 60):
        venue.at(f"13:{minute}:00")
        venue.restart()
    steady.at("13:59:00")
    fills = [fills_of(steady, order) for order in orders]
    steady.store.close()
    assert sum(map(len, fills)) >= 6
    assert [fills_of(venue, order) for order in orders] == fills


def test_while_nothing_happens_nothing_is_written(venue: Venue) -> None:
    with_ticks(venue)
    venue.desk.answer(new_order(500, "10.00"))
    venue.at("13:30:30")
    before = venue.store.connection.total_changes
    venue.at("13:30:30")
    venue.at("13:30:59")
    assert venue.store.connection.total_changes == before
    venue.at("13:31:00")
    assert venue.store.connection.total_changes > before


def test_a_cancel_takes_a_tick_order_out_of_the_book(venue: Venue) -> None:
    with_ticks(venue)
    order = new_order(500, "10.00")
    venue.desk.answer(order)
    venue.at("13:31:30")
    venue.desk.answer(CancelOrder(order.client_order_id))
    venue.at("13:31:31")
    *_, end = venue.told(order.client_order_id)
    assert isinstance(end, Canceled)
    assert (end.reason, end.cumulative_quantity) == ("cancel_request", 50)
    venue.at("13:50:00")
    assert venue.told(order.client_order_id)[-1] == end


def test_tick_orders_end_with_their_session_and_those_for_the_close_after_their_auction(venue: Venue) -> None:
    to_the_close = [*TRADES, trade((CLOSE - OPEN).total_seconds() + 3, "10.05", 120, "6")]
    venue.ticks = HeldTicks({"SPY": list(QUOTES)}, {"SPY": to_the_close})
    venue.restart()
    day, at_close = new_order(500, "9.00"), new_order(200, time_in_force=TimeInForce.CLS)
    venue.desk.answer(day)
    venue.desk.answer(at_close)
    venue.at("20:00:00")
    (end,) = venue.told(day.client_order_id)
    assert isinstance(end, Expired)
    assert (end.model, end.market_time) == ("tick", CLOSE)
    assert venue.told(at_close.client_order_id) == []
    venue.at("20:00:04")
    fill, rest = venue.told(at_close.client_order_id)
    assert isinstance(fill, Filled)
    assert isinstance(rest, Canceled)
    assert (fill.quantity, fill.price, rest.reason) == (120, Decimal("10.05"), "closing_auction_over")


def test_a_step_back_of_the_clock_delays_an_order_and_a_long_way_back_refuses_it(venue: Venue) -> None:
    with_ticks(venue)
    venue.desk.answer(new_order(500, "9.00"))
    venue.at("13:32:30")
    venue.at("13:31:31")
    late = new_order(100)
    assert venue.desk.answer(late).answer == "accepted"
    venue.at("13:32:31")
    assert fills_of(venue, late) == [(150, 100, "10.03")]
    venue.at("13:31:31")
    assert venue.desk.answer(new_order(100)).order.reason == "market_time_went_back"


def test_a_store_from_before_the_tick_model_is_taken_up(venue: Venue) -> None:
    order = new_order(300)
    venue.desk.answer(order)
    for name in ("model", "effective_at"):
        venue.store.connection.execute(f"ALTER TABLE orders DROP COLUMN {name}")
    venue.restart()
    venue.at("13:40:00")
    assert fills_of(venue, order) == [(60, 200, "10.00"), (120, 100, "10.00")]
    assert venue.desk.answer(OrderStatusQuery(order.client_order_id)).order.model == "bar"


def test_latency_postpones_the_effect_under_both_models(venue: Venue) -> None:
    with_ticks(venue, latency_ms=60_000)
    tick, bar = new_order(100, client_order_id=UUID(int=1)), new_order(100, symbol="IBM")
    venue.bars += [flat_bar(OPEN + timedelta(minutes=minute), symbol="IBM") for minute in range(390)]
    effect = venue.conditions.latency(tick.client_order_id)
    assert timedelta(0) < effect < timedelta(minutes=1)
    venue.desk.answer(tick)
    venue.desk.answer(bar)
    venue.at("13:40:00")
    assert fills_of(venue, tick) == [(effect.total_seconds(), 100, "10.02")]
    assert fills_of(venue, bar)[0][0] == 120, "its first bar begins after its effect"


def test_an_order_for_the_opening_that_takes_effect_after_it_is_refused(venue: Venue) -> None:
    venue.conditions = Conditions(latency_ms=600_000)
    venue.restart()
    venue.now = OPEN - timedelta(milliseconds=1)
    order = new_order(time_in_force=TimeInForce.OPG, client_order_id=UUID(int=1))
    assert venue.desk.answer(order).order.reason == "opening_auction_over"


def test_the_venue_fails_to_take_a_share_of_orders_by_seed(venue: Venue) -> None:
    venue.conditions = Conditions(seed=3, reject_share=0.3)
    venue.restart()
    orders = [new_order(client_order_id=UUID(int=number)) for number in range(60)]
    answers = [venue.desk.answer(order) for order in orders]
    assert {answer.order.reason for answer in answers} == {"venue_error", None}
    assert 10 <= sum(answer.answer == "rejected" for answer in answers) <= 26
    other = Conditions(seed=3, reject_share=0.3)
    assert [answer.answer == "rejected" for answer in answers] == [
        other.refuses(order.client_order_id) for order in orders
    ]
    assert sum(isinstance(report, Accepted) for report in venue.reports()) == 60 - sum(
        answer.answer == "rejected" for answer in answers
    )


def test_in_a_halt_neither_model_fills(venue: Venue) -> None:
    with_ticks(venue, halt_share=1, halt_minutes=30, seed=1)
    venue.bars += [flat_bar(OPEN + timedelta(minutes=minute), symbol="IBM") for minute in range(390)]
    orders = [new_order(100_000, symbol="IBM"), new_order(100_000, "9.98")]
    for order in orders:
        venue.desk.answer(order)
    venue.at("20:00:00")
    for order in orders:
        halt = venue.conditions.halt(order.symbol, OPEN, CLOSE)
        assert halt is not None
        for second, *_ in fills_of(venue, order):
            assert not halt.start < at(second) < halt.end
    assert 355 <= len(fills_of(venue, orders[0])) <= 360, "30 or 31 bars of 390 touch the halt"


@pytest.mark.parametrize(
    "wrong",
    [
        {"reject_share": 1.1},
        {"halt_share": -0.1},
        {"latency_ms": -1},
        {"halt_minutes": 0},
        {"spread_bps": -1},
    ],
)
def test_conditions_that_cannot_be_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"share|negative"):
        Conditions(**wrong)  # type: ignore[arg-type]


def test_halts_come_to_a_share_of_sessions_and_end_with_them() -> None:
    conditions = Conditions(seed=5, halt_share=0.25, halt_minutes=60)
    sessions = [(OPEN + timedelta(days=day), CLOSE + timedelta(days=day)) for day in range(400)]
    halts = [conditions.halt("SPY", *session) for session in sessions]
    assert 70 <= sum(halt is not None for halt in halts) <= 130
    for (opened, closed), halt in zip(sessions, halts, strict=True):
        assert halt is None or opened <= halt.start < halt.end <= closed
    assert halts == [
        Conditions(seed=5, halt_share=0.25, halt_minutes=60).halt("SPY", *each) for each in sessions
    ]
    assert isinstance(next(halt for halt in halts if halt), Halt)


def test_spread_and_impact_move_a_bars_price_against_the_order_but_not_out_of_the_bar_or_its_limit(
    venue: Venue,
) -> None:
    venue.conditions = Conditions(spread_bps=Decimal(20), impact_bps=Decimal(100))
    venue.restart()
    wide = {"high": Decimal("10.20"), "low": Decimal("9.80")}
    venue.bars = [replace(flat_bar(OPEN + timedelta(minutes=each)), **wide) for each in range(5)]
    venue.bars[1] = flat_bar(OPEN + timedelta(minutes=1))
    orders = [new_order(600), new_order(100, "10.01")]
    for order in orders:
        venue.desk.answer(order)
    venue.at("13:40:00")
    # Half of 20 bps and 100 bps of the 20 % of the volume that it takes: 30 bps.
    assert fills_of(venue, orders[0]) == [(60, 200, "10.03"), (120, 200, "10.00"), (180, 200, "10.03")]
    assert fills_of(venue, orders[1]) == [(240, 100, "10.01")]


def test_what_a_bust_opens_under_ticks_meets_the_quote_of_then_behind_all_others(venue: Venue) -> None:
    with_ticks(venue)
    order = new_order(100)
    venue.desk.answer(order)
    venue.at("13:33:00")
    [execution] = venue.desk.answer(Executions(order.client_order_id)).executions

    venue.desk.answer(CancelTrade(execution.execution_id, "clearly_erroneous"))
    venue.restart()
    venue.at("13:34:00")

    assert fills_of(venue, order) == [(0, 100, "10.02"), (180, 100, "10.03")]
