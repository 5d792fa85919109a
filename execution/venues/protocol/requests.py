"""Requests to the venue."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from execution.venues.errors import VenueProtocolError
from execution.venues.protocol.codec import decode, decode_line, encode, encode_line
from execution.venues.protocol.words import TIMES_IN_FORCE, TYPES
from orders.combinations import misfits
from orders.terms import OrderType, Side, TimeInForce


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order for the venue; `client_order_id` is our venue order's id, `quantity` in shares.

    It is live when it comes, and ends with the session. Raises VenueProtocolError when a quantity is not positive or
    the terms do not fit each other.
    """

    stop_price: ClassVar[None] = None
    trail_price: ClassVar[None] = None
    trail_percent: ClassVar[None] = None
    expires_on: ClassVar[None] = None
    effective_at: ClassVar[None] = None

    client_order_id: UUID
    symbol: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    quantity: Decimal
    limit_price: Decimal | None
    display_quantity: Decimal | None
    minimum_quantity: Decimal | None

    def __post_init__(self) -> None:
        if self.type not in TYPES or self.time_in_force not in TIMES_IN_FORCE:
            raise VenueProtocolError(
                f"NewOrder: the venue takes no {self.type} order for {self.time_in_force}"
            )
        for name in ("quantity", "limit_price", "display_quantity", "minimum_quantity"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise VenueProtocolError(f"NewOrder.{name}: more than zero is expected")
        if found := misfits(self):
            raise VenueProtocolError(f"NewOrder.{found[0].field}: {found[0].detail}")


MOST_NEW_ORDERS = 50


@dataclass(frozen=True, slots=True)
class NewOrders:
    """1 to MOST_NEW_ORDERS orders at once, each as NewOrder is; no id twice."""

    orders: tuple[NewOrder, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.orders) <= MOST_NEW_ORDERS:
            raise VenueProtocolError(f"NewOrders.orders: 1 to {MOST_NEW_ORDERS} orders are expected")
        if len({order.client_order_id for order in self.orders}) != len(self.orders):
            raise VenueProtocolError("NewOrders.orders: an id is given twice")


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """Ask for the end of an order, or void an id that the venue has not seen."""

    client_order_id: UUID


MOST_CANCELS = 500


@dataclass(frozen=True, slots=True)
class MassCancel:
    """Ask for the end of 1 to MOST_CANCELS orders at once, each as CancelOrder does; no id twice."""

    client_order_ids: tuple[UUID, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.client_order_ids) <= MOST_CANCELS:
            raise VenueProtocolError(f"MassCancel.client_order_ids: 1 to {MOST_CANCELS} ids are expected")
        if len(set(self.client_order_ids)) != len(self.client_order_ids):
            raise VenueProtocolError("MassCancel.client_order_ids: an id is given twice")


@dataclass(frozen=True, slots=True)
class OrderStatusQuery:
    """Ask for an order's state and quantities."""

    client_order_id: UUID


@dataclass(frozen=True, slots=True)
class Executions:
    """Ask for an order's executions."""

    client_order_id: UUID


MOST_RECORDS = 50


@dataclass(frozen=True, slots=True)
class MassStatus:
    """Ask for all that is held of 1 to MOST_RECORDS orders; no id twice."""

    client_order_ids: tuple[UUID, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.client_order_ids) <= MOST_RECORDS:
            raise VenueProtocolError(f"MassStatus.client_order_ids: 1 to {MOST_RECORDS} ids are expected")
        if len(set(self.client_order_ids)) != len(self.client_order_ids):
            raise VenueProtocolError("MassStatus.client_order_ids: an id is given twice")


@dataclass(frozen=True, slots=True)
class CancelTrade:
    """The venue's own desk takes an execution back, and says why."""

    execution_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class CorrectTrade:
    """The venue's own desk gives an execution its right quantity (shares) and price, and says why."""

    execution_id: str
    quantity: Decimal
    price: Decimal
    reason: str

    def __post_init__(self) -> None:
        for name in ("quantity", "price"):
            if getattr(self, name) <= 0:
                raise VenueProtocolError(f"CorrectTrade.{name}: more than zero is expected")


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Ask for the reports with a sequence above `after`, then for live ones."""

    after: int


Request = (
    NewOrder
    | NewOrders
    | CancelOrder
    | MassCancel
    | OrderStatusQuery
    | Executions
    | MassStatus
    | CancelTrade
    | CorrectTrade
    | Subscribe
)

_SHAPES: Mapping[str, type[Request]] = {
    "new_order": NewOrder,
    "new_orders": NewOrders,
    "cancel_order": CancelOrder,
    "mass_cancel": MassCancel,
    "order_status": OrderStatusQuery,
    "executions": Executions,
    "mass_status": MassStatus,
    "cancel_trade": CancelTrade,
    "correct_trade": CorrectTrade,
    "subscribe": Subscribe,
}
_KINDS = {shape: kind for kind, shape in _SHAPES.items()}


class RequestLine(NamedTuple):
    """A request and the id that its answer echoes."""

    request_id: str
    request: Request


def parse_request(line: bytes) -> RequestLine:
    """The request of one line; raises VenueProtocolError."""
    message = decode_line(line)
    request_id = request_id_of(message)
    kind = message.pop("kind", None)
    del message["request_id"]
    if not isinstance(kind, str) or kind not in _SHAPES:
        raise VenueProtocolError(f"kind: one of {', '.join(_SHAPES)} is expected")
    return RequestLine(request_id, decode(_SHAPES[kind], message))


def request_id_of(message: Mapping[str, Any]) -> str:
    """The request's id; raises VenueProtocolError when it is not a short string."""
    request_id = message.get("request_id")
    if not isinstance(request_id, str) or not 0 < len(request_id) <= 64:
        raise VenueProtocolError("request_id: a string of 1 to 64 characters is expected")
    return request_id


def serialise_request(request_id: str, request: Request) -> bytes:
    """One line for the wire."""
    return encode_line({"kind": _KINDS[type(request)], "request_id": request_id, **encode(request)})
