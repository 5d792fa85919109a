"""Market data of an instrument: its figures, what its days lack, its minutes as they are or were known, its loads."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from uuid import UUID

from django.http import HttpResponse
from pydantic import BaseModel, Field

from execution.market_data.day_report import THRESHOLD, DayReport
from execution.market_history import KnownBar, bars_as_of, day_reports, loads_of
from execution.markets import markets
from execution.models import MarketDataLoad
from orders.errors import InstrumentNotFound, MarketWithoutCalendar
from orders.kernel.api.validation import Query
from orders.kernel.api.views import ApiView, answer, endpoint
from orders.kernel.clock import recorded_now
from orders.kernel.errors import InvalidInput
from orders.kernel.moments import MarketDay, Moment, first_moment_of, last_moment_of
from orders.kernel.money import Amount
from orders.models import Instrument
from orders.selectors import instruments_for, market_now

MOST_DAYS = 31


class SymbolQuery(Query):
    """Of which instrument."""

    symbol: str = Field(min_length=1, max_length=32)


class ReportQuery(SymbolQuery):
    """Which days of an instrument, by the market's own dates."""

    first: MarketDay
    last: MarketDay


class BarsQuery(SymbolQuery):
    """Which day (UTC) of an instrument, as it was known at the recorded time `as_of`, or as it is known now."""

    day: MarketDay
    as_of: Moment | None = Field(default=None, description="recorded time; now if not given")


class FiguresRepresentation(BaseModel):
    """What plans and limits reckon with at `market_time`; null where it is not known. In the instrument's currency.

    Volume and volatility are of up to 20 days before the session that is open or opens next; the spread is the mean of
    the last half hour's quotes.
    """

    symbol: str
    market_time: datetime
    last_price: Amount | None
    average_daily_volume: Amount | None
    daily_volatility: Amount | None = Field(
        description="standard deviation of the close's change from day to day"
    )
    spread: Amount | None


class GapRepresentation(BaseModel):
    """Minutes of the session without a bar, one after the other: the starts of the first and the last."""

    first: datetime
    last: datetime
    minutes: int


class OutlierMinuteRepresentation(BaseModel):
    """A minute whose close jumped, with its modified z-score among the day's log returns."""

    start: datetime
    previous_close: Amount
    close: Amount
    score: str


class DayReportRepresentation(BaseModel):
    """What a day's minutes lack, and what stands out; `outliers` is null where too few minutes are there to tell."""

    day: date
    expected: int
    present: int
    missing: int
    gaps: list[GapRepresentation]
    outliers: list[OutlierMinuteRepresentation] | None
    zero_volume: int
    outside_session: int


class ReportRepresentation(BaseModel):
    """Reports by day. Outliers have a score beyond `outlier_threshold` on either side."""

    symbol: str
    outlier_threshold: str
    days: list[DayReportRepresentation]


class BarRepresentation(BaseModel):
    """A minute as it was known: its version, and since when (recorded time) it was known so."""

    start: datetime
    open: Amount
    high: Amount
    low: Amount
    close: Amount
    volume: Amount
    version: int
    recorded_at: datetime


class BarsRepresentation(BaseModel):
    """The minutes of a day, by start."""

    symbol: str
    as_of: datetime
    items: list[BarRepresentation]


class LoadRepresentation(BaseModel):
    """A load, or a correction, which has a reason; `corrected` of its `count` rows changed what was there."""

    id: UUID
    kind: str
    source: str
    sha256: str
    count: int
    corrected: int
    first: datetime
    last: datetime
    reason: str
    actor: str
    recorded_at: datetime


class LoadsRepresentation(BaseModel):
    """The newest loads that brought rows of an instrument, newest first, at most 50."""

    symbol: str
    items: list[LoadRepresentation]


class MarketDataFigures(ApiView):
    """What is reckoned with."""

    @endpoint(
        "get_market_figures",
        "Show an instrument's average daily volume, volatility, spread and last price",
        query=SymbolQuery,
        answers={200: FiguresRepresentation},
        refusals=(InstrumentNotFound, MarketWithoutCalendar),
    )
    def get(self, query: SymbolQuery) -> HttpResponse:
        instrument, now = _instrument(self, query), market_now()
        market = markets({instrument.pk: instrument.mic}, market_time=now)[instrument.pk]
        return answer(
            FiguresRepresentation(
                symbol=instrument.symbol,
                market_time=now,
                last_price=market.last_price,
                average_daily_volume=market.average_daily_volume,
                daily_volatility=market.daily_volatility,
                spread=market.spread,
            )
        )


class MarketDataReport(ApiView):
    """What its days lack."""

    @endpoint(
        "get_market_data_report",
        "Report gaps and outliers of an instrument's minutes, day by day",
        query=ReportQuery,
        answers={200: ReportRepresentation},
        refusals=(InstrumentNotFound, MarketWithoutCalendar),
    )
    def get(self, query: ReportQuery) -> HttpResponse:
        instrument = _instrument(self, query)
        if not 0 <= (query.last - query.first).days < MOST_DAYS:
            raise InvalidInput(f"a report is of 1 to {MOST_DAYS} days")
        reports = day_reports(instrument, query.first, query.last)
        return answer(
            ReportRepresentation(
                symbol=instrument.symbol,
                outlier_threshold=f"{THRESHOLD:g}",
                days=[_represent_day(report) for report in reports],
            )
        )


class MarketDataBars(ApiView):
    """Its minutes."""

    @endpoint(
        "list_bars",
        "List an instrument's minutes of a day, as they are or were known",
        query=BarsQuery,
        answers={200: BarsRepresentation},
        refusals=(InstrumentNotFound,),
    )
    def get(self, query: BarsQuery) -> HttpResponse:
        instrument, as_of = _instrument(self, query), query.as_of or recorded_now()
        known = bars_as_of(
            instrument,
            since=first_moment_of(query.day),
            until=last_moment_of(query.day),
            recorded_at=as_of,
        )
        items = list(map(_represent_bar, known))
        return answer(BarsRepresentation(symbol=instrument.symbol, as_of=as_of.astimezone(UTC), items=items))


class MarketDataLoads(ApiView):
    """What was loaded."""

    @endpoint(
        "list_market_data_loads",
        "List the loads and corrections that brought an instrument's market data",
        query=SymbolQuery,
        answers={200: LoadsRepresentation},
        refusals=(InstrumentNotFound,),
    )
    def get(self, query: SymbolQuery) -> HttpResponse:
        instrument = _instrument(self, query)
        items = _represent_loads(loads_of(instrument.symbol))
        return answer(LoadsRepresentation(symbol=instrument.symbol, items=items))


def _instrument(view: ApiView, query: SymbolQuery) -> Instrument:
    """Return the instrument. Raises InstrumentNotFound, also for people who see no orders anywhere."""
    instrument = instruments_for(view.actor).filter(symbol=query.symbol).first()
    if instrument is None:
        raise InstrumentNotFound(f"{query.symbol} is not an instrument that you see")
    return instrument


def _represent_day(report: DayReport) -> DayReportRepresentation:
    outliers = None
    if report.outliers is not None:
        outliers = [
            OutlierMinuteRepresentation(
                start=each.start, previous_close=each.previous, close=each.close, score=f"{each.score:.2f}"
            )
            for each in report.outliers
        ]
    return DayReportRepresentation(
        day=report.day,
        expected=report.expected,
        present=report.present,
        missing=report.missing,
        gaps=[GapRepresentation(first=gap.first, last=gap.last, minutes=gap.minutes) for gap in report.gaps],
        outliers=outliers,
        zero_volume=report.zero_volume,
        outside_session=report.outside,
    )


def _represent_bar(known: KnownBar) -> BarRepresentation:
    bar = known.bar
    return BarRepresentation(
        start=bar.start,
        open=bar.open,
        high=bar.high,
        low=bar.low,
        close=bar.close,
        volume=bar.volume,
        version=known.version,
        recorded_at=known.recorded_at,
    )


def _represent_loads(loads: Iterable[MarketDataLoad]) -> list[LoadRepresentation]:
    names = [name for name in LoadRepresentation.model_fields if name != "id"]
    return [LoadRepresentation(id=load.pk, **{name: getattr(load, name) for name in names}) for load in loads]
