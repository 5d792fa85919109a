"""What the tick model keeps in the venue's store. For one thread; inside the caller's transactions."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from execution.venues.simulated.conditions import Halt
from execution.venues.simulated.rows import StoredOrder, sortable, time_from
from execution.venues.simulated.store import Store
from execution.venues.simulated.tick_book import TickBook
from execution.venues.simulated.tick_model import MODEL, Display, Level, TickOrder


class TickStore:
    """The books of the store's symbols."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def open_symbols(self) -> list[str]:
        """The symbols with an open order under the model."""
        return self._store.open_symbols(MODEL)

    def open_orders(self, symbol: str) -> list[StoredOrder]:
        """The symbol's open orders under the model, in order of arrival."""
        return self._store.open_orders(symbol, MODEL)

    def worked_to(self, symbol: str) -> datetime | None:
        """Up to when, itself included, the symbol's ticks are worked; no tick up to then is worked again."""
        row = self._find("SELECT worked_to FROM tick_books WHERE symbol = ?", symbol)
        return None if row is None else time_from(row["worked_to"])

    def book(
        self, symbol: str, orders: Sequence[StoredOrder], since: datetime, halts: Sequence[Halt]
    ) -> TickBook:
        """The symbol's book as it was kept last; one that never was begins at `since`."""
        row = self._find("SELECT * FROM tick_books WHERE symbol = ?", symbol)
        return TickBook(
            orders={order.number: self._tick_order(order) for order in orders},
            display=None if row is None else _display(row),
            worked_to=since if row is None else max(time_from(row["worked_to"]), since),
            last_place=0 if row is None else row["last_place"],
            halts=halts,
        )

    def keep(self, symbol: str, book: TickBook) -> None:
        """Keep the book, and where its orders stand."""
        self._write(
            "INSERT OR REPLACE INTO tick_books VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            symbol,
            sortable(book.worked_to),
            book.last_place,
            *_display_values(book.display),
        )
        for order in book.orders.values():
            if order.place > 0:
                self._write(
                    "INSERT OR REPLACE INTO tick_orders VALUES (?, ?, ?, ?)",
                    order.number,
                    order.place,
                    _text(order.queue_ahead),
                    _text(order.clip),
                )

    def _tick_order(self, order: StoredOrder) -> TickOrder:
        if order.lot_size is None:
            raise ValueError(f"order {order.number} is open without a listing")
        request = order.request
        tick_order = TickOrder(
            number=order.number,
            side=request.side,
            time_in_force=request.time_in_force,
            limit_price=request.limit_price,
            display_quantity=request.display_quantity,
            minimum_quantity=request.minimum_quantity if order.cumulative_quantity == 0 else None,
            leaves=order.leaves_quantity,
            effective_at=order.effective_at,
            session_open=order.session_open,
            session_close=order.session_close,
            lot_size=order.lot_size,
        )
        row = self._find("SELECT * FROM tick_orders WHERE number = ?", order.number)
        if row is not None:
            tick_order.place = row["place"]
            tick_order.queue_ahead, tick_order.clip = _decimal(row["queue_ahead"]), _decimal(row["clip"])
        return tick_order

    def _find(self, statement: str, *parameters: object) -> Any:
        return self._store.connection.execute(statement, parameters).fetchone()

    def _write(self, statement: str, *parameters: object) -> None:
        self._store.connection.execute(statement, parameters)


def _display(row: sqlite3.Row) -> Display | None:
    if row["displayed_at"] is None:
        return None
    bid, ask = (
        Level(*(Decimal(row[f"{side}{column}"]) for column in ("", "_size", "_taken")))
        for side in ("bid", "ask")
    )
    return Display(time_from(row["displayed_at"]), bid, ask)


def _display_values(display: Display | None) -> list[str | None]:
    if display is None:
        return [None] * 7
    levels = (display.bid, display.ask)
    numbers = [str(number) for level in levels for number in (level.price, level.size, level.taken)]
    return [sortable(display.at), *numbers]


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
