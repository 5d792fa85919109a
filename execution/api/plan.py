"""What would be done with an order, before it is placed."""

from django.http import HttpResponse

from execution.api.plan_representation import PlanRepresentation, represent_plan
from execution.services.plan_order import plan_order
from orders.commands import PlaceOrder
from orders.errors import (
    AccountNotFound,
    CashBelowOneLot,
    InstrumentNotFound,
    MarketWithoutCalendar,
    MomentPassed,
    RiskRefused,
)
from orders.kernel.api.views import ApiView, answer, endpoint
from orders.kernel.errors import InvalidInput, NotPermitted


class PlannedOrder(ApiView):
    """The plan for an order that is not placed."""

    @endpoint(
        "plan_order",
        "Tell what an order's algorithm would plan now, and what that is expected to cost; nothing is placed",
        body=PlaceOrder,
        answers={200: PlanRepresentation},
        refusals=(
            NotPermitted,
            AccountNotFound,
            InstrumentNotFound,
            MarketWithoutCalendar,
            MomentPassed,
            RiskRefused,
            CashBelowOneLot,
            InvalidInput,
        ),
    )
    def post(self, body: PlaceOrder) -> HttpResponse:
        """Asked of who may place the order. Nothing is written, and pre-trade risk does not judge it here: an order
        that is planned may still be refused when it is placed.
        """
        return answer(represent_plan(plan_order(actor=self.actor, command=body)))
