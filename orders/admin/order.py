"""Orders: the blotter, and the page of one order."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib.admin import display
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.views.decorators.http import require_safe

from orders import selectors
from orders.admin.filters import (
    AccountFilter,
    SideFilter,
    StatusFilter,
    SymbolFilter,
    TimeInForceFilter,
    TypeFilter,
)
from orders.admin.granted import GrantedAdmin, held, held_on
from orders.admin.order_acts import acts_on, amend_page, cancel_page
from orders.admin.order_override import override_page, overrides_context
from orders.admin.order_panel import panel_fragment, panels_for
from orders.admin.place import PlacePage
from orders.kernel.admin import acting, actor_of
from orders.kernel.admin.figures import amount, average, bar, label, moment, price
from orders.kernel.money import decimal_text
from orders.models import Order
from orders.permissions import PLACE_ORDERS, VIEW_LIMITS, VIEW_ORDERS


class OrderAdmin(GrantedAdmin):
    """The blotter: newest first, searched by the id of an order or the beginning of its client order id."""

    change_list_template = "orders/blotter.html"
    empty_text = "No order matches. Orders come in by the API, POST /api/v1/orders, and by the form here."
    list_display = (
        "client_order",
        "account",
        "instrument",
        "side_word",
        "type_word",
        "ordered_figure",
        "filled_figure",
        "limit_figure",
        "average_figure",
        "status_label",
        "algorithm",
        "placed",
    )
    list_filter = (StatusFilter, AccountFilter, SymbolFilter, SideFilter, TypeFilter, TimeInForceFilter)
    object_template = "orders/order.html"
    permission = VIEW_ORDERS
    search_fields = ("client_order_id",)
    search_help_text = "Order id, or beginning of client order id"

    def rows(self, request: HttpRequest) -> "QuerySet[Order]":
        return selectors.orders_for(actor_of(request))

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Order]", search_term: str
    ) -> "tuple[QuerySet[Order], bool]":
        """Find by what an index can find: a whole id, or the beginning of a client order id."""
        if not search_term:
            return queryset, False
        try:
            return queryset.filter(pk=UUID(search_term)), False
        except ValueError:
            return queryset.filter(client_order_id__startswith=search_term), False

    def get_urls(self) -> list[URLPattern]:
        def panel(request: HttpRequest, object_id: UUID, name: str) -> HttpResponse:
            return panel_fragment(request, self.row(request, object_id), name)

        def amend(request: HttpRequest, object_id: UUID) -> HttpResponse:
            return amend_page(self, request, self.row(request, object_id))

        def cancel(request: HttpRequest, object_id: UUID) -> HttpResponse:
            return cancel_page(self, request, self.row(request, object_id))

        def override(request: HttpRequest, object_id: UUID) -> HttpResponse:
            return override_page(self, request, self.row(request, object_id))

        def place(request: HttpRequest) -> HttpResponse:
            return PlacePage(self, request).answer()

        routes: list[tuple[str, Callable[..., HttpResponse], str]] = [
            ("panel/<slug:name>/", require_safe(panel), "orders_order_panel"),
            ("amend/", acting(amend), "orders_order_amend"),
            ("cancel/", acting(cancel), "orders_order_cancel"),
            ("override/", acting(override), "orders_order_override"),
        ]
        below = [path(self.object_route(rest), self.guarded(view), name=name) for rest, view, name in routes]
        placing = path("place/", self.guarded(acting(place)), name="orders_order_place")
        return [*super().get_urls(), placing, *below]

    def list_context(self, request: HttpRequest) -> dict[str, Any]:
        return {"may_place": PLACE_ORDERS in held(request)}

    def object_context(self, request: HttpRequest, row: Order) -> dict[str, Any]:
        permissions = held_on(request, row.account_id)
        return {
            "acts": acts_on(row, permissions),
            **overrides_context(request, row, permissions),
            "may_place": PLACE_ORDERS in permissions,
            "panels": panels_for(row, permissions),
            "placed_by": selectors.login_names([f"user:{row.placed_by_id}"])[f"user:{row.placed_by_id}"],
            "denial_numbers": _denial_numbers(row, permissions),
            "pending": selectors.pending_replacements([row]).get(row.pk),
        }

    @display(description="order")
    def client_order(self, row: Order) -> str:
        return row.client_order_id

    @display(description="side")
    def side_word(self, row: Order) -> str:
        return label(row.side)

    @display(description="type")
    def type_word(self, row: Order) -> str:
        return f"{row.type} {row.time_in_force}".replace("_", " ")

    @display(description="quantity")
    def ordered_figure(self, row: Order) -> str:
        return amount(row.quantity)

    @display(description="filled")
    def filled_figure(self, row: Order) -> str:
        return format_html("{} {}", amount(row.filled_quantity), bar(row.filled_quantity, row.quantity))

    @display(description="limit price")
    def limit_figure(self, row: Order) -> str:
        return price(row.limit_price)

    @display(description="avg price")
    def average_figure(self, row: Order) -> str:
        exact = row.filled_avg_price
        return format_html('<span title="{}">{}</span>', decimal_text(exact) if exact else "", average(exact))

    @display(description="status")
    def status_label(self, row: Order) -> str:
        return label(row.status)

    @display(description="algorithm")
    def algorithm(self, row: Order) -> str:
        return str(row.instruction.get("name", ""))

    @display(description="placed (market, UTC)")
    def placed(self, row: Order) -> str:
        return moment(row.market_time)


def _denial_numbers(order: Order, permissions: frozenset[str]) -> dict[str, str]:
    """Return what the denying check saw, to who may see the account's limits."""
    return selectors.denial_numbers(order) if order.denial_code and VIEW_LIMITS in permissions else {}
