"""What a desk answers for an order that it works by hand."""

from uuid import UUID

from django.http import HttpResponse

from orders import services
from orders.api.preconditions import ETAG, etag_of
from orders.api.representations import OrderRepresentation, represent_order
from orders.commands import AnswerOrder
from orders.errors import (
    AnswerNotAsked,
    CashBelowOneLot,
    OrderNotFound,
    OrderNotManual,
    PriceOffTick,
    QuantityBelowFilled,
    ReasonNotApplicable,
    RiskRefused,
    SplitNotExact,
)
from orders.kernel.api.views import ApiView, answer, endpoint
from orders.kernel.errors import NotPermitted
from orders.selectors import pending_replacements


class OrderAnswers(ApiView):
    """The desk's answers for one order."""

    @endpoint(
        "answer_order",
        "Answer for an order that is worked by hand",
        body=AnswerOrder,
        answers={200: OrderRepresentation},
        refusals=(
            NotPermitted,
            OrderNotFound,
            OrderNotManual,
            AnswerNotAsked,
            ReasonNotApplicable,
            QuantityBelowFilled,
            PriceOffTick,
            SplitNotExact,
            CashBelowOneLot,
            RiskRefused,
        ),
        headers=(ETAG,),
    )
    def post(self, order_id: UUID, body: AnswerOrder) -> HttpResponse:
        """Fills are booked by approval: POST /orders/{order_id}/executions."""
        order = services.answer_order(actor=self.actor, order_id=order_id, command=body)
        replacement = pending_replacements([order]).get(order.pk)
        return answer(represent_order(order, replacement), headers={"ETag": etag_of(order)})
