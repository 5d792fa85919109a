"""Trading expects of a day what the backtest does: by days of its own, by pooled ones, by the published U."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from execution.algorithms import Market
from execution.backtest.days import Archive, Day, days_of
from execution.market_data.bars import Bar
from execution.market_data.generator import trading_day
from execution.market_data.usual_day import PUBLISHED_DAY, CurveSource
from execution.market_data.volume import NO_VOLUME
from execution.markets import markets
from execution.services.market_data import load_bars
from execution.session import session_on
from orders import services
from orders.models import Instrument
from tests.world import SETUP, World

OCTOBER = [date(2013, 10, day) for day in (7, 8, 9, 10)]
FRIDAY = date(2013, 10, 11)


def made(symbol: str, days: Iterable[date]) -> list[Bar]:
    cent = Decimal("0.01")
    return [
        bar
        for day in days
        for bar in trading_day(
            symbol, day, seed=7, open_price=Decimal(50), tick_size=cent, day_volume=50_000 + 1_000 * day.day
        )
    ]


def listed(symbol: str, isin: str, mic: str) -> Instrument:
    terms = {"currency": "USD", "tick_size": Decimal("0.01"), "lot_size": Decimal(1)}
    return services.register_instrument(actor=SETUP, symbol=symbol, isin=isin, mic=mic, **terms)


def comparable(market: Market) -> Market:
    """Nothing has been traded at the open; two objects that say so are not equal."""
    assert not market.minutes
    return replace(market, traded=NO_VOLUME)


def known_live(*instruments: Instrument) -> list[Market]:
    session = session_on(FRIDAY, "ARCX")
    assert session is not None
    mics = {instrument.pk: instrument.mic for instrument in instruments}
    known = markets(mics, market_time=session.open, with_curve=list(mics))
    return [comparable(known[instrument.pk]) for instrument in instruments]


def known_in_backtest(bars: Iterable[Bar], *symbols: str) -> list[Market]:
    session, archive = session_on(FRIDAY, "XNYS"), Archive(days_of(bars)[0])
    assert session is not None
    return [comparable(archive.known(Day(symbol, session, ())).market(session.open)) for symbol in symbols]


def test_what_is_known_of_a_market_at_the_open_is_the_same(world: World) -> None:
    fund, elsewhere = listed("GLD", "US78463V1070", "ARCX"), listed("IBM", "US4592001014", "XNYS")
    bars = [*made("SPY", OCTOBER), *made("GLD", OCTOBER[2:])]
    load_bars(actor=SETUP, bars=[*bars, *made("IBM", OCTOBER[:1])])

    own, pooled, published = known_live(world.instrument, fund, elsewhere)

    assert [own, pooled] == known_in_backtest(bars, "SPY", "GLD") != [pooled, own]
    assert own.usual_day is not None
    assert own.usual_day.source is CurveSource.OWN
    assert pooled.usual_day is not None
    assert (pooled.usual_day.source, pooled.usual_day.curve.days) == (CurveSource.POOLED, 6)
    assert published.usual_day == PUBLISHED_DAY, "others of another market say nothing of it"


def test_a_day_that_comes_in_counts_from_then_on(world: World) -> None:
    load_bars(actor=SETUP, bars=made("SPY", OCTOBER[:2]))
    [before] = known_live(world.instrument)
    load_bars(actor=SETUP, bars=made("SPY", OCTOBER[2:3]))
    [after] = known_live(world.instrument)

    assert before.usual_day == PUBLISHED_DAY
    assert after.usual_day is not None
    assert after.usual_day.curve.days == 3
