"""Which terms of an order go together: the table that commands, the database's constraints and tests read. Pure.

An order takes a price, a quantity or a moment only with the types and times in force that stand here. What the house
does not combine although FIX would allow it is refused with a sentence, never reinterpreted.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from orders.terms import AUCTIONS, RESTING, TRIGGERED_TYPES, OrderType, TimeInForce

T, F = OrderType, TimeInForce

TIMES: Mapping[OrderType, frozenset[TimeInForce]] = {
    T.MARKET: frozenset(F),
    T.LIMIT: frozenset(F),
    **dict.fromkeys(TRIGGERED_TYPES, RESTING),
}
"""The times in force of each type: what waits for the market cannot be for this moment or for an auction alone."""

LIMITED = frozenset({T.LIMIT, T.STOP_LIMIT})
"""Types with a limit price."""

STOPPED = TRIGGERED_TYPES - {T.TRAILING_STOP}
"""Types with a stop price."""

TRAILING = frozenset({T.TRAILING_STOP})
"""Types with an offset: a price or a percentage below 100, one of the two."""

DISPLAY_TYPES, DISPLAY_TIMES = LIMITED, RESTING
"""A part of the quantity is shown: only what rests in a book at a price can be shown."""

MINIMUM_TIMES = RESTING | {F.IOC}
"""The first execution has a least size: fok asks for all anyway, and an auction knows no first."""

EFFECTIVE_TIMES = frozenset(F) - AUCTIONS
"""Orders that may wait for a moment: an auction is a moment of its own."""

HUNDRED_PERCENT = Decimal(100)

MOST_CLIPS = 1_000
"""How often the displayed quantity goes into the quantity at most: each is an execution of its own."""


class Terms(Protocol):
    """The terms that have to fit each other."""

    @property
    def type(self) -> OrderType: ...

    @property
    def time_in_force(self) -> TimeInForce: ...

    @property
    def quantity(self) -> Decimal | None: ...

    @property
    def limit_price(self) -> Decimal | None: ...

    @property
    def stop_price(self) -> Decimal | None: ...

    @property
    def trail_price(self) -> Decimal | None: ...

    @property
    def trail_percent(self) -> Decimal | None: ...

    @property
    def display_quantity(self) -> Decimal | None: ...

    @property
    def minimum_quantity(self) -> Decimal | None: ...

    @property
    def expires_on(self) -> date | None: ...

    @property
    def effective_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Misfit:
    """A field that does not go with the others, and why."""

    field: str
    detail: str


def misfits(terms: Terms) -> list[Misfit]:
    """Return every field that does not go with the others, in the order of the fields; none for terms that fit."""
    return [*_times(terms), *_prices(terms), *_trail(terms), *_display(terms), *_minimum(terms)]


def _times(terms: Terms) -> Iterator[Misfit]:
    time_in_force = terms.time_in_force
    if time_in_force not in TIMES[terms.type]:
        takes = ", ".join(sorted(TIMES[terms.type]))
        yield Misfit("time_in_force", f"a {terms.type} order takes {takes}, not {time_in_force}")
    if time_in_force is F.GTD and terms.expires_on is None:
        yield Misfit("expires_on", "a gtd order needs the last day on which it works")
    if time_in_force is not F.GTD and terms.expires_on is not None:
        yield Misfit("expires_on", f"only a gtd order has a last day, not {time_in_force}")
    if terms.effective_at is not None and time_in_force not in EFFECTIVE_TIMES:
        yield Misfit("effective_at", f"{time_in_force} is a moment of its own")


def _prices(terms: Terms) -> Iterator[Misfit]:
    for field, types in (("limit_price", LIMITED), ("stop_price", STOPPED)):
        is_given = getattr(terms, field) is not None
        if terms.type in types and not is_given:
            yield Misfit(field, f"a {terms.type} order needs a {field}")
        if terms.type not in types and is_given:
            yield Misfit(field, f"a {terms.type} order has no {field}")


def _trail(terms: Terms) -> Iterator[Misfit]:
    offsets = [field for field in ("trail_price", "trail_percent") if getattr(terms, field) is not None]
    if terms.type not in TRAILING:
        yield from (Misfit(field, f"a {terms.type} order has no {field}") for field in offsets)
    elif len(offsets) != 1:
        yield Misfit("trail_price", "a trailing_stop order needs a trail_price or a trail_percent")
    if terms.trail_percent is not None and terms.trail_percent >= HUNDRED_PERCENT:
        yield Misfit("trail_percent", "must be below 100")


def _display(terms: Terms) -> Iterator[Misfit]:
    display = terms.display_quantity
    if display is None:
        return
    if terms.type not in DISPLAY_TYPES or terms.time_in_force not in DISPLAY_TIMES:
        yield Misfit("display_quantity", "only a limit price that rests (day, gtc, gtd) is displayed in part")
    if terms.quantity is None:
        yield Misfit("display_quantity", "goes with a quantity, not with cash_quantity")
        return
    if display > terms.quantity:
        yield Misfit("display_quantity", "must be at most the quantity")
    if display * MOST_CLIPS < terms.quantity:
        yield Misfit("display_quantity", f"must be at least a {MOST_CLIPS}th of the quantity")


def _minimum(terms: Terms) -> Iterator[Misfit]:
    minimum, display = terms.minimum_quantity, terms.display_quantity
    if minimum is None:
        return
    if terms.time_in_force not in MINIMUM_TIMES:
        yield Misfit("minimum_quantity", f"{terms.time_in_force} takes no minimum for a first execution")
    if terms.quantity is None:
        yield Misfit("minimum_quantity", "goes with a quantity, not with cash_quantity")
        return
    if minimum > terms.quantity:
        yield Misfit("minimum_quantity", "must be at most the quantity")
    if display is not None and minimum > display:
        yield Misfit("minimum_quantity", "must be at most the display_quantity: an execution is no larger")
