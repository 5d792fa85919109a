"""A venue in this process, with a market whose clock the test moves."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from execution.market_data.bars import Bar
from execution.venues.protocol import NewOrder, Report, parse_report
from execution.venues.simulated.bar_model import DEFAULT_PARTICIPATION
from execution.venues.simulated.book import Book
from execution.venues.simulated.conditions import CALM, Conditions
from execution.venues.simulated.desk import Desk
from execution.venues.simulated.market import Listing, Market
from execution.venues.simulated.store import Store
from execution.venues.simulated.ticks import TickSource
from orders.terms import OrderType, Side, TimeInForce

OPEN = datetime(2013, 10, 4, 13, 30, tzinfo=UTC)


def flat_bar(start: datetime, price: str = "10.00", volume: int = 1000, symbol: str = "SPY") -> Bar:
    return Bar(symbol, start, *[Decimal(price)] * 4, Decimal(volume))


def new_order(quantity: int = 500, limit_price: str | None = None, **terms: object) -> NewOrder:
    defaults: dict[str, object] = {
        "client_order_id": uuid4(),
        "symbol": "SPY",
        "side": Side.BUY,
        "type": OrderType.MARKET if limit_price is None else OrderType.LIMIT,
        "time_in_force": TimeInForce.DAY,
        "quantity": Decimal(quantity),
        "limit_price": None if limit_price is None else Decimal(limit_price),
        "display_quantity": None,
        "minimum_quantity": None,
    }
    return NewOrder(**{**defaults, **terms})  # type: ignore[arg-type]


@dataclass
class Venue:
    """The parts of one venue process on a store, and the market they see."""

    path: Path
    now: datetime = OPEN
    bars: list[Bar] = field(
        default_factory=lambda: [flat_bar(OPEN + timedelta(minutes=m)) for m in range(390)]
    )
    ticks: TickSource | None = None
    conditions: Conditions = CALM

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        self.store = Store(self.path)
        market = Market(lambda: self.now, self.bars_between, self.listing, self.ticks)
        self.desk = Desk(self.store, market, self.conditions)
        self.book = Book(self.store, market, DEFAULT_PARTICIPATION, self.conditions)

    def restart(self) -> None:
        self.store.close()
        self.start()

    def bars_between(self, symbol: str, after: datetime, until: datetime) -> list[Bar]:
        return [bar for bar in self.bars if bar.symbol == symbol and after < bar.start <= until]

    def listing(self, symbol: str) -> Listing | None:
        return Listing(Decimal("0.01"), Decimal(1), "XNYS") if symbol in {"SPY", "IBM"} else None

    def at(self, clock: str) -> None:
        """Market time moves to HH:MM:SS UTC of the day, and the venue's tick comes."""
        self.now = datetime.combine(self.now.date(), time.fromisoformat(clock), UTC)
        self.book.advance()

    def reports(self) -> list[Report]:
        return [parse_report(line) for _, line in self.store.report_lines(0, 10_000)]

    def told(self, client_order_id: UUID) -> list[Report]:
        """The reports on one order, the accepted one left out."""
        return [report for report in self.reports() if report.client_order_id == client_order_id][1:]


@pytest.fixture
def venue(tmp_path: Path) -> Iterator[Venue]:
    venue = Venue(tmp_path / "venue.sqlite3")
    yield venue
    venue.store.close()
