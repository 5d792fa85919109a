"""What the API tells of orders: decimals as strings, times in UTC (RFC 3339), words as commands spell them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from orders.kernel.api.paging import Page
from orders.kernel.money import Amount
from orders.models import Account, Execution, Instrument, Order, OrderRevision, Replacement
from orders.models.organisation import AccountState
from orders.models.reference import InstrumentState
from orders.states import OrderStatus
from orders.terms import ExecutionKind, OrderType, Side, TimeInForce


class AlgorithmRepresentation(BaseModel):
    """How the order is worked: the algorithm's name, the version that it started with, and all its parameters."""

    name: str
    version: int
    parameters: dict[str, Any]


class ReplacingRepresentation(BaseModel):
    """The terms that were asked for and are not in force yet."""

    quantity: Amount
    limit_price: Amount | None
    stop_price: Amount | None
    trail_price: Amount | None
    trail_percent: Amount | None


class OrderRepresentation(BaseModel):
    """An order. Quantities in units, prices in the instrument's currency per unit."""

    id: UUID
    client_order_id: str
    current_client_order_id: str = Field(description="of the last replace that came into force, or its own")
    account: str
    symbol: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    quantity: Amount
    cash_quantity: Amount | None = Field(description="the money that it was placed for, in currency")
    limit_price: Amount | None
    stop_price: Amount | None = Field(description="what the market has to reach first")
    trail_price: Amount | None = Field(description="a trailing stop's offset in currency")
    trail_percent: Amount | None = Field(description="a trailing stop's offset in percent")
    triggered_at: datetime | None = Field(description="when the market had triggered the order (market time)")
    display_quantity: Amount | None = Field(description="how much of it is shown at once")
    minimum_quantity: Amount | None = Field(description="how large the first execution is at least")
    expires_on: date | None = Field(description="the last day of a gtd order, by the market's date")
    effective_at: datetime | None = Field(description="the market time before which nothing is sent")
    algorithm: AlgorithmRepresentation
    status: OrderStatus
    filled_quantity: Amount
    leaves_quantity: Amount = Field(description="what may still be filled")
    filled_avg_price: Amount | None
    denial_code: str | None = Field(description="why a rejected order was refused")
    denial_detail: str | None
    replacing: ReplacingRepresentation | None = Field(description="set while the order is pending_replace")
    version: int = Field(description="counts every change")
    terms_revision: int = Field(description="counts the requests for new terms; quoted it is the ETag")
    market_time: datetime
    recorded_at: datetime


class ExecutionRepresentation(BaseModel):
    """A fill, or a correction or bust of one. `order_version` is the order's version that it made.

    In force are those that are no bust and that no other corrects: their sum is what is filled.
    """

    id: UUID
    order_version: int
    kind: ExecutionKind
    corrects_id: UUID | None = Field(description="the execution in whose place this is")
    venue: str
    venue_execution_id: str
    quantity: Amount
    price: Amount
    market_time: datetime
    recorded_at: datetime


class OrderEventRepresentation(BaseModel):
    """One version of an order: what happened, by whom (an opaque reference), and the columns that it changed.

    What has an `exec_type` is an execution report, as FIX 4.4 has it (message 8): codes and words are FIX's. What has
    a `reject_reason` refused a request to cancel or replace (message 9).
    """

    version: int
    event: str
    actor: str
    facts: dict[str, Any]
    exec_type: str = Field(description="FIX ExecType (tag 150); empty for what is no execution report")
    order_status: OrderStatus
    client_order_id: str
    orig_client_order_id: str = Field(description="the link that a request follows; empty without a request")
    order_quantity: Amount
    cum_quantity: Amount
    leaves_quantity: Amount
    last_quantity: Amount
    avg_price: Amount | None
    exec_id: UUID
    exec_ref_id: UUID | None = Field(description="the execution that is corrected or taken back")
    reject_reason: int | None = Field(description="FIX CxlRejReason (tag 102)")
    market_time: datetime
    recorded_at: datetime


class InstrumentRepresentation(BaseModel):
    """What is traded: ISIN (ISO 6166), MIC (ISO 10383), currency (ISO 4217), steps of price and quantity."""

    symbol: str
    isin: str
    mic: str
    currency: str
    tick_size: Amount
    lot_size: Amount
    state: InstrumentState


class AccountRepresentation(BaseModel):
    """What orders are placed for; `currency` (ISO 4217) is its base currency."""

    code: str
    desk: str
    firm: str
    currency: str
    state: AccountState


class OrderPage(Page[OrderRepresentation]):
    """Orders, newest first."""


class ExecutionPage(Page[ExecutionRepresentation]):
    """Executions, oldest first."""


class OrderEventPage(Page[OrderEventRepresentation]):
    """The versions of an order, oldest first."""


class InstrumentPage(Page[InstrumentRepresentation]):
    """Instruments by symbol."""


class AccountPage(Page[AccountRepresentation]):
    """Accounts by code."""


def represent_order(order: Order, replacement: Replacement | None = None) -> OrderRepresentation:
    """Represent an order whose account and instrument are loaded; `replacement` is the pending one, if any."""
    return OrderRepresentation(
        id=order.pk,
        client_order_id=order.client_order_id,
        current_client_order_id=order.current_client_order_id,
        account=order.account.code,
        symbol=order.instrument.symbol,
        side=Side(order.side),
        type=OrderType(order.type),
        time_in_force=TimeInForce(order.time_in_force),
        quantity=order.quantity,
        cash_quantity=order.cash_quantity,
        limit_price=order.limit_price,
        stop_price=order.stop_price,
        trail_price=order.trail_price,
        trail_percent=order.trail_percent,
        triggered_at=order.triggered_at,
        display_quantity=order.display_quantity,
        minimum_quantity=order.minimum_quantity,
        expires_on=order.expires_on,
        effective_at=order.effective_at,
        algorithm=AlgorithmRepresentation.model_validate(order.instruction),
        status=OrderStatus(order.status),
        filled_quantity=order.filled_quantity,
        leaves_quantity=order.leaves_quantity,
        filled_avg_price=order.filled_avg_price,
        denial_code=order.denial_code or None,
        denial_detail=order.denial_detail or None,
        replacing=_replacing(replacement),
        version=order.version,
        terms_revision=order.terms_revision,
        market_time=order.market_time,
        recorded_at=order.recorded_at,
    )


def _replacing(replacement: Replacement | None) -> ReplacingRepresentation | None:
    if replacement is None:
        return None
    return ReplacingRepresentation.model_validate(replacement, from_attributes=True)


def represent_execution(execution: Execution) -> ExecutionRepresentation:
    """Represent a fill."""
    return ExecutionRepresentation.model_validate(execution, from_attributes=True)


def represent_event(revision: OrderRevision) -> OrderEventRepresentation:
    """Represent a version of an order."""
    return OrderEventRepresentation.model_validate(revision, from_attributes=True)


def represent_instrument(instrument: Instrument) -> InstrumentRepresentation:
    """Represent an instrument."""
    return InstrumentRepresentation.model_validate(instrument, from_attributes=True)


def represent_account(account: Account) -> AccountRepresentation:
    """Represent an account whose desk and firm are loaded."""
    return AccountRepresentation(
        code=account.code,
        desk=account.desk.code,
        firm=account.desk.firm.code,
        currency=account.currency,
        state=AccountState(account.state),
    )
