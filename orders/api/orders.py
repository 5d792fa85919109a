"""Place, list, read, amend and cancel orders."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from pydantic import Field

from orders import services
from orders.api.decisions import FindingRepresentation, represent_finding
from orders.api.preconditions import ETAG, IF_MATCH, LOCATION, etag_of, expected_revision
from orders.api.representations import OrderPage, OrderRepresentation, represent_order
from orders.commands import AmendOrder, CancelOrder, ClientOrderId, Code, PlaceOrder
from orders.decisions import warnings_of
from orders.errors import (
    AccountNotFound,
    CashBelowOneLot,
    ChainMoved,
    ClientOrderIdUsed,
    InstrumentNotFound,
    LimitPriceNotApplicable,
    MarketWithoutCalendar,
    MomentPassed,
    OrderNotFound,
    OrderNotOpen,
    OverrideNotFound,
    OverrideNotUsable,
    QuantityBelowFilled,
    QuantityBelowTerms,
    ReplacePending,
    RiskRefused,
    StaleTerms,
    TooManyRefusals,
    TriggerNotApplicable,
)
from orders.kernel.api.errors import MalformedCursor
from orders.kernel.api.paging import Keyset, PageQuery
from orders.kernel.api.problems import error_of, problem
from orders.kernel.api.views import ApiView, answer, endpoint
from orders.kernel.context import Actor
from orders.kernel.errors import NotPermitted, PreconditionMissing
from orders.kernel.moments import Moment
from orders.models import Order
from orders.risk.figures import Decision
from orders.selectors import order_for, orders_for, orders_in_chain, pending_replacements
from orders.services.place import refusal_of
from orders.states import OrderStatus
from orders.terms import OrderType, Side, TimeInForce

NEWEST_FIRST = Keyset("id", UUID, descending=True)


class OrderQuery(PageQuery):
    """Which orders: all that you may see, narrowed by what is given."""

    account: Code | None = None
    symbol: Code | None = None
    side: Side | None = None
    type: OrderType | None = None
    time_in_force: TimeInForce | None = None
    status: OrderStatus | None = None
    client_order_id: ClientOrderId | None = Field(
        default=None,
        description="any id of the order's chain: its own, or of a request to replace or cancel it",
    )
    placed_from: Moment | None = Field(
        default=None, alias="from", description="placed at this market time or later"
    )
    placed_to: Moment | None = Field(default=None, alias="to", description="placed before this market time")

    def narrow(self, orders: QuerySet[Order]) -> QuerySet[Order]:
        """Return the orders that the given parameters leave."""
        wanted = {
            "account__code": self.account,
            "instrument__symbol": self.symbol,
            "side": self.side,
            "type": self.type,
            "time_in_force": self.time_in_force,
            "status": self.status,
            "market_time__gte": self.placed_from,
            "market_time__lt": self.placed_to,
        }
        if self.client_order_id is not None:
            orders = orders_in_chain(orders, self.client_order_id)
        return orders.filter(**{column: value for column, value in wanted.items() if value is not None})


class OrderDetailRepresentation(OrderRepresentation):
    """An order, and what the decision that admitted its terms warned of."""

    warnings: list[FindingRepresentation] = Field(description="limits that the order came near to")


class OrderCollection(ApiView):
    """The orders that the asker may see, and the way to place one."""

    @endpoint(
        "list_orders",
        "List orders, newest first",
        query=OrderQuery,
        answers={200: OrderPage},
        refusals=(MalformedCursor,),
    )
    def get(self, query: OrderQuery) -> HttpResponse:
        orders, following = NEWEST_FIRST.page(query.narrow(orders_for(self.actor)), query)
        replacements = pending_replacements(orders)
        items = [represent_order(order, replacements.get(order.pk)) for order in orders]
        return answer(OrderPage(items=items, next=following))

    @endpoint(
        "place_order",
        "Place an order; the same request again (200) places nothing twice",
        body=PlaceOrder,
        answers={201: OrderDetailRepresentation, 200: OrderDetailRepresentation},
        refusals=(
            NotPermitted,
            AccountNotFound,
            InstrumentNotFound,
            MarketWithoutCalendar,
            MomentPassed,
            RiskRefused,
            CashBelowOneLot,
            ClientOrderIdUsed,
            OverrideNotFound,
            OverrideNotUsable,
            TooManyRefusals,
        ),
        headers=(ETAG, LOCATION),
    )
    def post(self, body: PlaceOrder) -> HttpResponse:
        """`client_order_id` is unique in its account for ever: the same request again answers 200 with the first
        order, another request under it 409. An order that a check refuses is kept as rejected and answers 422 with
        `order_id`, again and again.
        """
        placement = services.place(actor=self.actor, command=body)
        order = placement.order
        if order.status == OrderStatus.REJECTED:
            return problem(refusal_of(order))
        location = reverse("orders:order", args=[order.pk])
        status = 201 if placement.created else 200
        return _answer(self.actor, order, placement.decision, status=status, Location=location)

    def handle_exception(self, exc: Exception) -> HttpResponse:  # type: ignore[override]  # as in ApiView
        """Answer `exc`; what kept a known person's order from being placed is recorded first."""
        if self.request.method != "POST" or not self.is_known:
            return super().handle_exception(exc)
        return problem(services.refusal_recorded(self.actor, self.sent_body, error_of(exc)))


class OrderDetail(ApiView):
    """One order."""

    @endpoint(
        "get_order",
        "Read an order",
        answers={200: OrderDetailRepresentation},
        refusals=(OrderNotFound,),
        headers=(ETAG,),
    )
    def get(self, order_id: UUID) -> HttpResponse:
        return _answer(self.actor, order_for(self.actor, order_id))

    @endpoint(
        "amend_order",
        "Ask for new terms of an open order",
        body=AmendOrder,
        answers={200: OrderDetailRepresentation},
        refusals=(
            NotPermitted,
            OrderNotFound,
            OrderNotOpen,
            ReplacePending,
            ClientOrderIdUsed,
            ChainMoved,
            StaleTerms,
            QuantityBelowFilled,
            QuantityBelowTerms,
            LimitPriceNotApplicable,
            TriggerNotApplicable,
            RiskRefused,
            PreconditionMissing,
        ),
        headers=(IF_MATCH, ETAG),
    )
    def patch(self, order_id: UUID, body: AmendOrder) -> HttpResponse:
        """`quantity` is the new total, what is filled included. While something of the order is at a venue it is
        pending_replace, and `replacing` tells what was asked for.
        """
        revision = expected_revision(self.request.headers.get("If-Match"))
        order = services.amend(actor=self.actor, order_id=order_id, command=body, expected_revision=revision)
        return _answer(self.actor, order)


class OrderCancel(ApiView):
    """The cancel of one order. It needs no If-Match: whatever the terms are, they are to end."""

    @endpoint(
        "cancel_order",
        "Cancel what is left of an order",
        body=CancelOrder,
        answers={200: OrderDetailRepresentation},
        refusals=(
            NotPermitted,
            OrderNotFound,
            OrderNotOpen,
            ReplacePending,
            ClientOrderIdUsed,
            ChainMoved,
        ),
        headers=(ETAG,),
    )
    def post(self, order_id: UUID, body: CancelOrder) -> HttpResponse:
        """While something of the order is at a venue it is pending_cancel; asking again then changes nothing."""
        return _answer(self.actor, services.cancel(actor=self.actor, order_id=order_id, command=body))


def _answer(
    actor: Actor, order: Order, decision: Decision | None = None, *, status: int = 200, **headers: str
) -> HttpResponse:
    represented = represent_order(order, pending_replacements([order]).get(order.pk))
    warnings = list(map(represent_finding, warnings_of(actor, order, decision)))
    detail = OrderDetailRepresentation(**dict(represented), warnings=warnings)
    return answer(detail, status=status, headers={"ETag": etag_of(order), **headers})
