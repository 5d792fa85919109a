"""The venue as a process: faults, kills, and what its store says afterwards."""

import random
import socket
import sqlite3
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import pytest

from execution.venues.client import VenueClient
from execution.venues.errors import VenueUnavailable
from execution.venues.protocol import Accepted, Executions, Filled, NewOrder, Report
from execution.venues.protocol.requests import serialise_request
from execution.venues.simulated.record import VenueRecord
from orders.terms import Side
from tests.execution.venues.conftest import OPEN, new_order
from tests.execution.venues.venue_process import PATIENCE_S, VenueProcess, write_ticks

T = TypeVar("T")


def until_answered(ask: Callable[[], T]) -> T:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return ask()
        except VenueUnavailable:
            assert time.monotonic() < deadline
            time.sleep(0.02)


def collect(client: VenueClient, into: list[Report], is_done: Callable[[], bool]) -> None:
    """Follow the stream through every outage until `is_done`, and keep what it yields; not for ever."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            for report in client.reports(len(into), idle_s=0.05):
                if report is not None:
                    into.append(report)
                elif is_done():
                    return
                else:
                    assert time.monotonic() < deadline, "what was waited for did not come"
        except VenueUnavailable:
            time.sleep(0.02)
    raise AssertionError("the venue could not be followed")


def assert_record_is_sound(record: VenueRecord, sent: dict[UUID, NewOrder]) -> None:
    """Every order once, gapless reports, nothing filled beyond the order or the bar's share."""
    orders, reports, executions = record.orders(), record.reports(), record.executions()
    assert {order.request.client_order_id: order.request for order in orders} == sent
    assert len(orders) == len(sent)
    assert [report.sequence for report in reports] == list(range(1, len(reports) + 1))
    accepted = Counter(report.client_order_id for report in reports if isinstance(report, Accepted))
    assert accepted == Counter(sent.keys())
    fills = [report for report in reports if isinstance(report, Filled)]
    assert [fill.execution_id for fill in fills] == [execution.execution_id for _, execution in executions]
    filled = record.filled_quantities()
    per_bar: defaultdict[tuple[str, object], Decimal] = defaultdict(Decimal)
    for client_order_id, execution in executions:
        per_bar[sent[client_order_id].symbol, execution.market_time] += execution.quantity
    assert max(per_bar.values()) <= 200
    for order in orders:
        own = filled.get(order.request.client_order_id, Decimal(0))
        assert order.cumulative_quantity == own <= order.request.quantity


def test_a_killed_venue_loses_and_doubles_nothing(tmp_path: Path) -> None:
    kill_and_check(tmp_path, seed=1, kills=3, orders=100)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
def test_a_venue_killed_many_times_loses_and_doubles_nothing(tmp_path: Path, seed: int) -> None:
    kill_and_check(tmp_path, seed=seed, kills=20, orders=300)


def kill_and_check(folder: Path, *, seed: int, kills: int, orders: int) -> None:
    """Two clients send orders, each twice, through kills at random instants; a third follows the stream."""
    dice = random.Random(seed)
    faults = ("--seed", str(seed), "--delay-ms", "10", "--repeat-share", "0.2", "--drop-share", "0.2")
    with VenueProcess(folder, speed=1200, options=faults) as venue:
        batch = [new_order(dice.randint(1, 400), symbol=dice.choice(["SPY", "IBM"])) for _ in range(orders)]
        sent = {order.client_order_id: order for order in batch}
        seen: list[Report] = []
        finished = threading.Event()
        senders = [threading.Thread(target=send_all, args=(venue.client(), batch[n::2])) for n in (0, 1)]
        follower = threading.Thread(target=collect, args=(venue.client(), seen, finished.is_set))
        for thread in (*senders, follower):
            thread.start()
        for _ in range(kills):
            time.sleep(dice.uniform(0.0, 0.4))
            venue.kill()
            venue.start()
        for sender in senders:
            sender.join(PATIENCE_S)
        finished.set()
        follower.join(PATIENCE_S)
        assert not any(thread.is_alive() for thread in (*senders, follower))
        venue.kill()
        assert_record_is_sound(venue.record, sent)
        assert seen == venue.record.reports()[: len(seen)]
        assert len(seen) >= orders


def send_all(client: VenueClient, orders: list[NewOrder]) -> None:
    for order in orders:
        until_answered(lambda order=order: client.new_order(order))  # type: ignore[misc]
        assert until_answered(lambda order=order: client.new_order(order)).answer == "duplicate"  # type: ignore[misc]


@pytest.mark.long
def test_a_venue_killed_in_the_middle_of_ticks_fills_as_one_that_never_was(tmp_path: Path) -> None:
    write_ticks(tmp_path / "quotes.csv", tmp_path / "trades.csv", seed=11, seconds=3600)
    dice = random.Random(11)
    limits = [None, "9.90", "9.95", "9.99", "10.00", "10.01", "10.02", "10.05", "10.10"]
    orders = [new_order(100, "5.00", client_order_id=UUID(int=100))]
    orders += [
        new_order(
            dice.randint(1, 30) * 100,
            dice.choice(limits),
            client_order_id=UUID(int=each),
            side=dice.choice(list(Side)),
        )
        for each in range(40)
    ]
    once = fills_through_kills(tmp_path / "once", orders, speed=6000, kills=0)
    often = fills_through_kills(tmp_path / "often", orders, speed=900, kills=2)
    assert often == once
    assert len(once) > len(orders)


def fills_through_kills(
    folder: Path, orders: list[NewOrder], *, speed: int, kills: int
) -> list[tuple[UUID, Decimal, Decimal, datetime]]:
    """What an hour of ticks fills at a venue whose clock stands still until all orders are there."""
    folder.mkdir()
    ticks = ("--quotes", str(folder.parent / "quotes.csv"), "--trades", str(folder.parent / "trades.csv"))
    # An effect of 200 s at most after the arrival spreads the orders over the ticks.
    with VenueProcess(folder, speed=0, options=(*ticks, "--latency-ms", "200000", "--seed", "4")) as venue:
        answers = [venue.client().new_order(order).order for order in orders]
        assert {answer.model for answer in answers} == {"tick"}
        venue.kill()
        venue.speed, venue.since = speed, time.time()
        venue.start()
        for _ in range(kills):
            time.sleep(0.3)
            venue.kill()
            venue.start()
        await_worked(venue.record, OPEN + timedelta(hours=1))
        return [
            (each.client_order_id, each.execution.quantity, each.execution.price, each.execution.market_time)
            for each in venue.record.executions()
        ]


def await_worked(record: VenueRecord, moment: datetime) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        with record._rows("SELECT worked_to FROM tick_books") as rows:
            if any(datetime.fromisoformat(row["worked_to"]) > moment for row in rows):
                return
        assert time.monotonic() < deadline, "the ticks were not worked"
        time.sleep(0.05)


def test_the_client_sees_exactly_the_venues_reports_through_drops_repeats_and_delays(tmp_path: Path) -> None:
    faults = ("--seed", "5", "--delay-ms", "20", "--repeat-share", "0.3", "--drop-share", "0.3")
    with VenueProcess(tmp_path, speed=1000, options=faults) as venue:  # a session takes 23 s
        client = venue.client()
        orders = [new_order(2000, side=side) for side in (Side.BUY, Side.SELL, Side.BUY)]
        for order in orders:
            until_answered(lambda order=order: client.new_order(order))  # type: ignore[misc]
        seen: list[Report] = []
        collect(client, seen, lambda: sum(isinstance(report, Filled) for report in seen) >= 30)
        assert seen == venue.record.reports()
        assert venue.record.open_orders() == []
        assert venue.record.filled_quantities() == {order.client_order_id: Decimal(2000) for order in orders}
        executions = until_answered(lambda: client.executions(orders[0].client_order_id))
        assert sum(execution.quantity for execution in executions) == 2000


def test_a_dropped_answer_leaves_the_effect(tmp_path: Path) -> None:
    with VenueProcess(tmp_path, speed=0, options=("--drop-share", "0.99")) as venue:
        # What is dropped depends on the seed and the request: under a random id one in a hundred got through.
        order = new_order(client_order_id=UUID(int=1))
        with pytest.raises(VenueUnavailable, match="closed"):
            venue.client().new_order(order)
        assert [stored.request for stored in venue.record.open_orders()] == [order]


def test_a_paused_market_fills_nothing_but_decides_cancels(tmp_path: Path) -> None:
    with VenueProcess(tmp_path, speed=0) as venue:
        client, order = venue.client(), new_order()
        client.new_order(order)
        assert client.cancel_order(order.client_order_id).answer == "pending"
        seen: list[Report] = []
        collect(client, seen, lambda: len(seen) == 2)
        assert client.order_status(order.client_order_id).state == "canceled"
        assert seen == venue.record.reports()


def test_a_venue_told_to_stop_ends_cleanly_with_a_subscriber_connected(tmp_path: Path) -> None:
    with VenueProcess(tmp_path, speed=0) as venue:
        reports = venue.client().reports(0)
        assert next(reports) is None
        assert venue.stop() == 0
        with pytest.raises(VenueUnavailable):
            list(reports)
        assert (tmp_path / "log").read_text() == ""


def test_nonsense_is_answered_with_an_error_and_the_venue_goes_on(tmp_path: Path) -> None:
    with VenueProcess(tmp_path, speed=0) as venue:
        address = ("127.0.0.1", venue.port)
        with socket.create_connection(address, PATIENCE_S) as connection, connection.makefile("rb") as lines:
            connection.sendall(b'{"kind":"new_order","request_id":"r1"}\n' + b"\xff\n")
            assert lines.readline().startswith(b'{"request_id":"r1","error":"NewOrder: missing')
            assert lines.readline().startswith(b'{"request_id":null,"error":"not a line of JSON')
            connection.sendall(serialise_request("r2", Executions(new_order().client_order_id)))
            assert lines.readline() == b'{"request_id":"r2","executions":[]}\n'
            connection.sendall(b"x" * 100_000)
            assert b"too long" in lines.readline()
        assert venue.client().new_order(new_order()).answer == "accepted"


def test_the_record_of_a_store_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no venue has kept a record"):
        VenueRecord(tmp_path / "venue.sqlite3")


def test_the_record_cannot_change_the_store(tmp_path: Path) -> None:
    with VenueProcess(tmp_path, speed=0) as venue:
        venue.client().new_order(new_order())
        before = venue.record.reports()
        with (
            pytest.raises(sqlite3.OperationalError, match="readonly"),
            venue.record._rows("DELETE FROM reports"),
        ):
            pass
        assert venue.record.reports() == before
