"""What orders cost: put together, and one by one."""

from uuid import UUID

from django.http import HttpResponse

from execution.api.cost_representations import (
    FEES,
    CostsPage,
    OrderCostsRepresentation,
    represent_group,
    represent_order,
)
from execution.cost_reads import AskedCosts, costs_for, costs_of
from execution.costs.groups import GroupBy, grouped
from execution.costs.measured import Costs
from orders.errors import OrderNotFound
from orders.kernel.api.errors import MalformedCursor
from orders.kernel.api.paging import Keyset, PageQuery
from orders.kernel.api.views import ApiView, answer, endpoint
from orders.kernel.errors import InvalidInput
from orders.selectors import order_for
from orders.sizes.days import span_of

BY_KEY = Keyset("key", str)


class CostsQuery(PageQuery, AskedCosts):
    """Over which days, of which orders, put together by what."""


class CostsCollection(ApiView):
    """The costs of the orders that the asker may see."""

    @endpoint(
        "list_costs",
        "List what orders cost by parent, account, trader, algorithm version, venue, day or month",
        query=CostsQuery,
        answers={200: CostsPage},
        refusals=(MalformedCursor, InvalidInput),
    )
    def get(self, query: CostsQuery) -> HttpResponse:
        span = span_of(query)
        found = costs_for(self.actor, query, span)
        rows, following = BY_KEY.page_of(grouped(found.costs, query.group_by), "Costs", query)
        page = CostsPage(
            items=list(map(represent_group, rows)),
            next=following,
            first_day=span.first,
            last_day=span.last,
            group_by=query.group_by,
            measured=len(found.costs),
            unmeasured=dict(found.unmeasured),
            fill_models=found.fill_models,
            fees=FEES,
        )
        return answer(page)


class OrderCosts(ApiView):
    """What one order cost."""

    @endpoint(
        "get_order_costs",
        "Read what an order cost: its shortfall in parts, and its fills against the benchmarks",
        answers={200: OrderCostsRepresentation},
        refusals=(OrderNotFound,),
    )
    def get(self, order_id: UUID) -> HttpResponse:
        found = costs_of(self.actor, order_for(self.actor, order_id))
        group = grouped([found], GroupBy.PARENT)[0] if isinstance(found, Costs) else None
        return answer(represent_order(order_id, found, group))
