"""What the API tells of execution: decimals as strings, times in UTC (RFC 3339)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from execution.dead_letters import DeadLetter, LetterKind, LetterPlace
from execution.models import Trigger, VenueOrder
from execution.models.run import SliceState
from execution.routing import Unavailable
from execution.selectors import AlgorithmDescription, WorkedSlice, watch_of
from orders.kernel.api.paging import Page
from orders.kernel.money import Amount
from orders.models import Execution
from orders.states import OrderStatus
from orders.terms import OrderType, TimeInForce


class SliceFillRepresentation(BaseModel):
    """A fill of a slice's venue order."""

    execution_id: UUID
    venue_execution_id: str
    quantity: Amount
    price: Amount
    market_time: datetime


class PassedOver(BaseModel):
    """A venue that did not take it."""

    venue: str
    why: Unavailable


class VenueOrderRepresentation(BaseModel):
    """What went to the venue for a slice; its id is the client order id there."""

    id: UUID
    venue: str
    routing_rule: str | None = Field(description="the name of the rule by which the venue was chosen")
    passed_over: list[PassedOver] = Field(
        description="venues that the rule names before it, and why not they"
    )
    venue_order_id: str | None = Field(description="the venue's own id, null until the venue told it")
    status: OrderStatus
    reason: str | None = Field(description="why the venue refused or ended it")
    quantity: Amount
    filled_quantity: Amount
    market_time: datetime = Field(description="when it was sent")


class SliceRepresentation(BaseModel):
    """A part of the order: what is sent when, and what became of it. `plan` counts the plans: a replace makes one."""

    id: UUID
    plan: int
    number: int
    quantity: Amount
    due_at: datetime
    state: SliceState
    type: OrderType
    limit_price: Amount | None
    time_in_force: TimeInForce
    venue_order: VenueOrderRepresentation | None
    executions: list[SliceFillRepresentation]


class TriggerRepresentation(BaseModel):
    """What the market has to do before the order works. Prices in the instrument's currency per unit."""

    type: OrderType
    price: Amount | None = Field(
        description="what triggers now; none for a trailing stop that has seen no price"
    )
    extreme: Amount | None = Field(description="the best price that a trailing stop has seen")
    watched_from: datetime = Field(description="bars that start before it say nothing any more")
    bar_start: datetime | None = Field(description="the bar that triggered the order")


class SlicePage(Page[SliceRepresentation]):
    """A page of an order's slices."""


class DeadLetterRepresentation(BaseModel):
    """What was given up and waits for an operator; times are recorded time."""

    id: UUID
    kind: LetterKind
    order_id: UUID | None = Field(description="null for a report on an order that is not ours")
    subject: str = Field(description="what it is, for people")
    attempts: int
    last_error: str
    dead_lettered_at: datetime
    can_retry: bool = Field(description="whether trying it again may tell anything new")
    may_settle: bool = Field(description="whether you may retry and discard it")


class DeadLetterPage(Page[DeadLetterRepresentation]):
    """Dead letters, oldest row first."""


class SettledRepresentation(BaseModel):
    """What was retried or discarded."""

    id: UUID
    kind: LetterKind
    order_id: UUID | None


class AlgorithmDescriptionRepresentation(BaseModel):
    """An algorithm that an order may name, and the JSON Schema of its parameters."""

    name: str
    version: int
    title: str
    parameters_schema: dict[str, Any]


class AlgorithmList(BaseModel):
    """Every algorithm in its newest version, by name."""

    items: list[AlgorithmDescriptionRepresentation]


def represent_slice(worked: WorkedSlice) -> SliceRepresentation:
    """Return what the API tells of a slice."""
    row = worked.slice
    return SliceRepresentation(
        id=row.pk,
        plan=row.plan,
        number=row.number,
        quantity=row.quantity,
        due_at=row.due_at,
        state=SliceState(row.state),
        type=OrderType(row.type),
        limit_price=row.limit_price,
        time_in_force=TimeInForce(row.time_in_force),
        venue_order=None if worked.venue_order is None else _represent_venue_order(worked.venue_order),
        executions=[_represent_fill(execution) for execution in worked.executions],
    )


def represent_trigger(trigger: Trigger) -> TriggerRepresentation:
    """Return what the API tells of a trigger."""
    return TriggerRepresentation(
        type=OrderType(trigger.type),
        price=watch_of(trigger).price,
        extreme=trigger.extreme,
        watched_from=trigger.watched_from,
        bar_start=trigger.bar_start,
    )


def represent_dead_letter(letter: DeadLetter) -> DeadLetterRepresentation:
    """Return what the API tells of a dead letter."""
    return DeadLetterRepresentation.model_validate(letter, from_attributes=True)


def represent_settled(place: LetterPlace) -> SettledRepresentation:
    """Return what the API tells of a dead letter that was settled."""
    return SettledRepresentation.model_validate(place, from_attributes=True)


def represent_algorithm(described: AlgorithmDescription) -> AlgorithmDescriptionRepresentation:
    """Return what the API tells of an algorithm."""
    return AlgorithmDescriptionRepresentation(
        name=described.name,
        version=described.version,
        title=described.title,
        parameters_schema=described.parameters_schema,
    )


def _represent_venue_order(row: VenueOrder) -> VenueOrderRepresentation:
    return VenueOrderRepresentation(
        id=row.pk,
        venue=row.venue,
        routing_rule=None if row.routing_rule is None else row.routing_rule.name,
        passed_over=[PassedOver(venue=code, why=Unavailable(why)) for code, why in row.passed_over],
        venue_order_id=row.venue_order_id or None,
        status=OrderStatus(row.status),
        reason=row.reason or None,
        quantity=row.quantity,
        filled_quantity=row.filled_quantity,
        market_time=row.market_time,
    )


def _represent_fill(execution: Execution) -> SliceFillRepresentation:
    return SliceFillRepresentation(
        execution_id=execution.pk,
        venue_execution_id=execution.venue_execution_id,
        quantity=execution.quantity,
        price=execution.price,
        market_time=execution.market_time,
    )
