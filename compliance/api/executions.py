"""What a person may ask to be done to an order's executions."""

from uuid import UUID

from django.http import HttpResponse

from compliance.api.approvals import ApprovalRepresentation, waiting
from compliance.commands import ProposeBust, ProposeDeal
from compliance.services import execution_changes
from orders.api.lists import OrderExecutions
from orders.errors import (
    ExecutionNotFound,
    ExecutionNotInForce,
    OrderNotFound,
    OrderNotManual,
    PriceOffTick,
)
from orders.kernel.api.views import ApiView, endpoint
from orders.kernel.errors import NotPermitted


class ExecutionBust(ApiView):
    """Taking one execution back."""

    @endpoint(
        "propose_bust",
        "Ask that an execution be taken back; another person has to approve",
        body=ProposeBust,
        answers={202: ApprovalRepresentation},
        refusals=(NotPermitted, ExecutionNotFound, ExecutionNotInForce),
    )
    def post(self, execution_id: UUID, body: ProposeBust) -> HttpResponse:
        return waiting(
            execution_changes.propose_bust(actor=self.actor, execution_id=execution_id, command=body)
        )


class ExecutionCorrection(ApiView):
    """Correcting one execution."""

    @endpoint(
        "propose_correction",
        "Ask for another quantity and price of an execution; another person has to approve",
        body=ProposeDeal,
        answers={202: ApprovalRepresentation},
        refusals=(NotPermitted, ExecutionNotFound, ExecutionNotInForce, PriceOffTick),
    )
    def post(self, execution_id: UUID, body: ProposeDeal) -> HttpResponse:
        return waiting(
            execution_changes.propose_correction(actor=self.actor, execution_id=execution_id, command=body)
        )


class OrderDeals(OrderExecutions):
    """The executions of one order, and the way to have one booked that was made by hand."""

    @endpoint(
        "propose_fill",
        "Ask that a fill made by hand be booked; another person has to approve",
        body=ProposeDeal,
        answers={202: ApprovalRepresentation},
        refusals=(NotPermitted, OrderNotFound, OrderNotManual, PriceOffTick),
    )
    def post(self, order_id: UUID, body: ProposeDeal) -> HttpResponse:
        return waiting(execution_changes.propose_fill(actor=self.actor, order_id=order_id, command=body))
