"""How an order is worked."""

from uuid import UUID

from django.http import HttpResponse

from execution.api.representations import SlicePage, represent_slice
from execution.selectors import as_worked, planned_slices
from orders.errors import OrderNotFound
from orders.kernel.api.errors import MalformedCursor
from orders.kernel.api.paging import Keyset, PageQuery
from orders.kernel.api.views import ApiView, answer, endpoint
from orders.selectors import order_for

BY_ID = Keyset("id", UUID)


class OrderSlices(ApiView):
    """The plan of one order and what became of it."""

    @endpoint(
        "list_slices",
        "List an order's slices with their venue orders and fills, in the order of planning",
        query=PageQuery,
        answers={200: SlicePage},
        refusals=(MalformedCursor, OrderNotFound),
    )
    def get(self, order_id: UUID, query: PageQuery) -> HttpResponse:
        order = order_for(self.actor, order_id)
        slices, following = BY_ID.page(planned_slices(order), query)
        items = [represent_slice(worked) for worked in as_worked(order, slices)]
        return answer(SlicePage(items=items, next=following))
