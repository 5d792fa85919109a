"""The venue's process: the protocol on a TCP port, and the tick that moves its book.

Store, clock, bars and listings are used in one thread of their own, so that neither a disk nor a database
holds up the network, and so that a database library sees no event loop.
"""

import asyncio
import logging
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TypeVar

from execution.session import XNYS, current_or_next_session
from execution.venues.errors import VenueProtocolError
from execution.venues.protocol import (
    ErrorAnswer,
    Heartbeat,
    Request,
    Subscribe,
    parse_request,
    serialise_answer,
)
from execution.venues.protocol.codec import decode_line
from execution.venues.protocol.reports import serialise_heartbeat
from execution.venues.protocol.requests import request_id_of
from execution.venues.simulated.bar_model import DEFAULT_PARTICIPATION
from execution.venues.simulated.book import Book
from execution.venues.simulated.conditions import CALM, Conditions
from execution.venues.simulated.desk import Desk
from execution.venues.simulated.faults import Faults
from execution.venues.simulated.market import Market
from execution.venues.simulated.store import Store

logger = logging.getLogger(__name__)
T = TypeVar("T")

REQUEST_LIMIT_BYTES = 32_768
BATCH_REPORTS = 500
RETRY_S = 1.0


@dataclass(frozen=True, slots=True)
class VenueSettings:
    """How one venue process runs; port 0 takes a free one. `participation` is a share of a bar's volume."""

    store_path: Path
    host: str = "127.0.0.1"
    port: int = 0
    participation: Decimal = DEFAULT_PARTICIPATION
    tick_interval_s: float = 0.02
    heartbeat_interval_s: float = 0.5
    faults: Faults = field(default_factory=Faults)
    conditions: Conditions = CALM


def run(market: Market, settings: VenueSettings, on_listening: Callable[[str, int], None]) -> None:
    """Serve until SIGTERM or SIGINT; `on_listening(host, port)` is called once the port is open.

    Raises StoreInUseError when another venue has the store, OSError when the port is taken.
    """
    asyncio.run(_run(market, settings, on_listening))


async def _run(market: Market, settings: VenueSettings, on_listening: Callable[[str, int], None]) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="venue-store") as thread:
        store = await asyncio.get_running_loop().run_in_executor(thread, Store, settings.store_path)
        try:
            await Server(store, market, settings, thread).serve(stopped, on_listening)
        finally:
            await asyncio.get_running_loop().run_in_executor(thread, store.close)


class Server:
    """Connections of one venue process."""

    def __init__(
        self, store: Store, market: Market, settings: VenueSettings, thread: ThreadPoolExecutor
    ) -> None:
        self._store = store
        self._settings = settings
        self._thread = thread
        self._market = market
        self._desk = Desk(store, market, settings.conditions)
        self._book = Book(store, market, settings.participation, settings.conditions)
        self._last_sequence = 0
        self._news = asyncio.Condition()
        self._connections: set[asyncio.Task[None]] = set()

    async def serve(self, stopped: asyncio.Event, on_listening: Callable[[str, int], None]) -> None:
        """Serve until `stopped` is set, then close every connection."""
        settings = self._settings
        await self._load_calendar()
        server = await asyncio.start_server(
            self._connected, settings.host, settings.port, limit=REQUEST_LIMIT_BYTES
        )
        ticking = asyncio.create_task(self._tick_for_ever())
        on_listening(*server.sockets[0].getsockname()[:2])
        await stopped.wait()
        server.close()
        tasks = [ticking, *self._connections]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _load_calendar(self) -> None:
        """Load this year's sessions, which takes longer than a client may wait for its first answer."""
        try:
            await self._in_thread(lambda: current_or_next_session(self._market.clock(), XNYS))
        except Exception:
            # The clock's source may be away; then the first order waits.
            logger.exception("the calendar could not be loaded in advance")

    async def _tick_for_ever(self) -> None:
        while True:
            try:
                await self._in_thread(self._book.advance)
                await self._in_thread(partial(self._desk.trades.err, self._settings.faults))
            except Exception:
                # The sources may be away for a while (a database restarts); the book is as it was before.
                logger.exception("the venue's book could not be moved on; trying again in %s s", RETRY_S)
                await asyncio.sleep(RETRY_S)
            await asyncio.sleep(self._settings.tick_interval_s)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Do the work in the store's thread, then wake the streams if it added reports."""
        result, last_sequence = await asyncio.get_running_loop().run_in_executor(
            self._thread, lambda: (work(), self._store.last_sequence())
        )
        if last_sequence > self._last_sequence:
            self._last_sequence = last_sequence
            async with self._news:
                self._news.notify_all()
        return result

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversation = asyncio.create_task(self._attend(reader, writer))
        self._connections.add(conversation)
        conversation.add_done_callback(self._connections.discard)

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._converse(reader, writer)
        except ConnectionError as error:
            logger.info("a client went away: %s", error)
        except Exception:
            # No answer: for the client the request's fate is open, as after any broken connection.
            logger.exception("a request could not be worked; its connection is closed")
        finally:
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request after the other; a subscription is the connection's last."""
        while True:
            try:
                line = await reader.readuntil(b"\n")
            except asyncio.IncompleteReadError:
                return
            except asyncio.LimitOverrunError:
                writer.write(serialise_answer(None, ErrorAnswer("the line is too long")))
                await writer.drain()
                return
            request = await self._answer(line, writer)
            if isinstance(request, Subscribe):
                await self._stream(request.after, writer)
                return
            if writer.is_closing():
                return

    async def _answer(self, line: bytes, writer: asyncio.StreamWriter) -> Request | None:
        """Answer a line; the request if there is more to do for it."""
        try:
            request_id, request = parse_request(line)
            answer = await self._in_thread(partial(self._desk.answer, request))
        except VenueProtocolError as error:
            writer.write(serialise_answer(_echo(line), ErrorAnswer(str(error))))
            await writer.drain()
            return None
        if not isinstance(request, Subscribe) and self._settings.faults.answer_is_dropped(repr(request)):
            writer.close()
            return None
        writer.write(serialise_answer(request_id, answer))
        await writer.drain()
        return request

    async def _stream(self, after: int, writer: asyncio.StreamWriter) -> None:
        """Send the reports above `after` for as long as the client listens."""
        while True:
            lines = await self._in_thread(partial(self._store.report_lines, after, BATCH_REPORTS))
            if lines:
                await self._send(lines, writer)
                after = lines[-1][0]
            elif not await self._news_after(after):
                writer.write(serialise_heartbeat(Heartbeat(self._last_sequence)))
                await writer.drain()

    async def _send(self, lines: list[tuple[int, bytes]], writer: asyncio.StreamWriter) -> None:
        read_at = asyncio.get_running_loop().time()
        for sequence, line in lines:
            delay_s, copies = self._settings.faults.report_fate(sequence)
            wait_s = read_at + delay_s - asyncio.get_running_loop().time()
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            writer.write(line * copies)
            await writer.drain()

    async def _news_after(self, sequence: int) -> bool:
        """Wait for a report above `sequence`; False when a heartbeat is due first."""
        async with self._news:
            try:
                async with asyncio.timeout(self._settings.heartbeat_interval_s):
                    await self._news.wait_for(lambda: self._last_sequence > sequence)
            except TimeoutError:
                return False
        return True


def _echo(line: bytes) -> str | None:
    """The id to echo with an error, when it can be read."""
    try:
        return request_id_of(decode_line(line))
    except VenueProtocolError:
        return None
