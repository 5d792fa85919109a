"""`python -m qtweb.demo [--bars FILE]`: exit status 0 only when everything that it claims holds."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path

from execution.market_data.bars import Bar
from execution.market_data.csv_reader import read_bars
from execution.market_data.errors import MarketDataFileError
from qtweb.demo import bars, scenes
from qtweb.demo.errors import DemoError
from qtweb.demo.stage import Stage, replayed_day, set_up
from qtweb.embedded.errors import EmbeddedError
from qtweb.embedded.instance import Instance
from qtweb.embedded.supervisor import Supervisor
from qtweb.universe.catalogue import LIMITS
from qtweb.universe.made_up import made_up_day

_MADE_UP_DATE = date(2024, 3, 4)
_LAST_LINES = 30
_ROUTINE = " INFO "
_INTERRUPTED = 130


def main(arguments: Sequence[str]) -> int:
    """Play the demo and return the exit status; what it started has ended then."""
    file = _parser().parse_args(arguments).bars
    try:
        return _play(file)
    except (MarketDataFileError, OSError, DemoError, EmbeddedError) as error:
        print(f"\nqtweb demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nqtweb demo: interrupted; what it started has ended", file=sys.stderr)
        return _INTERRUPTED


def _play(file: Path | None) -> int:
    began = time.monotonic()
    read = _reader(file)
    # Before anything is started: a file that cannot be used is said at once.
    found = bars.survey(read())
    chosen = bars.choose(found.days, LIMITS["order_notional"])
    print(f"Bars: {file or 'made up, always the same'}\n  {bars.reason(chosen)}", flush=True)
    with Supervisor(Instance.temporary()) as supervisor:
        path = file or bars.written(read(), supervisor.instance.home / "bars.csv")
        day = replayed_day(path, chosen, bars.bars_of(read(), chosen), found.lowest)
        try:
            print(
                "\nSetting up: PostgreSQL, Redis, tables, universe, bars, and the processes of the Procfile"
            )
            stage = set_up(supervisor, day)
            _play_scenes(stage)
        except (DemoError, EmbeddedError):
            _show_log(supervisor.log("processes"))
            raise
    return _verdict(stage, time.monotonic() - began)


def _play_scenes(stage: Stage) -> None:
    for number, scene in enumerate(scenes.ALL, start=1):
        print(f"\n{number}. {scene.TITLE}", flush=True)
        scene.play(stage)


def _verdict(stage: Stage, seconds: float) -> int:
    claims = stage.claims
    if claims.failed:
        print(f"\n{len(claims.failed)} claims do not hold:", *claims.failed, sep="\n  ", file=sys.stderr)
        return 1
    print(f"\nAll {claims.held} claims hold. {seconds:.0f} s; nothing is left running.")
    return 0


def _reader(file: Path | None) -> Callable[[], Iterable[Bar]]:
    return lambda: made_up_day(_MADE_UP_DATE) if file is None else read_bars(file)


def _show_log(log: Path) -> None:
    if log.exists():
        lines = [line for line in log.read_text(errors="replace").splitlines() if _ROUTINE not in line]
        print("\nThe processes said last:", *lines[-_LAST_LINES:], sep="\n  ", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m qtweb.demo", description="The whole way of an order.")
    parser.add_argument("--bars", type=Path, help="CSV: symbol,date,time,open,high,low,close,volume")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
