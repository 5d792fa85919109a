"""Leave to place once what was refused."""

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from pydantic import BaseModel, Field

from orders import services
from orders.commands import GrantOverride
from orders.errors import (
    OrderNotFound,
    OrderNotRefused,
    OverrideCodesUnfit,
    OverrideGrantedAlready,
    OverrideOwnOrder,
)
from orders.kernel.api.views import ApiView, answer, endpoint
from orders.kernel.errors import NotPermitted


class OverrideRepresentation(BaseModel):
    """The order's trader may place its very terms once, with `override` set to this id, until it expires."""

    id: UUID
    order_id: UUID = Field(description="the refused order")
    trader_id: UUID
    granted_by_id: UUID
    codes: list[str] = Field(description="the denials that it lets pass")
    reason: str
    expires_at: datetime = Field(description="recorded time (real UTC)")


class OrderOverride(ApiView):
    """Leave to place one refused order once."""

    @endpoint(
        "grant_override",
        "Let a refused order of another person be placed once",
        body=GrantOverride,
        answers={201: OverrideRepresentation},
        refusals=(
            NotPermitted,
            OrderNotFound,
            OrderNotRefused,
            OverrideOwnOrder,
            OverrideCodesUnfit,
            OverrideGrantedAlready,
        ),
    )
    def post(self, order_id: UUID, body: GrantOverride) -> HttpResponse:
        granted = services.grant_override(actor=self.actor, order_id=order_id, **body.model_dump())
        return answer(
            OverrideRepresentation(
                id=granted.pk,
                order_id=granted.refused_id,
                trader_id=granted.trader_id,
                granted_by_id=granted.granted_by_id,
                codes=granted.codes,
                reason=granted.reason,
                expires_at=granted.expires_at,
            ),
            status=201,
        )
