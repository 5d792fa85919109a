"""Answers of the venue to requests."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from execution.venues.errors import VenueProtocolError
from execution.venues.protocol.codec import decode, decode_line, encode, encode_line
from execution.venues.protocol.words import CancelOutcome, NewOrderOutcome, TradeChangeKind, VenueOrderState


@dataclass(frozen=True, slots=True)
class OrderStatus:
    """An order as the venue holds it. Of an id without an order, quantity, venue_order_id and model are None."""

    client_order_id: UUID
    state: VenueOrderState
    venue_order_id: str | None
    quantity: Decimal | None
    cumulative_quantity: Decimal
    leaves_quantity: Decimal
    reason: str | None
    model: str | None


@dataclass(frozen=True, slots=True)
class Execution:
    """One fill; `execution_id` is unique at the venue for ever, `model` names the fill model that it came from."""

    execution_id: str
    quantity: Decimal
    price: Decimal
    market_time: datetime
    model: str


@dataclass(frozen=True, slots=True)
class TradeChange:
    """What the venue did to a trade, under an `execution_id` of its own, unique among those of executions.

    `execution_ref_id` (FIX ExecRefID) is the execution that it takes the place of: a fill, or the correction before
    this one. Quantity and price are zero for a cancel.
    """

    execution_id: str
    execution_ref_id: str
    kind: TradeChangeKind
    quantity: Decimal
    price: Decimal
    market_time: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """All that the venue holds of an order, as of one moment; fills and changes oldest first."""

    order: OrderStatus
    executions: tuple[Execution, ...]
    trade_changes: tuple[TradeChange, ...]


@dataclass(frozen=True, slots=True)
class NewOrderAnswer:
    """How the order was taken and, for a duplicate, the state of the first."""

    answer: NewOrderOutcome
    order: OrderStatus


@dataclass(frozen=True, slots=True)
class NewOrdersAnswer:
    """How each order was taken, in the order of the request."""

    answers: tuple[NewOrderAnswer, ...]


@dataclass(frozen=True, slots=True)
class CancelAnswer:
    """How the request to cancel was taken."""

    answer: CancelOutcome
    order: OrderStatus


@dataclass(frozen=True, slots=True)
class MassCancelAnswer:
    """How each request to cancel was taken, in the order of the ids."""

    answers: tuple[CancelAnswer, ...]


@dataclass(frozen=True, slots=True)
class OrderStatusAnswer:
    """The order's state and quantities."""

    order: OrderStatus


@dataclass(frozen=True, slots=True)
class ExecutionsAnswer:
    """The order's executions, oldest first; none for an unknown id."""

    executions: tuple[Execution, ...]


@dataclass(frozen=True, slots=True)
class MassStatusAnswer:
    """What is held of each order, in the order of the ids, when `last_sequence` was the newest report."""

    last_sequence: int
    records: tuple[OrderRecord, ...]


@dataclass(frozen=True, slots=True)
class TradeChangeAnswer:
    """The change as the venue keeps it."""

    trade_change: TradeChange


@dataclass(frozen=True, slots=True)
class SubscribeAnswer:
    """The stream begins; `last_sequence` is the newest report."""

    last_sequence: int


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """The request broke the protocol and had no effect."""

    error: str


Answer = (
    NewOrderAnswer
    | NewOrdersAnswer
    | CancelAnswer
    | MassCancelAnswer
    | OrderStatusAnswer
    | ExecutionsAnswer
    | MassStatusAnswer
    | TradeChangeAnswer
    | SubscribeAnswer
    | ErrorAnswer
)
A = TypeVar(
    "A",
    NewOrderAnswer,
    NewOrdersAnswer,
    CancelAnswer,
    MassCancelAnswer,
    OrderStatusAnswer,
    ExecutionsAnswer,
    MassStatusAnswer,
    TradeChangeAnswer,
    SubscribeAnswer,
)


def serialise_answer(request_id: str | None, answer: Answer) -> bytes:
    """One line for the wire; the id is None when the request's could not be read."""
    return encode_line({"request_id": request_id, **encode(answer)})


def parse_answer(line: bytes, request_id: str, shape: type[A]) -> A:
    """The answer to the request with that id.

    Raises VenueProtocolError when the venue answered with an error, with another id or with another shape.
    """
    message = decode_line(line)
    echoed = message.pop("request_id", None)
    if "error" in message:
        raise VenueProtocolError(f"the venue refused the request: {decode(ErrorAnswer, message).error}")
    if echoed != request_id:
        raise VenueProtocolError("the answer belongs to another request")
    return decode(shape, message)
