"""Positions: what each account holds, what it gained, and how near its limit its open orders may bring it."""

from typing import Any
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
from orders.kernel.admin.figures import NONE, amount, average, bar, gain
from orders.models import Position
from orders.permissions import VIEW_ORDERS
from orders.positions.chart import quantity_chart
from orders.valuation import ValuedPosition, as_of, lot_rows_of, results_by_desk, trades_of, valued

MOST_LOTS = 200
"""What a person still reads; the API pages through the rest."""
MOST_TRADES = 500
"""How many trades back the chart looks."""


class PositionAdmin(GrantedAdmin):
    """By account and symbol, below the results of the desks. P&L is by FIFO in the instrument's currency."""

    change_list_template = "orders/positions.html"
    empty_text = "No account that you see has traded yet."
    keys = ("account__code", "instrument__symbol")
    list_display = (
        "symbol",
        "account",
        "net_figure",
        "cost_figure",
        "last_price_figure",
        "realised_figure",
        "unrealised_figure",
        "currency",
        "unsettled_figure",
        "open_buys_figure",
        "open_sells_figure",
        "limit_use_figure",
    )
    list_filter = (AccountFilter, SymbolFilter)
    newest_first = False
    object_template = "orders/position.html"
    permission = VIEW_ORDERS
    unmatched_text = "No position matches."

    def rows(self, request: HttpRequest) -> "QuerySet[Position]":
        return selectors.positions_with_limits(actor_of(request))

    def enrich(self, rows: list[Any]) -> None:
        for found in valued(rows, as_of()):
            found.position.valued = found  # type: ignore[attr-defined]

    def list_context(self, request: HttpRequest) -> dict[str, Any]:
        return {"results": results_by_desk(actor_of(request), as_of())}

    def object_context(self, request: HttpRequest, row: Position) -> dict[str, Any]:
        (found,) = valued([row], as_of())
        lots = list(lot_rows_of(row)[: MOST_LOTS + 1])
        trades = trades_of(row, newest=MOST_TRADES)
        changes = [(trade.market_time, trade.signed_quantity) for trade in trades]
        terms = urlencode({"account": row.account.code, "symbol": row.instrument.symbol})
        return {
            "title": f"{row.instrument.symbol} in {row.account.code}",
            "found": found,
            "worths": _worths(found),
            "lots": lots[:MOST_LOTS],
            "cut": len(lots) > MOST_LOTS,
            "chart": quantity_chart(changes, final=row.net_quantity),
            "orders_url": f"{reverse('admin:orders_order_changelist')}?{terms}",
        }

    @display(description="symbol")
    def symbol(self, row: Position) -> str:
        return row.instrument.symbol

    @display(description="net")
    def net_figure(self, row: Position) -> str:
        return amount(row.net_quantity)

    @display(description="average cost")
    def cost_figure(self, row: Position) -> str:
        return average(_valued(row).worth.average_cost.cost_price)

    @display(description="last price")
    def last_price_figure(self, row: Position) -> str:
        last = _valued(row).last_price
        return NONE if last is None else average(last.price)

    @display(description="realised")
    def realised_figure(self, row: Position) -> str:
        return gain(_valued(row).worth.fifo.realised)

    @display(description="unrealised")
    def unrealised_figure(self, row: Position) -> str:
        return gain(_valued(row).worth.fifo.unrealised)

    @display(description="in")
    def currency(self, row: Position) -> str:
        return row.instrument.currency

    @display(description="unsettled")
    def unsettled_figure(self, row: Position) -> str:
        settled = _valued(row).settled
        return NONE if settled is None else amount(settled.unsettled_quantity)

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


def _valued(row: Position) -> ValuedPosition:
    found: ValuedPosition = row.valued  # type: ignore[attr-defined]
    return found


def _worths(found: ValuedPosition) -> list[dict[str, Any]]:
    """Return the figures of instrument, account and firm with the words that name them; None where there is no rate."""
    account = found.position.account
    named = (
        ("Instrument", found.currency, found.worth),
        (f"Account {account.code}", account.currency, found.account_worth),
        (f"Firm {account.desk.firm.code}", account.desk.firm.currency, found.firm_worth),
    )
    return [{"whose": whose, "currency": currency, "worth": worth} for whose, currency, worth in named]
