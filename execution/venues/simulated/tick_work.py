"""Works the ticks of the store's orders under the tick model: reads what came since, and keeps what it led to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from execution.venues.simulated.bar_model import Fill
from execution.venues.simulated.conditions import Conditions, Halt
from execution.venues.simulated.market import Market
from execution.venues.simulated.rows import StoredOrder
from execution.venues.simulated.store import Store
from execution.venues.simulated.tick_book import Traded
from execution.venues.simulated.tick_model import MODEL
from execution.venues.simulated.tick_store import TickStore
from execution.venues.simulated.ticks import Tick


class Effects(Protocol):
    """What the venue's book does to an order, each with its report."""

    def fill(self, order: StoredOrder, fill: Fill, market_time: datetime) -> StoredOrder:
        """Fill it; returns the order as it is then."""
        ...

    def end(self, order: StoredOrder, market_time: datetime) -> None:
        """End what does not rest, or has outlived its session."""
        ...


@dataclass(slots=True)
class NewTicks:
    """The open orders of a symbol and the ticks after `since` that they have not met."""

    symbol: str
    orders: list[StoredOrder]
    since: datetime
    ticks: Sequence[Tick] = field(default_factory=list)


class TickWork:
    """The tick model's part of the venue's book."""

    def __init__(self, store: Store, market: Market, conditions: Conditions) -> None:
        self._store = TickStore(store)
        self._market = market
        self._conditions = conditions

    def news(self, now: datetime) -> list[NewTicks]:
        """What there is to work up to `now`. Raises ValueError where the source gives other ticks than asked for."""
        return [
            news for symbol in self._store.open_symbols() if (news := self._news_of(symbol, now)) is not None
        ]

    def work(self, news: Sequence[NewTicks], now: datetime, effects: Effects) -> None:
        """Let the ticks meet the orders, inside the caller's transaction."""
        for each in news:
            halts = self._halts(each.symbol, each.orders)
            book = self._store.book(each.symbol, each.orders, each.since, halts)
            by_number = {order.number: order for order in each.orders}
            last_place, outcomes = book.last_place, book.advance(each.ticks, now)
            for outcome in outcomes:
                if isinstance(outcome, Traded):
                    fill = outcome.fill
                    by_number[fill.number] = effects.fill(by_number[fill.number], fill, outcome.at)
                else:
                    effects.end(by_number[outcome.number], outcome.at)
            if each.ticks or outcomes or book.last_place != last_place:
                self._store.keep(each.symbol, book)

    def _news_of(self, symbol: str, now: datetime) -> NewTicks | None:
        orders = self._store.open_orders(symbol)
        since = min(order.session_open for order in orders) - datetime.resolution
        worked_to = self._store.worked_to(symbol)
        if worked_to is not None:
            since = max(since, worked_to)
        if now < since:
            return None
        source = self._market.ticks
        if source is None:
            raise ValueError(f"{symbol} has orders under the model {MODEL}, but the venue was given no ticks")
        ticks = source.between(symbol, since, now)
        moments = [since, *(tick.at for tick in ticks), now]
        if moments != sorted(moments) or (ticks and ticks[0].at == since):
            raise ValueError(f"the source of ticks gave others than asked for {symbol}")
        return NewTicks(symbol, orders, since, ticks)

    def _halts(self, symbol: str, orders: Sequence[StoredOrder]) -> list[Halt]:
        sessions = sorted({(order.session_open, order.session_close) for order in orders})
        halts = [self._conditions.halt(symbol, *session) for session in sessions]
        return [halt for halt in halts if halt is not None]
