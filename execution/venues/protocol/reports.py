"""Reports: what happened at the venue, one gapless sequence over all orders."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from execution.venues.errors import VenueProtocolError
from execution.venues.protocol.codec import decode, decode_line, encode, encode_line


@dataclass(frozen=True, slots=True)
class _Report:
    """What every report has; `model` names the fill model, `market_time` is aware UTC."""

    sequence: int
    client_order_id: UUID
    venue_order_id: str
    market_time: datetime
    model: str

    def __post_init__(self) -> None:
        if self.sequence < 1:
            raise VenueProtocolError("sequence: counts from 1")


@dataclass(frozen=True, slots=True)
class Accepted(_Report):
    """The order is on the venue's book."""


@dataclass(frozen=True, slots=True)
class Rejected(_Report):
    """The order was never on the book; `reason` is a word of Reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class Filled(_Report):
    """One execution: `quantity` shares at `price` each; the order's totals after it."""

    execution_id: str
    quantity: Decimal
    price: Decimal
    cumulative_quantity: Decimal
    leaves_quantity: Decimal


@dataclass(frozen=True, slots=True)
class TradeCanceled(_Report):
    """The venue took the execution `execution_ref_id` back; the order's totals after it."""

    execution_id: str
    execution_ref_id: str
    reason: str
    cumulative_quantity: Decimal
    leaves_quantity: Decimal


@dataclass(frozen=True, slots=True)
class TradeCorrected(_Report):
    """The venue gave the execution `execution_ref_id` another quantity or price; the order's totals after it."""

    execution_id: str
    execution_ref_id: str
    quantity: Decimal
    price: Decimal
    reason: str
    cumulative_quantity: Decimal
    leaves_quantity: Decimal


@dataclass(frozen=True, slots=True)
class Canceled(_Report):
    """The rest of the order is off the book."""

    reason: str
    cumulative_quantity: Decimal


@dataclass(frozen=True, slots=True)
class CancelRejected(_Report):
    """A pending cancel came to nothing: the order ended first."""

    reason: str


@dataclass(frozen=True, slots=True)
class Expired(_Report):
    """The session ended with the rest of the order unfilled."""

    cumulative_quantity: Decimal


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Nothing new; `last_sequence` shows a loss at the stream's end."""

    last_sequence: int


Report = Accepted | Rejected | Filled | TradeCanceled | TradeCorrected | Canceled | CancelRejected | Expired

_SHAPES: Mapping[str, type[Report]] = {
    "accepted": Accepted,
    "rejected": Rejected,
    "filled": Filled,
    "trade_canceled": TradeCanceled,
    "trade_corrected": TradeCorrected,
    "canceled": Canceled,
    "cancel_rejected": CancelRejected,
    "expired": Expired,
}
_KINDS: Mapping[type[Report], str] = {shape: kind for kind, shape in _SHAPES.items()}


def kind_of(report: Report) -> str:
    """The report's `kind` on the wire."""
    return _KINDS[type(report)]


def serialise_report(report: Report) -> bytes:
    """One line for the wire."""
    return encode_line({"kind": kind_of(report), **encode(report)})


def serialise_heartbeat(heartbeat: Heartbeat) -> bytes:
    """One line for the wire."""
    return encode_line({"kind": "heartbeat", **encode(heartbeat)})


def parse_report(line: bytes) -> Report:
    """The report of one line; raises VenueProtocolError."""
    parsed = parse_stream_line(line)
    if isinstance(parsed, Heartbeat):
        raise VenueProtocolError("a heartbeat is no report")
    return parsed


def parse_stream_line(line: bytes) -> Report | Heartbeat:
    """What one line of a subscription's stream says; raises VenueProtocolError."""
    message = decode_line(line)
    kind = message.pop("kind", None)
    if kind == "heartbeat":
        return decode(Heartbeat, message)
    if not isinstance(kind, str) or kind not in _SHAPES:
        raise VenueProtocolError(f"kind: one of {', '.join(_SHAPES)} or heartbeat is expected")
    return decode(_SHAPES[kind], message)
