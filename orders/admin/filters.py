"""The filters of the lists of orders."""

from collections.abc import Iterable

from django.http import HttpRequest

from orders import selectors
from orders.kernel.admin import ChoiceFilter, actor_of
from orders.states import OrderStatus
from orders.terms import OrderType, Side, TimeInForce


class StatusFilter(ChoiceFilter):
    """Orders in one status."""

    title = "status"
    parameter_name = column = "status"

    def options(self, request: HttpRequest) -> Iterable[tuple[str, str]]:
        return [(status.value, status.replace("_", " ")) for status in OrderStatus]


class SideFilter(ChoiceFilter):
    """Orders of one side."""

    title = "side"
    parameter_name = column = "side"

    def options(self, request: HttpRequest) -> Iterable[tuple[str, str]]:
        return [(side.value, side.value) for side in Side]


class TypeFilter(ChoiceFilter):
    """Orders of one type."""

    title = "type"
    parameter_name = column = "type"

    def options(self, request: HttpRequest) -> Iterable[tuple[str, str]]:
        return [(each.value, each.replace("_", " ")) for each in OrderType]


class TimeInForceFilter(ChoiceFilter):
    """Orders of one time in force."""

    title = "time in force"
    parameter_name = column = "time_in_force"

    def options(self, request: HttpRequest) -> Iterable[tuple[str, str]]:
        return [(each.value, each.value) for each in TimeInForce]


class AccountFilter(ChoiceFilter):
    """Rows of one of the accounts that the person may see."""

    title = "account"
    parameter_name = "account"
    column = "account__code"

    def options(self, request: HttpRequest) -> Iterable[tuple[str, str]]:
        codes = selectors.accounts_for(actor_of(request)).values_list("code", flat=True)
        return [(code, code) for code in codes]


class SymbolFilter(ChoiceFilter):
    """Rows of one instrument."""

    title = "symbol"
    parameter_name = "symbol"
    column = "instrument__symbol"

    def options(self, request: HttpRequest) -> Iterable[tuple[str, str]]:
        symbols = selectors.instruments_for(actor_of(request)).values_list("symbol", flat=True)
        return [(symbol, symbol) for symbol in symbols]
