"""Kill switches: engage one, see which there are, and what became of the orders that one stopped."""

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from pydantic import BaseModel, Field

from orders import services
from orders.api.preconditions import LOCATION
from orders.commands import EngageKillSwitch
from orders.errors import KillSwitchEngagedAlready, KillSwitchNotFound, KillSwitchTargetNotFound
from orders.kernel.api.errors import MalformedCursor
from orders.kernel.api.paging import Keyset, Page, PageQuery
from orders.kernel.api.views import ApiView, answer, endpoint
from orders.kernel.errors import NotPermitted
from orders.kernel.money import Amount
from orders.risk.kill_switch_evidence import (
    asked_by,
    described,
    figures_of,
    kill_switch_for,
    kill_switches_for,
    stopped_order,
    target_named,
)
from orders.states import OrderStatus
from orders.terms import KillSwitchScope, Side

NEWEST_FIRST = Keyset("id", UUID, descending=True)
BY_ID = Keyset("id", UUID)


class KillSwitchRepresentation(BaseModel):
    """A kill switch. Times in UTC are recorded time but for `market_time`."""

    id: UUID
    scope: KillSwitchScope
    target: str = Field(description="the code, login name, algorithm or symbol that it stops")
    target_id: str
    is_engaged: bool
    reason: str
    engaged_by: str
    engaged_at: datetime
    market_time: datetime
    swept_at: datetime | None = Field(description="when every open order had been asked to be canceled")
    lifted_by: str | None
    lifted_at: datetime | None


class EvidenceRepresentation(BaseModel):
    """How far it has come, in orders that you may see."""

    requested: int = Field(description="asked by it to be canceled")
    confirmed: int = Field(description="of those: canceled, expired or refused by the venue")
    filled: int = Field(description="of those: filled before the cancel reached the venue")
    still_open: int = Field(description="of those: wait for the venue or the desk")
    filled_meanwhile: int = Field(description="of those: had any fill after they were asked")
    pending_before: int | None = Field(description="had been asked by others before; null until it is swept")
    last_requested_at: datetime | None
    last_ended_at: datetime | None


class KillSwitchDetailRepresentation(KillSwitchRepresentation):
    """A kill switch with its evidence."""

    evidence: EvidenceRepresentation


class KillSwitchPage(Page[KillSwitchRepresentation]):
    """Kill switches, newest first."""


class StoppedOrderRepresentation(BaseModel):
    """What became of one order that a kill switch asked to be canceled. Quantities in units, recorded times."""

    order_id: UUID
    client_order_id: str
    account: str
    symbol: str
    side: Side
    trader: str
    quantity: Amount
    status: OrderStatus
    outcome: str = Field(description="open, confirmed or filled")
    requested_at: datetime
    filled_before: Amount
    filled_meanwhile: Amount
    ended_at: datetime | None


class StoppedOrderPage(Page[StoppedOrderRepresentation]):
    """Orders that a kill switch stopped, in the order in which they were asked."""


class KillSwitchCollection(ApiView):
    """The kill switches that the asker may see, and the way to engage one."""

    @endpoint(
        "list_kill_switches",
        "List kill switches, newest first",
        query=PageQuery,
        answers={200: KillSwitchPage},
        refusals=(MalformedCursor,),
    )
    def get(self, query: PageQuery) -> HttpResponse:
        switches, following = NEWEST_FIRST.page(kill_switches_for(self.actor), query)
        items = [KillSwitchRepresentation(**described(switch)) for switch in switches]
        return answer(KillSwitchPage(items=items, next=following))

    @endpoint(
        "engage_kill_switch",
        "Stop all orders of a firm, desk, account, trader, algorithm or instrument",
        body=EngageKillSwitch,
        answers={201: KillSwitchDetailRepresentation},
        refusals=(NotPermitted, KillSwitchTargetNotFound, KillSwitchEngagedAlready),
        headers=(LOCATION,),
    )
    def post(self, body: EngageKillSwitch) -> HttpResponse:
        """When this answers, nothing in scope is admitted, amended or sent any more. The open orders are asked to be
        canceled right after it; read the switch to see how far that is. Lifting it takes a second person.
        """
        switch = services.engage_kill_switch(
            actor=self.actor,
            scope=body.scope,
            target=target_named(self.actor, body.scope, body.target),
            reason=body.reason,
        )
        location = reverse("orders:kill_switch", args=[switch.pk])
        return _detail(self, switch.pk, status=201, Location=location)


class KillSwitchDetail(ApiView):
    """One kill switch with its evidence."""

    @endpoint(
        "get_kill_switch",
        "Read a kill switch and how far it has come",
        answers={200: KillSwitchDetailRepresentation},
        refusals=(KillSwitchNotFound,),
    )
    def get(self, kill_switch_id: UUID) -> HttpResponse:
        return _detail(self, kill_switch_id)


class KillSwitchOrders(ApiView):
    """The orders that one kill switch stopped."""

    @endpoint(
        "list_kill_switch_orders",
        "List what became of each order that a kill switch asked to be canceled",
        query=PageQuery,
        answers={200: StoppedOrderPage},
        refusals=(MalformedCursor, KillSwitchNotFound),
    )
    def get(self, kill_switch_id: UUID, query: PageQuery) -> HttpResponse:
        switch = kill_switch_for(self.actor, kill_switch_id)
        requests, following = BY_ID.page(asked_by(self.actor, switch), query)
        items = [StoppedOrderRepresentation(**stopped_order(request)) for request in requests]
        return answer(StoppedOrderPage(items=items, next=following))


def _detail(view: ApiView, kill_switch_id: UUID, *, status: int = 200, **headers: str) -> HttpResponse:
    switch = kill_switch_for(view.actor, kill_switch_id)
    evidence = EvidenceRepresentation(**figures_of(view.actor, switch))
    return answer(
        KillSwitchDetailRepresentation(**described(switch), evidence=evidence), status=status, headers=headers
    )
