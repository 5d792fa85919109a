"""Positions: what each account holds, what its open orders may add, and how near its limit that is."""

from urllib.parse import urlencode

from django.contrib.admin import display
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from orders import selectors
from orders.admin.filters import AccountFilter, SymbolFilter
from orders.admin.granted import GrantedAdmin
from orders.kernel.admin import actor_of
from orders.kernel.admin.figures import NONE, amount, average, bar
from orders.kernel.money import average_price
from orders.models import Position
from orders.permissions import VIEW_ORDERS


class PositionAdmin(GrantedAdmin):
    """By account and symbol. The row leads to the orders that made it."""

    empty_text = "No account that you see has traded yet."
    keys = ("account__code", "instrument__symbol")
    list_display = (
        "account",
        "symbol",
        "net_figure",
        "bought_figure",
        "average_bought_figure",
        "sold_figure",
        "average_sold_figure",
        "open_buys_figure",
        "open_sells_figure",
        "limit_use_figure",
    )
    list_display_links = None
    list_filter = (AccountFilter, SymbolFilter)
    newest_first = False
    permission = VIEW_ORDERS

    def rows(self, request: HttpRequest) -> "QuerySet[Position]":
        return selectors.positions_with_limits(actor_of(request))

    @display(description="symbol")
    def symbol(self, row: Position) -> str:
        terms = urlencode({"account": row.account.code, "symbol": row.instrument.symbol})
        url = f"{reverse('admin:orders_order_changelist')}?{terms}"
        return format_html('<a class="qt-link" href="{}">{}</a>', url, row.instrument.symbol)

    @display(description="net")
    def net_figure(self, row: Position) -> str:
        return amount(row.net_quantity)

    @display(description="bought")
    def bought_figure(self, row: Position) -> str:
        return amount(row.bought_quantity)

    @display(description="avg bought")
    def average_bought_figure(self, row: Position) -> str:
        return average(average_price(row.bought_notional, row.bought_quantity))

    @display(description="sold")
    def sold_figure(self, row: Position) -> str:
        return amount(row.sold_quantity)

    @display(description="avg sold")
    def average_sold_figure(self, row: Position) -> str:
        return average(average_price(row.sold_notional, row.sold_quantity))

    @display(description="open buys")
    def open_buys_figure(self, row: Position) -> str:
        return amount(row.open_buy_quantity)

    @display(description="open sells")
    def open_sells_figure(self, row: Position) -> str:
        return amount(row.open_sell_quantity)

    @display(description="worst case / limit")
    def limit_use_figure(self, row: Position) -> str:
        worst, limit = row.worst_quantity, row.position_limit  # type: ignore[attr-defined]
        if limit is None:
            return NONE
        return format_html(
            "{} / {} {}", amount(worst), amount(limit), bar(worst, limit, "of the position limit")
        )
