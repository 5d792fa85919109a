"""What goes into an algorithm and what comes out. Pure."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from pydantic import BaseModel

from execution.session import Session
from orders.kernel.errors import InvalidInput
from orders.terms import OrderType, Side, TimeInForce


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """What is to be worked: `quantity` is what is neither filled nor live at a venue, in units.

    `limit_price` in the instrument's currency is None for a market order; `lot_size` is the step of quantities.
    `minimum_quantity` is the least size of the first execution, None where there has been one.
    """

    side: Side
    type: OrderType
    time_in_force: TimeInForce
    quantity: Decimal
    limit_price: Decimal | None
    lot_size: Decimal
    display_quantity: Decimal | None = None
    minimum_quantity: Decimal | None = None


@dataclass(frozen=True, slots=True)
class IntendedSlice:
    """Send `quantity` units when market time has reached `due_at`. Numbers count from 1 within a plan."""

    number: int
    quantity: Decimal
    due_at: datetime


@dataclass(frozen=True, slots=True)
class VenueTerms:
    """The terms under which a slice goes to the venue, which knows no order beyond a session."""

    type: OrderType
    time_in_force: TimeInForce
    limit_price: Decimal | None
    display_quantity: Decimal | None = None
    minimum_quantity: Decimal | None = None


class Algorithm(Protocol):
    """One version of a way to work an order: functions of their arguments and of nothing else."""

    @property
    def name(self) -> str:
        """The name that an order's instruction gives."""

    @property
    def version(self) -> int:
        """Counts from 1."""

    @property
    def title(self) -> str:
        """What a person reads, one sentence."""

    @property
    def is_spread(self) -> bool:
        """Whether it makes several slices: then terms that one order at a venue carries make no sense."""

    @property
    def parameters(self) -> type[BaseModel]:
        """The model of the parameters: their validation and their JSON Schema."""

    def complete(
        self, given: Any, *, time_in_force: TimeInForce, market_time: datetime, session: Session
    ) -> BaseModel:
        """Return the parameters with everything decided that was left open, as they are kept with the order.

        `given` is an instance of `parameters`, `session` the one that is open at `market_time` or opens next.
        Raises InvalidInput that points to the field.
        """

    def plan(self, parent: Parent, parameters: Any, *, market_time: datetime) -> list[IntendedSlice]:
        """Return slices whose quantities sum exactly to the parent's, in order of time.

        Nothing is due before `market_time`: when the parent came in or takes effect, or when what remains is planned
        anew.
        """

    def venue_terms(self, parent: Parent) -> VenueTerms:
        """Return the terms of every slice's venue order."""


def invalid(pointer: str, detail: str) -> InvalidInput:
    """Return the error that says what is wrong with one field of the request (a JSON pointer, RFC 6901)."""
    return InvalidInput(f"{pointer}: {detail}", errors=[{"pointer": pointer, "detail": detail}])
