"""The venue without Django: python -m execution.venues.simulated --bars FILE --store FILE --start MOMENT.

For process tests, and for whoever writes a client of the protocol. Market time runs from --start, --speed
times as fast as real time, since --since; with the same --since a restarted venue finds time moved on.
Sessions of which --quotes and --trades have ticks are filled by the tick model, all others by the bar model.
"""

import argparse
import logging
import sys
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from execution.market_data.bars import Bar
from execution.market_data.csv_reader import read_bars
from execution.session import XNYS
from execution.venues.simulated.bar_model import DEFAULT_PARTICIPATION
from execution.venues.simulated.conditions import Conditions
from execution.venues.simulated.faults import Faults
from execution.venues.simulated.market import Listing, Market
from execution.venues.simulated.server import VenueSettings, run
from execution.venues.simulated.tick_files import held_ticks
from orders.kernel.clock import MarketClock, recorded_now


def main(arguments: list[str]) -> None:
    """Run the venue until SIGTERM or SIGINT; prints `listening HOST PORT` when it can be reached."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if (options.quotes is None) != (options.trades is None):
        parser.error("ticks are quotes and prints: give --quotes and --trades, or neither")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    clock = MarketClock(options.start, options.since, options.speed, paused=options.speed == 0)
    symbols = held_bars(read_bars(options.bars))
    listing = Listing(options.tick, options.lot, options.mic)
    market = Market(
        clock=lambda: clock.at(recorded_now()),
        bars=lambda symbol, after, until: symbols[symbol](after, until),
        listing=lambda symbol: listing if symbol in symbols else None,
        ticks=None if options.quotes is None else held_ticks(options.quotes, options.trades),
    )
    faults = Faults(
        options.seed,
        options.delay_ms,
        options.repeat_share,
        options.drop_share,
        options.bust_share,
        options.correct_share,
    )
    settings = VenueSettings(
        store_path=options.store,
        port=options.port,
        participation=options.participation,
        faults=faults,
        conditions=_conditions(options),
    )
    run(market, settings, lambda host, port: print(f"listening {host} {port}", flush=True))  # noqa: T201


def _conditions(options: argparse.Namespace) -> Conditions:
    return Conditions(
        seed=options.seed,
        latency_ms=options.latency_ms,
        reject_share=options.reject_share,
        halt_share=options.halt_share,
        halt_minutes=options.halt_minutes,
        spread_bps=options.spread_bps,
        impact_bps=options.impact_bps,
    )


def held_bars(bars: Iterable[Bar]) -> dict[str, Callable[[datetime, datetime], Sequence[Bar]]]:
    """Per symbol, a function that finds the bars with after < start <= until among bars held in memory."""
    by_symbol: defaultdict[str, list[Bar]] = defaultdict(list)
    for bar in sorted(bars, key=lambda bar: bar.start):
        by_symbol[bar.symbol].append(bar)
    return {symbol: _finder(found) for symbol, found in by_symbol.items()}


def _finder(bars: list[Bar]) -> Callable[[datetime, datetime], Sequence[Bar]]:
    starts = [bar.start for bar in bars]
    return lambda after, until: bars[bisect_right(starts, after) : bisect_right(starts, until)]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m execution.venues.simulated", description=__doc__)
    add = parser.add_argument
    add("--bars", type=Path, required=True, help="CSV of minute bars")
    add("--store", type=Path, required=True, help="the venue's SQLite file")
    add("--port", type=int, default=0, help="0 takes a free one")
    add("--start", type=datetime.fromisoformat, required=True, help="market time, with offset")
    add("--since", type=_wall, default=recorded_now(), help="real time of --start, Unix seconds")
    add("--speed", type=Decimal, default=Decimal(1), help="0 stands still")
    add("--tick", type=Decimal, default=Decimal("0.01"), help="price step of every symbol")
    add("--lot", type=Decimal, default=Decimal(1), help="quantity step of every symbol, shares")
    add("--mic", default=XNYS, help="whose sessions every symbol keeps")
    add("--participation", type=Decimal, default=DEFAULT_PARTICIPATION)
    add("--quotes", type=Path, help="CSV of best quotes with their sizes")
    add("--trades", type=Path, help="CSV of prints")
    _add_conditions(parser)
    add("--seed", type=int, default=0, help="of all that is drawn by lot")
    add("--delay-ms", type=int, default=0, help="reports are up to this late")
    add("--repeat-share", type=float, default=0.0, help="of reports sent twice")
    add("--drop-share", type=float, default=0.0, help="of reports and answers lost")
    add("--bust-share", type=float, default=0.0, help="of executions taken back")
    add("--correct-share", type=float, default=0.0, help="of executions corrected")
    return parser


def _add_conditions(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--latency-ms", type=int, default=0, help="market time until an order takes effect, at most")
    add("--reject-share", type=float, default=0.0, help="of orders refused with venue_error")
    add("--halt-share", type=float, default=0.0, help="of a symbol's sessions that have a halt")
    add("--halt-minutes", type=int, default=5)
    add("--spread-bps", type=Decimal, default=Decimal(0), help="of the bar model, an order pays half")
    add("--impact-bps", type=Decimal, default=Decimal(0), help="of the bar model, for a whole bar's volume")


def _wall(text: str) -> datetime:
    return datetime.fromtimestamp(float(text), UTC)


if __name__ == "__main__":
    main(sys.argv[1:])
