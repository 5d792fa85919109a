"""A venue as a real process on a file of bars, to be killed and started again."""

import random
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from execution.venues.client import VenueClient
from execution.venues.simulated.record import VenueRecord
from tests.execution.venues.conftest import OPEN
from tests.ports import reserved_port

PATIENCE_S = 120.0


def write_bars(path: Path, volume: int = 1000) -> None:
    rows = ["symbol,date,time,open,high,low,close,volume"]
    for minute in range(390):
        clock = (OPEN + timedelta(minutes=minute - 240)).time()
        rows += [f"{symbol},2013-10-04,{clock},10,10.04,9.96,10,{volume}" for symbol in ("SPY", "IBM")]
    path.write_text("\n".join(rows) + "\n")


def write_ticks(quotes: Path, trades: Path, *, seed: int, seconds: int) -> None:
    """Ticks of SPY from the open on, the same for the same seed: a quote and a print a second, a walk by cents."""
    dice = random.Random(seed)
    quoted, traded = ["symbol,time,bid,ask,bid_size,ask_size"], ["symbol,time,price,size,condition"]
    bid = 1000
    for second in range(seconds):
        moment = (OPEN + timedelta(seconds=second)).isoformat()
        bid += dice.choice([-1, 0, 0, 0, 0, 0, 1])
        sizes = f"{dice.randint(1, 9)}00,{dice.randint(1, 9)}00"
        quoted.append(f"SPY,{moment},{bid / 100:.2f},{(bid + 1) / 100:.2f},{sizes}")
        traded.append(f"SPY,{moment},{(bid + dice.choice([0, 1])) / 100:.2f},{dice.randint(1, 40)}0,")
    quotes.write_text("\n".join(quoted) + "\n")
    trades.write_text("\n".join(traded) + "\n")


@dataclass
class VenueProcess:
    folder: Path
    speed: int = 1
    options: tuple[str, ...] = ()
    held: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self.since = time.time()
        self.port = self.held.enter_context(reserved_port())
        self.store_path = self.folder / "venue.sqlite3"
        write_bars(self.folder / "bars.csv")
        self.start()

    def start(self) -> None:
        """Start, on the same port and with market time moved on if it ran before."""
        command = [sys.executable, "-m", "execution.venues.simulated"]
        command += ["--bars", str(self.folder / "bars.csv"), "--store", str(self.store_path)]
        command += ["--start", OPEN.isoformat(), "--since", str(self.since), "--speed", str(self.speed)]
        command += ["--port", str(self.port), *self.options]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("listening "), (self.folder / "log").read_text()

    def kill(self) -> None:
        self.process.kill()
        self.await_end()

    def stop(self) -> int:
        self.process.terminate()
        return self.await_end()

    def await_end(self) -> int:
        assert self.process.stdout is not None
        code = self.process.wait(PATIENCE_S)
        self.process.stdout.close()
        return code

    def client(self, timeout_s: float = PATIENCE_S) -> VenueClient:
        return VenueClient("127.0.0.1", self.port, timeout_s)

    @property
    def record(self) -> VenueRecord:
        return VenueRecord(self.store_path)

    def __enter__(self) -> "VenueProcess":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.kill()
        self.held.close()
