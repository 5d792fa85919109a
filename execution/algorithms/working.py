"""What every algorithm that works an order over time lets its user say, and how that is checked. Pure."""

from datetime import datetime, timedelta
from typing import ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from execution.algorithms.jitter import derived_seed
from execution.algorithms.shares import Participation, UpToAll, UpToHalf
from execution.algorithms.terms import POINTER, Asked, Market, invalid
from execution.session import Session
from orders.kernel.moments import Moment, moment_text
from orders.kernel.money import Price, Quantity, decimal_text
from orders.terms import Side, TimeInForce

COMPLETING_TIME = timedelta(minutes=1)
"""How long before the end what must be completed and has no last slice goes to the venue."""


class WorkingParameters(BaseModel):
    """When to work, and within which bounds. Times are market times."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    FIXED: ClassVar[frozenset[str]] = frozenset({"start", "seed"})
    """What is not changed while an order is worked: targets and chance are counted from them."""
    WAITS_AT_LIMIT: ClassVar[bool] = False
    """Whether its slices wait in the book at the limit price for the market to come."""

    start: Moment | None = Field(default=None, description="When to begin; now when absent or past.")
    end: Moment | None = Field(
        default=None, description="Nothing is sent at or after it; the session's close when absent."
    )
    duration_minutes: int | None = Field(
        default=None, ge=1, le=1440, description="Instead of an end: minutes of trading from the start."
    )
    max_participation: Participation | None = Field(
        default=None,
        description="Cap: the order's share of all that is traded from the start on. 0.15 is 15 %, 0.99 the most.",
    )
    would_price: Price | None = Field(
        default=None,
        description="At this price or better everything that remains is wanted at once, within the cap.",
    )
    must_complete: bool = Field(
        default=False, description="The last slice takes all that remains, whatever cap and schedule say."
    )
    minimum_slice: Quantity | None = Field(
        default=None, description="No slice is smaller, but for the last remainder."
    )
    display_quantity: Quantity | None = Field(
        default=None, description="The most of a slice that the book shows. Needs a limit price."
    )
    randomise_size: UpToHalf | None = Field(
        default=None, description="Slices vary by up to this share to either side; 0.5 is the most."
    )
    randomise_time: UpToAll | None = Field(
        default=None,
        description="Slices are late by up to this share of the time to the next; 1 is the most.",
    )
    seed: int | None = Field(
        default=None, ge=0, lt=2**53, description="Of what is random: the same seed, the same plan."
    )

    @property
    def span(self) -> tuple[datetime, datetime]:
        """Start and end. Raises ValueError for parameters that have not been completed."""
        if self.start is None or self.end is None:
            raise ValueError("a plan needs completed parameters")
        return self.start, self.end

    def completing_from(self, market: Market) -> datetime:
        """From when on an order that must be completed goes out as a whole."""
        return self.span[1] - COMPLETING_TIME


P = TypeVar("P", bound=WorkingParameters)


def completed(given: P, asked: Asked) -> P:
    """Return the parameters with start, end and seed decided.

    A new order starts now where the start is absent or past: there is nothing to catch up with from before it came. An
    order that is changed keeps its start (`asked.started_at`). Raises InvalidInput for what does not fit the order.
    """
    if asked.time_in_force is not TimeInForce.DAY:
        raise invalid("/time_in_force", "the order is worked over time within one session: use day")
    _check_quantities(given, asked)
    _check_would_price(given, asked)
    start = _start(given, asked)
    decided: dict[str, object] = {"start": start, "end": _end(given, start, asked), "duration_minutes": None}
    if (given.randomise_size or given.randomise_time) and given.seed is None:
        decided["seed"] = derived_seed(asked)
    return given.model_copy(update=decided)


def changeable(parameters: type[WorkingParameters]) -> frozenset[str]:
    """Return the names of the parameters that may be changed while the order is worked."""
    return frozenset(parameters.model_fields) - parameters.FIXED


def _start(given: WorkingParameters, asked: Asked) -> datetime:
    session = asked.session
    if asked.started_at is not None:
        return asked.started_at
    if given.start is None:
        return session.after(max(asked.market_time, session.open))
    if given.start not in session:
        raise invalid(f"{POINTER}/start", f"must lie within the session, {_span(session)}")
    return session.after(max(given.start, asked.market_time))


def _end(given: WorkingParameters, start: datetime, asked: Asked) -> datetime:
    session = asked.session
    if given.duration_minutes is None:
        field, end = "end", given.end or session.close
    elif given.end is None:
        field, end = "duration_minutes", session.after(start, timedelta(minutes=given.duration_minutes))
    else:
        raise invalid(f"{POINTER}/duration_minutes", "give end or duration_minutes, not both")
    earliest = max(start, asked.market_time)
    if session.trading_time(earliest, end) == timedelta(0):
        word = "the start" if earliest == start else "now"
        raise invalid(f"{POINTER}/{field}", f"must be after {word}, {moment_text(earliest)}")
    if end > session.close:
        raise invalid(f"{POINTER}/{field}", f"must lie within the session, {_span(session)}")
    return end


def _span(session: Session) -> str:
    return f"{moment_text(session.open)} to {moment_text(session.close)}"


def _check_quantities(given: WorkingParameters, asked: Asked) -> None:
    for field in ("minimum_slice", "display_quantity"):
        quantity = getattr(given, field)
        if quantity is None:
            continue
        if quantity % asked.lot_size:
            detail = f"must be a multiple of the lot size {decimal_text(asked.lot_size)}"
            raise invalid(f"{POINTER}/{field}", detail)
        if quantity > asked.quantity:
            detail = f"must be at most the order's quantity, {decimal_text(asked.quantity)}"
            raise invalid(f"{POINTER}/{field}", detail)
    if given.display_quantity is not None and asked.limit_price is None:
        raise invalid(
            f"{POINTER}/display_quantity", "the order has no limit price: nothing of it is displayed"
        )


def _check_would_price(given: WorkingParameters, asked: Asked) -> None:
    price, limit = given.would_price, asked.limit_price
    if price is None:
        return
    if price % asked.tick_size:
        detail = f"must be a multiple of the tick size {decimal_text(asked.tick_size)}"
        raise invalid(f"{POINTER}/would_price", detail)
    if limit is not None and (price > limit if asked.side is Side.BUY else price < limit):
        raise invalid(f"{POINTER}/would_price", f"must be no worse than the limit, {decimal_text(limit)}")
