"""twap in version 1, for the orders that started with it: it knows no market, and counts breaks as trading time."""

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field

from execution.algorithms.schedule import even_lots, even_times, evenly_chosen, stepped_times
from execution.algorithms.terms import (
    POINTER,
    Asked,
    IntendedSlice,
    Market,
    Parent,
    Plan,
    VenueTerms,
    invalid,
)
from execution.session import Session
from orders.kernel.moments import Moment, moment_text
from orders.terms import TimeInForce

DEFAULT_SLICES = 13  # half-hours of the regular session


class FirstTwapParameters(BaseModel):
    """When to work, and in how many parts. Times are market times."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    start: Moment | None = Field(default=None, description="First slice; now when absent or past.")
    end: Moment | None = Field(
        default=None, description="No slice at or after it; the session's close when absent."
    )
    duration_minutes: int | None = Field(
        default=None, ge=1, le=390, description="Instead of an end: minutes from the start."
    )
    slices: int | None = Field(
        default=None, ge=1, le=1000, description="Number of slices; 13 when nothing is given."
    )
    interval_minutes: int | None = Field(
        default=None, ge=1, le=390, description="Instead of slices: minutes between two."
    )


class FirstTwap:
    """Version 1: equal slices in whole lots, evenly spread from start to end within one session.

    Replanned, what remains is spread over the times that remain; after the last of them it is due at once.
    """

    name = "twap"
    version = 1
    title = "TWAP: equal slices, evenly spread over time"
    is_spread = True
    is_bound = False
    follows_fills = False
    reads_curve = False
    parameters = FirstTwapParameters

    def complete(self, given: FirstTwapParameters, asked: Asked) -> FirstTwapParameters:
        """Decide start, end and number. Raises InvalidInput for times that do not fit, and unless it is a day order."""
        if asked.time_in_force is not TimeInForce.DAY:
            raise invalid("/time_in_force", "twap works an order over time: use day")
        if given.slices is not None and given.interval_minutes is not None:
            raise invalid(f"{POINTER}/interval_minutes", "give slices or interval_minutes, not both")
        start = _start(given, asked.market_time, asked.session)
        return FirstTwapParameters(
            start=start,
            end=_end(given, start, asked.session),
            slices=None if given.interval_minutes else given.slices or DEFAULT_SLICES,
            interval_minutes=given.interval_minutes,
        )

    def plan(
        self, parent: Parent, parameters: FirstTwapParameters, *, market: Market, market_time: datetime
    ) -> Plan:
        """Spread the quantity over the times that have not passed at `market_time`."""
        ahead = [moment for moment in _times(parameters) if moment >= market_time] or [market_time]
        quantities = even_lots(parent.quantity, parent.lot_size, len(ahead))
        times = evenly_chosen(ahead, len(quantities))
        pairs = zip(quantities, times, strict=True)
        return Plan(
            [IntendedSlice(number, quantity, due) for number, (quantity, due) in enumerate(pairs, start=1)]
        )

    def venue_terms(self, parent: Parent) -> VenueTerms:
        """The order's type and limit price; what a slice leaves unfilled stays at the venue for the day."""
        return VenueTerms(parent.type, TimeInForce.DAY, parent.limit_price)


def _start(given: FirstTwapParameters, market_time: datetime, session: Session) -> datetime:
    if given.start is None:
        return max(market_time, session.open)
    if given.start not in session:
        raise invalid(f"{POINTER}/start", f"must lie within the session, {_span(session)}")
    return max(given.start, market_time)


def _end(given: FirstTwapParameters, start: datetime, session: Session) -> datetime:
    if given.duration_minutes is None:
        field, end = "end", given.end or session.close
    elif given.end is None:
        field, end = "duration_minutes", start + timedelta(minutes=given.duration_minutes)
    else:
        raise invalid(f"{POINTER}/duration_minutes", "give end or duration_minutes, not both")
    if end <= start:
        raise invalid(f"{POINTER}/{field}", f"must be after the start, {moment_text(start)}")
    if end > session.close:
        raise invalid(f"{POINTER}/{field}", f"must lie within the session, {_span(session)}")
    return end


def _span(session: Session) -> str:
    return f"{moment_text(session.open)} to {moment_text(session.close)}"


def _times(parameters: FirstTwapParameters) -> list[datetime]:
    start, end = parameters.start, parameters.end
    if start is None or end is None:
        raise ValueError("a plan needs completed parameters")
    if parameters.interval_minutes is not None:
        return stepped_times(start, end, timedelta(minutes=parameters.interval_minutes))
    return even_times(start, end, parameters.slices or DEFAULT_SLICES)
