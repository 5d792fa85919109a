import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from uuid import UUID, uuid4

import pytest

from execution.venues.client import VenueClient
from execution.venues.errors import VenueProtocolError, VenueUnavailable
from execution.venues.protocol import (
    Accepted,
    Heartbeat,
    NewOrder,
    SubscribeAnswer,
    parse_request,
    serialise_answer,
)
from execution.venues.protocol.reports import serialise_heartbeat, serialise_report
from orders.terms import OrderType, Side, TimeInForce
from tests.ports import reserved_port

PATIENCE_S = 60
ID = UUID("0198c0de-0000-7000-8000-000000000001")
Script = Callable[[socket.socket, bytes], None]


@contextmanager
def scripted_venue(*scripts: Script) -> Iterator[tuple[str, int]]:
    """A venue that plays one script per connection, then refuses connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def play() -> None:
            for script in scripts:
                connection, _ = server.accept()
                with connection, connection.makefile("rb") as lines:
                    script(connection, lines.readline())

        player = threading.Thread(target=play)
        player.start()
        yield server.getsockname()
        player.join(PATIENCE_S)
        assert not player.is_alive()


def stream(expected_after: int, *lines: bytes) -> Script:
    def play(connection: socket.socket, line: bytes) -> None:
        request_id, request = parse_request(line)
        assert request.after == expected_after  # type: ignore[union-attr]
        connection.sendall(serialise_answer(request_id, SubscribeAnswer(99)))
        connection.sendall(b"".join(lines))
        connection.settimeout(PATIENCE_S)
        connection.recv(1)

    return play


def report(sequence: int) -> bytes:
    return serialise_report(Accepted(sequence, ID, "ab-O1", datetime(2013, 10, 4, 14, tzinfo=UTC), "bar"))


def heartbeat(sequence: int) -> bytes:
    return serialise_heartbeat(Heartbeat(sequence))


def sequences(client: VenueClient, after: int, count: int) -> list[int]:
    reports = client.reports(after)
    found = list(islice((report.sequence for report in reports if report is not None), count))
    reports.close()  # type: ignore[attr-defined]
    return found


def test_what_is_there_comes_in_one_batch_and_what_follows_garbage_does_not() -> None:
    with scripted_venue(
        stream(0, report(1), report(1), report(2), heartbeat(2), b"garbage\n", report(3))
    ) as address:
        batches = VenueClient(*address, timeout_s=PATIENCE_S).report_batches(0)
        found = [each.sequence for each in next(batches)]
        while len(found) < 2:  # the network may have cut it in two
            found += [each.sequence for each in next(batches)]
        assert found == [1, 2]
        with pytest.raises(VenueProtocolError):
            while True:
                assert next(batches) == []


def test_a_gap_makes_the_client_subscribe_again_after_the_last_report_it_has() -> None:
    first, second = stream(0, report(1), report(2), report(4)), stream(2, report(3), report(4))
    with scripted_venue(first, second) as address:
        assert sequences(VenueClient(*address, timeout_s=PATIENCE_S), 0, 4) == [1, 2, 3, 4]


def test_repeats_are_passed_over() -> None:
    with scripted_venue(
        stream(4, report(5), report(5), report(4), report(6), report(6), report(7))
    ) as address:
        assert sequences(VenueClient(*address, timeout_s=PATIENCE_S), 4, 3) == [5, 6, 7]


def test_a_heartbeat_shows_a_loss_at_the_end_of_the_stream() -> None:
    with scripted_venue(stream(0, report(1), heartbeat(2)), stream(1, report(2))) as address:
        assert sequences(VenueClient(*address, timeout_s=PATIENCE_S), 0, 2) == [1, 2]


def test_an_idle_stream_gives_the_caller_a_turn() -> None:
    with scripted_venue(stream(0, report(1), heartbeat(1))) as address:
        reports = VenueClient(*address, timeout_s=PATIENCE_S).reports(0, idle_s=0.05)
        first = next(reports)
        assert first is not None
        assert first.sequence == 1
        assert [next(reports), next(reports), next(reports)] == [None, None, None]
        reports.close()  # type: ignore[attr-defined]


def test_a_silent_stream_is_given_up() -> None:
    with (
        scripted_venue(stream(0, report(1))) as address,
        pytest.raises(VenueUnavailable, match="nothing heard"),
    ):
        sequences(VenueClient(*address, timeout_s=3), 0, 2)


def test_a_line_that_breaks_the_protocol_is_raised() -> None:
    with scripted_venue(stream(0, b"what?\n")) as address, pytest.raises(VenueProtocolError):
        sequences(VenueClient(*address, timeout_s=PATIENCE_S), 0, 1)


def test_no_answer_in_time_says_nothing_about_the_order() -> None:
    def silence(connection: socket.socket, _: bytes) -> None:
        connection.settimeout(PATIENCE_S)
        connection.recv(1)

    with scripted_venue(silence) as address, pytest.raises(VenueUnavailable, match="no answer"):
        VenueClient(*address, timeout_s=0.2).order_status(uuid4())


def test_a_connection_closed_before_the_answer_says_nothing_about_the_order() -> None:
    with (
        scripted_venue(lambda connection, _: None) as address,
        pytest.raises(VenueUnavailable, match="closed"),
    ):
        VenueClient(*address, timeout_s=PATIENCE_S).order_status(uuid4())


def test_an_answer_cut_short_says_nothing_about_the_order() -> None:
    with (
        scripted_venue(lambda connection, _: connection.sendall(b'{"request_id"')) as address,
        pytest.raises(VenueUnavailable, match="closed"),
    ):
        VenueClient(*address, timeout_s=PATIENCE_S).cancel_order(uuid4())


def test_a_venue_that_is_not_there_is_unavailable() -> None:
    with reserved_port() as nobody_listens:
        client = VenueClient("127.0.0.1", nobody_listens, timeout_s=PATIENCE_S)
        with pytest.raises(VenueUnavailable, match="not reached"):
            client.order_status(uuid4())
        with pytest.raises(VenueUnavailable, match="not reached"):
            next(client.reports(0))


def test_a_call_that_is_connected_to_itself_has_not_reached_the_venue(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    itself = socket.socket()
    itself.bind(("127.0.0.1", 0))
    itself.connect(itself.getsockname())
    monkeypatch.setattr(socket, "create_connection", lambda *_: itself)

    with pytest.raises(VenueUnavailable, match="came back"):
        VenueClient(*itself.getsockname(), timeout_s=PATIENCE_S).order_status(uuid4())


def test_a_venue_that_is_killed_as_soon_as_it_is_reached_is_unavailable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    peerless = socket.socket()  # as after a reset: connected a moment ago, and now to nobody
    monkeypatch.setattr(socket, "create_connection", lambda *_: peerless)

    with pytest.raises(VenueUnavailable, match="not reached"):
        VenueClient("127.0.0.1", 1, timeout_s=PATIENCE_S).order_status(uuid4())
    assert peerless.fileno() == -1, "it was let go of"


def test_a_request_that_was_held_up_past_its_deadline_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who stood still between being allowed to send and sending may have lost what allowed it."""
    order = NewOrder(
        client_order_id=ID,
        symbol="SPY",
        side=Side.BUY,
        type=OrderType.MARKET,
        time_in_force=TimeInForce.DAY,
        quantity=Decimal(1),
        limit_price=None,
        display_quantity=None,
        minimum_quantity=None,
    )
    heard: list[bytes] = []

    def held_up(write: Callable[[], None]) -> None:
        late = time.monotonic() + 2 * PATIENCE_S
        with monkeypatch.context() as stood_still:
            stood_still.setattr("execution.venues.client.time.monotonic", lambda: late)
            write()

    with (
        scripted_venue(lambda _connection, line: heard.append(line)) as address,
        pytest.raises(VenueUnavailable, match="was not sent"),
    ):
        VenueClient(*address, timeout_s=PATIENCE_S).new_order(order, held_up)

    assert heard == [b""]
