"""What pre-trade risk refused: the list with its numbers, the checks that refused most, and the page of one."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import HttpRequest

from orders import selectors
from orders.admin.filters import AccountFilter
from orders.admin.granted import GrantedAdmin, held_on
from orders.admin.order_override import overrides_context
from orders.hooks import hooks
from orders.kernel.admin import ChoiceFilter, TextFilter, actor_of
from orders.kernel.admin.keyset import KeysetChangeList
from orders.kernel.moments import first_moment_of, last_moment_of, parse_day
from orders.models import RiskDecision
from orders.permissions import PLACE_ORDERS, VIEW_ORDERS
from orders.refused import refusals_by_check, refused_of, refusing_decisions
from orders.risk.chart import picture
from orders.risk.denials import words_of
from orders.risk.figures import Outcome
from orders.risk.kill_switch import CHECK as KILL_SWITCH

AMONG = 10_000
"""How many of the newest refusals are counted by check: the page costs the same on the worst day."""


class AccountOfOrderFilter(AccountFilter):
    """Refusals in one of the accounts that the person may see."""

    column = "order__account__code"


class DeskFilter(ChoiceFilter):
    """Refusals in the accounts of one desk."""

    title = parameter_name = "desk"
    column = "order__account__desk__code"

    def options(self, request: HttpRequest) -> Iterable[tuple[str, str]]:
        accounts = selectors.accounts_for(actor_of(request)).order_by("desk__code")
        return [(code, code) for code in accounts.values_list("desk__code", flat=True).distinct()]


class TraderFilter(TextFilter):
    """Refusals of one trader, by login name."""

    title = parameter_name = "trader"
    column = "order__placed_by__username"


class CheckFilter(ChoiceFilter):
    """What one check refused, alone or among others."""

    title = parameter_name = "check"

    def options(self, request: HttpRequest) -> Iterable[tuple[str, str]]:
        checks = (each.id for each in (*hooks.pre_trade_checks, *hooks.exposure_checks))
        return [(check, words_of(check)) for check in (KILL_SWITCH, *checks)]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        chosen = self.value()
        denying = {"check": chosen, "outcome": str(Outcome.DENIED)}
        return queryset.filter(findings__contains=[denying]) if chosen else queryset


class DayFilter(TextFilter):
    """Refusals from a day on, or until its end, by recorded time in UTC. What is no day is 400."""

    widget = "day"

    def day(self) -> date | None:
        """Return the day that was asked for. Raises BadRequest for what is none."""
        try:
            return parse_day(self.value()) if self.value() else None
        except ValueError as error:
            raise BadRequest(f"{self.title}: {error}") from error


class FromFilter(DayFilter):
    """Refusals of this day and later ones."""

    title, parameter_name = "from day (UTC)", "from"

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        day = self.day()
        return queryset.filter(recorded_at__gte=first_moment_of(day)) if day else queryset


class ToFilter(DayFilter):
    """Refusals of this day and earlier ones."""

    title, parameter_name = "to day (UTC)", "to"

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        day = self.day()
        return queryset.filter(recorded_at__lte=last_moment_of(day)) if day else queryset


class RefusedChangeList(KeysetChangeList):
    """A page of refusals with their numbers, and how many of all that match each check refused."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.refused = refused_of(actor_of(request), self.result_list)  # type: ignore[arg-type]  # rows of the admin's model
        counted = refusals_by_check(self.queryset, among=AMONG)
        most = max((number for _check, number in counted), default=0)
        self.by_check = [
            {
                "words": words_of(check),
                "number": number,
                "length": round(100 * number / most, 1),
                "query": self.get_query_string({"check": check}, remove=["on", "back"]),
            }
            for check, number in counted
        ]


class RefusedAdmin(GrantedAdmin):
    """Newest first: recorded time is what the list is read along."""

    change_list_template = "orders/refused.html"
    empty_text = "Pre-trade risk has refused no order that you may see."
    keys = ("recorded_at", "id")
    list_filter = (FromFilter, ToFilter, DeskFilter, AccountOfOrderFilter, TraderFilter, CheckFilter)
    list_per_page = 50
    object_template = "orders/refused_decision.html"
    permission = VIEW_ORDERS
    unmatched_text = "No refusal matches."

    def rows(self, request: HttpRequest) -> "QuerySet[RiskDecision]":
        return refusing_decisions(actor_of(request))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        return RefusedChangeList

    def list_title(self) -> str:
        return "Refused orders"

    def list_context(self, request: HttpRequest) -> dict[str, Any]:
        return {"among": f"{AMONG:,}"}

    def object_context(self, request: HttpRequest, row: RiskDecision) -> dict[str, Any]:
        (refused,) = refused_of(actor_of(request), [row])
        permissions = held_on(request, row.order.account_id)
        overrides = {} if refused.is_of_new_terms else overrides_context(request, row.order, permissions)
        return {
            "title": f"Refused: {row.order.client_order_id}",
            "refused": refused,
            "picture": picture(refused.decision),
            **overrides,
            "may_place": PLACE_ORDERS in permissions,
            "decision_row": row,
            "row": row.order,
        }
