"""The life of an order step by step, over the API."""

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from pydantic import BaseModel, Field

from compliance.api.audit import BY_ID, LeafRepresentation, represent_leaf
from compliance.replay import Step, steps_of
from compliance.selectors import trail_of
from orders.api.decisions import KeptDecisionRepresentation, represent_kept
from orders.errors import OrderNotFound
from orders.kernel.api.errors import MalformedCursor
from orders.kernel.api.paging import Page, PageQuery
from orders.kernel.api.views import ApiView, answer, endpoint
from orders.kernel.errors import NotPermitted
from orders.kernel.money import Amount
from orders.selectors import order_for
from orders.states import OrderStatus


class StateRepresentation(BaseModel):
    """The order after a step: quantities in units, the price in the instrument's currency."""

    version: int
    status: OrderStatus
    quantity: Amount
    filled_quantity: Amount
    leaves_quantity: Amount
    filled_avg_price: Amount | None


class MarketMomentRepresentation(BaseModel):
    """The market at the step's market time, from what is loaded now: prices in the instrument's currency."""

    last: Amount | None = Field(description="the close of the newest minute that had ended")
    last_at: datetime | None
    bid: Amount | None = Field(description="of the newest quote, unless that was older than a minute")
    ask: Amount | None
    bid_size: Amount | None
    ask_size: Amount | None
    quoted_at: datetime | None


class StepRepresentation(BaseModel):
    """A step: its leaf, the order after it, the market then, and what pre-trade risk decided for it, if it did."""

    leaf: LeafRepresentation
    state: StateRepresentation | None
    market_time: datetime | None
    market: MarketMomentRepresentation | None
    decisions: list[KeptDecisionRepresentation]


class ReplayPage(Page[StepRepresentation]):
    """Steps, oldest first."""


class OrderReplay(ApiView):
    """The life of one order."""

    @endpoint(
        "list_order_replay",
        "Replay an order step by step: each leaf with the order, the market and the risk numbers of the moment",
        query=PageQuery,
        answers={200: ReplayPage},
        refusals=(MalformedCursor, OrderNotFound, NotPermitted),
    )
    def get(self, order_id: UUID, query: PageQuery) -> HttpResponse:
        order = order_for(self.actor, order_id)
        leaves, following = BY_ID.page(trail_of(self.actor, order), query)
        steps = steps_of(self.actor, order, leaves)
        return answer(ReplayPage(items=list(map(_represent, steps)), next=following))


def _represent(step: Step) -> StepRepresentation:
    state = step.revision
    return StepRepresentation(
        leaf=represent_leaf(step.leaf),
        state=None
        if state is None
        else StateRepresentation(
            version=state.version,
            status=OrderStatus(state.order_status),
            quantity=state.order_quantity,
            filled_quantity=state.cum_quantity,
            leaves_quantity=state.leaves_quantity,
            filled_avg_price=state.avg_price,
        ),
        market_time=step.market_time,
        market=None
        if step.market is None
        else MarketMomentRepresentation.model_validate(step.market._asdict()),
        decisions=list(map(represent_kept, step.decisions)),
    )
