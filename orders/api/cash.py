"""Cash that came into accounts or left them, and the exposure that accounts, desks and firms have."""

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from pydantic import BaseModel, Field

from orders import services
from orders.commands import Code, RecordCash
from orders.errors import AccountNotFound, CashReferenceUsed
from orders.kernel.api.errors import MalformedCursor
from orders.kernel.api.paging import Keyset, Page, PageQuery
from orders.kernel.api.views import ApiView, answer, endpoint
from orders.kernel.errors import NotPermitted
from orders.kernel.money import Amount
from orders.models import CashMovement
from orders.selectors import cash_movements_for

NEWEST_FIRST = Keyset("id", UUID, descending=True)


class CashMovementRepresentation(BaseModel):
    """Cash that came in (positive) or left, in the firm's currency. `recorded_by` is an opaque reference."""

    id: UUID
    account: str
    currency: str
    amount: Amount
    reference: str
    market_time: datetime
    recorded_at: datetime
    recorded_by: str


class CashMovementPage(Page[CashMovementRepresentation]):
    """Movements of cash, newest first."""


class CashQuery(PageQuery):
    """Which movements: all that you may see, or those of one account."""

    account: Code | None = Field(default=None)


class CashMovementCollection(ApiView):
    """The movements of cash that the asker may see, and the way to record one."""

    @endpoint(
        "list_cash_movements",
        "List movements of cash, newest first",
        query=CashQuery,
        answers={200: CashMovementPage},
        refusals=(MalformedCursor,),
    )
    def get(self, query: CashQuery) -> HttpResponse:
        movements = cash_movements_for(self.actor)
        if query.account is not None:
            movements = movements.filter(account__code=query.account)
        rows, following = NEWEST_FIRST.page(movements, query)
        return answer(CashMovementPage(items=list(map(_represent, rows)), next=following))

    @endpoint(
        "record_cash_movement",
        "Record cash that came into an account or left it; the same movement again (200) moves nothing twice",
        body=RecordCash,
        answers={201: CashMovementRepresentation, 200: CashMovementRepresentation},
        refusals=(NotPermitted, AccountNotFound, CashReferenceUsed),
    )
    def post(self, body: RecordCash) -> HttpResponse:
        """`amount` is in the firm's currency, negative for what leaves; `reference` is unique in the account."""
        (recorded,) = services.record_cash(actor=self.actor, commands=[body])
        return answer(_represent(recorded.movement), status=201 if recorded.created else 200)


def _represent(movement: CashMovement) -> CashMovementRepresentation:
    return CashMovementRepresentation(
        id=movement.pk,
        account=movement.account.code,
        currency=movement.account.desk.firm.currency,
        amount=movement.amount,
        reference=movement.reference,
        market_time=movement.market_time,
        recorded_at=movement.recorded_at,
        recorded_by=f"user:{movement.recorded_by_id}",
    )
