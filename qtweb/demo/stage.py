"""The stage: an instance with the universe, a day of bars and every process of the Procfile."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from execution.market_data.bars import Bar
from orders.kernel.clock import MarketClock
from qtweb.demo.bars import SymbolDay
from qtweb.demo.claims import Claims, eventually
from qtweb.demo.client import Client
from qtweb.demo.timetable import SCENES_SPEED, Timetable, timetable_of
from qtweb.embedded.supervisor import Supervisor
from qtweb.universe.catalogue import (
    ACCOUNTS,
    AUDITOR,
    CASH_DESK,
    CASH_TRADER,
    COMPLIANCE_OFFICER,
    LISTINGS,
    OPERATOR,
    PROGRAM_TRADER,
)
from qtweb.universe.symbols import stand_in_tick

_STARTING_S = 60.0
_SCOPES = ("--scope=read", "--scope=trade", "--scope=audit", "--scope=propose", "--scope=approve")
"""What the scenes do by the API."""
_TICK_SIZES = {listing.symbol: listing.tick_size for listing in LISTINGS}


@dataclass(frozen=True, slots=True)
class Day:
    """What is replayed: `file` with all bars, of which `bars` are the chosen symbol's and day's, oldest first.

    `added_ticks` are the symbols of the file that the universe does not know, with the ticks they get.
    """

    file: Path
    symbol: str
    bars: Sequence[Bar]
    tick_size: Decimal
    added_ticks: Mapping[str, Decimal]
    timetable: Timetable

    def last_price(self, moment: datetime) -> Decimal:
        """The close of the last bar that had ended, in the instrument's currency: an order's arrival price."""
        return [bar for bar in self.bars if bar.end <= moment][-1].close


@dataclass(slots=True)
class Stage:
    """What the scenes act on. `account` belongs to the trader's desk, not to the stranger's."""

    supervisor: Supervisor
    day: Day
    trader: Client
    stranger: Client
    auditor: Client
    operator: Client
    officer: Client
    account: str
    clock: MarketClock
    claims: Claims = field(default_factory=Claims)

    def market_now(self) -> datetime:
        """Market time, as every process computes it from the clock that was set last."""
        return self.clock.at(datetime.now(UTC))

    def run_market(self, speed: int) -> None:
        """Let market time go on from where it stands, `speed` times as fast as real time."""
        self.clock = _clock(self.supervisor.manage("set_market_clock", "--speed", str(speed)))


def replayed_day(file: Path, chosen: SymbolDay, bars: Sequence[Bar], lowest: Mapping[str, Decimal]) -> Day:
    """Return the day that was chosen, with its bars and the file that holds them; `lowest` are prices by symbol."""
    added = {symbol: stand_in_tick(low) for symbol, low in lowest.items() if symbol not in _TICK_SIZES}
    return Day(
        file, chosen.symbol, bars, {**_TICK_SIZES, **added}[chosen.symbol], added, timetable_of(chosen.day)
    )


def set_up(supervisor: Supervisor, day: Day) -> Stage:
    """Fill the instance, start every process and return when the site is ready. Raises EmbeddedError, DemoError."""
    began = time.monotonic()
    supervisor.migrate()
    supervisor.start()
    symbols = [f"{symbol}={tick}" for symbol, tick in day.added_ticks.items()]
    supervisor.manage("seed_universe", "--api-only", *symbols)
    loaded = supervisor.manage("load_bars", str(day.file.resolve()))
    clock = supervisor.manage(
        "set_market_clock", day.timetable.first_order.isoformat(), "--speed", str(SCENES_SPEED)
    )
    people = (CASH_TRADER, PROGRAM_TRADER, AUDITOR, OPERATOR, COMPLIANCE_OFFICER)
    trader, stranger, auditor, operator, officer = (_client(supervisor, username) for username in people)
    eventually("the site is ready", supervisor.is_healthy, bool, patience_s=_STARTING_S)
    print(f"  {loaded.strip()}")
    if day.added_ticks:
        print(f"  not in the universe, registered with stand-in ISINs: {', '.join(sorted(day.added_ticks))}")
    print(f"  ready after {time.monotonic() - began:.0f} s at {supervisor.instance.web_url}", flush=True)
    account = ACCOUNTS[CASH_DESK][0]
    return Stage(supervisor, day, trader, stranger, auditor, operator, officer, account, _clock(clock))


def _client(supervisor: Supervisor, username: str) -> Client:
    token = supervisor.manage("create_token", username, *_SCOPES).split()[-1]
    return Client(supervisor.instance.web_port, token)


def _clock(printed: str) -> MarketClock:
    values = json.loads(printed.splitlines()[-1])
    return MarketClock(
        anchor=datetime.fromisoformat(values["anchor"]),
        wall_anchor=datetime.fromisoformat(values["wall_anchor"]),
        speed=Decimal(values["speed"]),
    )
