"""What else there is to read: an order's executions and events, instruments, accounts."""

from uuid import UUID

from django.http import HttpResponse

from orders.api.representations import (
    AccountPage,
    ExecutionPage,
    InstrumentPage,
    OrderEventPage,
    represent_account,
    represent_event,
    represent_execution,
    represent_instrument,
)
from orders.decisions import without_hidden_numbers
from orders.errors import OrderNotFound
from orders.kernel.api.errors import MalformedCursor
from orders.kernel.api.paging import Keyset, PageQuery
from orders.kernel.api.views import ApiView, answer, endpoint
from orders.selectors import (
    accounts_for,
    executions_of,
    instruments_for,
    order_for,
    revisions_of,
)

BY_ID = Keyset("id", UUID)
BY_VERSION = Keyset("version", int)
BY_SYMBOL = Keyset("symbol", str)
BY_CODE = Keyset("code", str)


class OrderExecutions(ApiView):
    """The fills of one order."""

    @endpoint(
        "list_executions",
        "List an order's executions, oldest first",
        query=PageQuery,
        answers={200: ExecutionPage},
        refusals=(MalformedCursor, OrderNotFound),
    )
    def get(self, order_id: UUID, query: PageQuery) -> HttpResponse:
        executions, following = BY_ID.page(executions_of(order_for(self.actor, order_id)), query)
        return answer(ExecutionPage(items=list(map(represent_execution, executions)), next=following))


class OrderEvents(ApiView):
    """The history of one order."""

    @endpoint(
        "list_order_events",
        "List an order's versions and what made them, oldest first",
        query=PageQuery,
        answers={200: OrderEventPage},
        refusals=(MalformedCursor, OrderNotFound),
    )
    def get(self, order_id: UUID, query: PageQuery) -> HttpResponse:
        order = order_for(self.actor, order_id)
        revisions, following = BY_VERSION.page(revisions_of(order), query)
        told = without_hidden_numbers(self.actor, order, revisions)
        return answer(OrderEventPage(items=list(map(represent_event, told)), next=following))


class InstrumentCollection(ApiView):
    """What can be traded."""

    @endpoint(
        "list_instruments",
        "List instruments by symbol",
        query=PageQuery,
        answers={200: InstrumentPage},
        refusals=(MalformedCursor,),
    )
    def get(self, query: PageQuery) -> HttpResponse:
        instruments, following = BY_SYMBOL.page(instruments_for(self.actor), query)
        return answer(InstrumentPage(items=list(map(represent_instrument, instruments)), next=following))


class AccountCollection(ApiView):
    """The accounts that the asker may see."""

    @endpoint(
        "list_accounts",
        "List accounts by code",
        query=PageQuery,
        answers={200: AccountPage},
        refusals=(MalformedCursor,),
    )
    def get(self, query: PageQuery) -> HttpResponse:
        accounts, following = BY_CODE.page(accounts_for(self.actor), query)
        return answer(AccountPage(items=list(map(represent_account, accounts)), next=following))
