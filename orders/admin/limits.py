"""Limits: what holds each account down, and how much of it is used."""

from decimal import Decimal

from django.contrib.admin import display
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from orders import selectors
from orders.admin.filters import AccountFilter
from orders.admin.granted import GrantedAdmin
from orders.kernel.admin import actor_of
from orders.kernel.admin.figures import amount, bar, words
from orders.limit_kinds import LimitKind
from orders.models import Limit
from orders.permissions import VIEW_LIMITS

UNITS = {
    LimitKind.ORDER_QUANTITY: "units per order",
    LimitKind.ORDER_NOTIONAL: "currency per order",
    LimitKind.PRICE_COLLAR_BPS: "bps from the last price",
    LimitKind.POSITION_QUANTITY: "units per instrument",
}


class LimitAdmin(GrantedAdmin):
    """By account and kind. Registered by compliance, without whose approvals no limit changes."""

    empty_text = "No limit is set on an account that you see: such an account may not trade."
    keys = ("account__code", "kind")
    list_display: tuple[str, ...] = ("account", "kind_words", "limit_value_figure", "unit", "use_figure")
    list_filter = (AccountFilter,)
    newest_first = False
    permission = VIEW_LIMITS

    def rows(self, request: HttpRequest) -> "QuerySet[Limit]":
        return selectors.limits_with_use(actor_of(request))

    @display(description="limit")
    def kind_words(self, row: Limit) -> str:
        return words(row.kind).removesuffix(" bps")

    @display(description="value")
    def limit_value_figure(self, row: Limit) -> str:
        return amount(row.value)

    @display(description="unit")
    def unit(self, row: Limit) -> str:
        return UNITS.get(LimitKind(row.kind), "")

    @display(description="used by the largest position")
    def use_figure(self, row: Limit) -> str:
        used = row.used  # type: ignore[attr-defined]
        if row.kind != LimitKind.POSITION_QUANTITY:
            return format_html('<span class="qt-quiet">{}</span>', "checked order by order")
        return format_html(
            "{} {}", amount(used or Decimal(0)), bar(used or Decimal(0), row.value, "of the limit")
        )
