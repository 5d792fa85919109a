"""The client of the venue's protocol: blocking sockets and the standard library.

Every request has a connection and a deadline of its own, so a client may be shared by threads and survives a
fork. `VenueUnavailable` says nothing about the order's fate; `VenueProtocolError` says that asking again will
not help.
"""

import socket
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from uuid import UUID

from execution.venues.errors import VenueNotReached, VenueProtocolError, VenueUnavailable
from execution.venues.protocol import (
    CancelAnswer,
    CancelOrder,
    CancelTrade,
    CorrectTrade,
    Execution,
    Executions,
    ExecutionsAnswer,
    Heartbeat,
    MassCancel,
    MassCancelAnswer,
    MassStatus,
    MassStatusAnswer,
    NewOrder,
    NewOrderAnswer,
    NewOrders,
    NewOrdersAnswer,
    OrderStatus,
    OrderStatusAnswer,
    OrderStatusQuery,
    Report,
    Request,
    Subscribe,
    SubscribeAnswer,
    TradeChange,
    TradeChangeAnswer,
    parse_answer,
    parse_stream_line,
    serialise_request,
)
from execution.venues.protocol.answers import A

_LINE_LIMIT_BYTES = 4_194_304
_READ_BYTES = 65_536
_BATCH_LINES = 200

Sending = Callable[[Callable[[], None]], None]


def at_once(write: Callable[[], None]) -> None:
    """Write a request as soon as the venue is reached."""
    write()


class VenueClient:
    """Speaks to the venue at host and port.

    `timeout_s` bounds a request from connecting to its answer, and the silence after which a stream is held
    to be dead; it must be longer than the venue's heartbeat interval (0.5 s).
    """

    def __init__(self, host: str, port: int, timeout_s: float) -> None:
        self._address = (host, port)
        self._timeout_s = timeout_s

    def new_order(self, order: NewOrder, send: Sending = at_once) -> NewOrderAnswer:
        """Send an order; the same id again has no effect. Raises VenueUnavailable, VenueProtocolError.

        `send` is given what writes the request once the venue is reached, and decides whether it is written: what it
        raises comes out of here, with nothing sent. The answer is awaited after it.
        """
        return self._ask(order, NewOrderAnswer, send)

    def new_orders(self, orders: Sequence[NewOrder], send: Sending = at_once) -> tuple[NewOrderAnswer, ...]:
        """Send up to 50 orders by one request, each as `new_order` does; the answers are in their order.

        One that the venue refuses or knows already has no effect on the others. Raises as `new_order`.
        """
        return self._ask(NewOrders(tuple(orders)), NewOrdersAnswer, send).answers

    def cancel_order(self, client_order_id: UUID) -> CancelAnswer:
        """Cancel an order, or void its id. Raises VenueUnavailable, VenueProtocolError."""
        return self._ask(CancelOrder(client_order_id), CancelAnswer)

    def mass_cancel(self, client_order_ids: Sequence[UUID]) -> tuple[CancelAnswer, ...]:
        """Cancel up to 500 orders, or void their ids, by one request; the answers are in the order of the ids.

        Raises VenueUnavailable, VenueProtocolError.
        """
        return self._ask(MassCancel(tuple(client_order_ids)), MassCancelAnswer).answers

    def order_status(self, client_order_id: UUID) -> OrderStatus:
        """What the venue holds under the id. Raises VenueUnavailable, VenueProtocolError."""
        return self._ask(OrderStatusQuery(client_order_id), OrderStatusAnswer).order

    def executions(self, client_order_id: UUID) -> tuple[Execution, ...]:
        """The order's fills, oldest first. Raises VenueUnavailable, VenueProtocolError."""
        return self._ask(Executions(client_order_id), ExecutionsAnswer).executions

    def mass_status(self, client_order_ids: Sequence[UUID]) -> MassStatusAnswer:
        """All that the venue holds of up to 50 orders. Raises VenueUnavailable, VenueProtocolError."""
        return self._ask(MassStatus(tuple(client_order_ids)), MassStatusAnswer)

    def change_trade(self, request: CancelTrade | CorrectTrade) -> TradeChange:
        """Take back or correct an execution, as the venue's own desk. Raises VenueUnavailable, VenueProtocolError."""
        return self._ask(request, TradeChangeAnswer).trade_change

    def reports(self, after: int, idle_s: float = 0.2) -> Iterator[Report | None]:
        """The reports of `report_batches` one by one, None in place of a batch without any."""
        for batch in self.report_batches(after, idle_s):
            if batch:
                yield from batch
            else:
                yield None

    def report_batches(self, after: int, idle_s: float = 0.2) -> Iterator[list[Report]]:
        """The reports with a sequence above `after`, each once, in order, without end: as many as are there at a time.

        A batch without any comes after `idle_s` without a report, and on a heartbeat, so that the caller can do other
        work. A gap is mended here by subscribing again; repeats are dropped. Raises VenueUnavailable when the venue
        cannot be reached or is silent for the client's timeout: call again with the last sequence held.
        """
        while True:
            with closing(_Connection(self._address, self._timeout_s)) as connection:
                self._request(connection, Subscribe(after), SubscribeAnswer)
                for batch in self._until_gap(connection, after, idle_s):
                    after = batch[-1].sequence if batch else after
                    yield batch

    def _until_gap(self, connection: "_Connection", after: int, idle_s: float) -> Iterator[list[Report]]:
        """Yield batches of reports in sequence until one is missing."""
        heard_at = time.monotonic()
        while True:
            line = connection.read_line(time.monotonic() + idle_s)
            if line is None:
                if time.monotonic() - heard_at > self._timeout_s:
                    raise VenueUnavailable(f"nothing heard from the venue for {self._timeout_s} s")
                yield []
                continue
            batch = _Batch(after)
            try:
                batch.take(line, *connection.lines_there(_BATCH_LINES))
            except VenueProtocolError:
                yield batch.reports
                raise
            yield batch.reports
            if batch.is_cut:
                return
            after += len(batch.reports)
            # What the caller does with reports is no silence of the venue's.
            heard_at = time.monotonic()

    def _ask(self, request: Request, shape: type[A], send: Sending = at_once) -> A:
        with closing(_Connection(self._address, self._timeout_s)) as connection:
            return self._request(connection, request, shape, send)

    def _request(
        self, connection: "_Connection", request: Request, shape: type[A], send: Sending = at_once
    ) -> A:
        request_id = uuid.uuid4().hex
        request_line = serialise_request(request_id, request)
        send(lambda: connection.send(request_line))
        line = connection.read_line(connection.deadline)
        if line is None:
            raise VenueUnavailable(f"no answer within {self._timeout_s} s")
        return parse_answer(line, request_id, shape)


class _Batch:
    """The `reports` that follow each other after a sequence; `is_cut` once one is missing."""

    def __init__(self, after: int) -> None:
        self._after = after
        self.reports: list[Report] = []
        self.is_cut = False

    def take(self, *lines: bytes) -> None:
        """Take lines of the stream until one is missing. Raises VenueProtocolError, and has what came before."""
        for line in lines:
            message = parse_stream_line(line)
            last = self._after + len(self.reports)
            if isinstance(message, Heartbeat):
                self.is_cut = message.last_sequence > last
            elif message.sequence == last + 1:
                self.reports.append(message)
            else:
                self.is_cut = message.sequence > last
            if self.is_cut:
                return


class _Connection:
    """A socket that speaks lines; every OSError becomes VenueUnavailable."""

    def __init__(self, address: tuple[str, int], timeout_s: float) -> None:
        self.deadline = time.monotonic() + timeout_s
        self._unread = bytearray()
        self._socket = _connected(address, timeout_s)

    def close(self) -> None:
        """Let go of the socket."""
        self._socket.close()

    def send(self, line: bytes) -> None:
        """Send all of it before the deadline of the connection, or nothing after it.

        Whoever was held up for longer may not rely any more on what allowed the request to be sent.
        """
        left_s = self.deadline - time.monotonic()
        if left_s <= 0:
            raise VenueUnavailable("the request was held up until its time was over, and was not sent")
        try:
            self._socket.settimeout(left_s)
            self._socket.sendall(line)
        except OSError as error:
            raise VenueUnavailable(f"the request may not have reached the venue: {error}") from error

    def read_line(self, deadline: float) -> bytes | None:
        """The next line, or None when none came by `deadline` (time.monotonic)."""
        while (end := self._unread.find(b"\n")) < 0:
            if len(self._unread) > _LINE_LIMIT_BYTES:
                raise VenueProtocolError("the venue's line is too long")
            try:
                self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
                received = self._socket.recv(_READ_BYTES)
            except TimeoutError:
                return None
            except OSError as error:
                raise VenueUnavailable(f"the connection to the venue broke: {error}") from error
            if not received:
                raise VenueUnavailable("the venue closed the connection")
            self._unread += received
        return self._taken(end)

    def lines_there(self, most: int) -> Iterator[bytes]:
        """The lines that were read already, up to `most`: nothing is waited for."""
        for _ in range(most):
            end = self._unread.find(b"\n")
            if end < 0:
                return
            yield self._taken(end)

    def _taken(self, end: int) -> bytes:
        line = bytes(self._unread[: end + 1])
        del self._unread[: end + 1]
        return line


def _connected(address: tuple[str, int], timeout_s: float) -> socket.socket:
    """Return a socket to the venue. Raises VenueNotReached, also where the venue is gone as soon as it was reached."""
    host, port = address
    try:
        connected = socket.create_connection(address, timeout_s)
        try:
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if connected.getsockname() == connected.getpeername():
                # A port where nobody listens may be the one that the call goes out from (RFC 9293, 3.5).
                raise ConnectionError("the call came back")
        except OSError:
            connected.close()
            raise
    except OSError as error:
        raise VenueNotReached(f"the venue at {host}:{port} is not reached: {error}") from error
    return connected
