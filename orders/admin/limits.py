"""Limits: what holds whom down, how much of it is used, and since when it is in force."""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin import display
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from orders import limit_reads
from orders.admin.granted import GrantedAdmin
from orders.admin.limit_order import LimitChangeList, OrderFilter
from orders.admin.limit_pictures import days_picture, use_text
from orders.admin.limit_words import LISTS, LimitList, holder_text, subject_text, title_of, value_text
from orders.kernel.admin import ChoiceFilter, actor_of
from orders.kernel.admin.figures import label, moment
from orders.limit_history import daily_peaks
from orders.limit_kinds import KINDS
from orders.limit_reads import LimitStanding
from orders.models import Limit
from orders.permissions import VIEW_LIMITS
from orders.risk.utilisation import MEASURED
from orders.selectors import market_now


def list_of(request: HttpRequest) -> LimitList:
    """Return which of the lists is asked for: the first one without a word."""
    return next((each for each in LISTS if each.name == request.GET.get("list")), LISTS[0])


class ListFilter(ChoiceFilter):
    """Limits proper, the restricted list, permissions to trade, or locates."""

    title = "list"
    parameter_name = "list"
    widget = "tabs"

    def options(self, request: HttpRequest) -> Iterable[tuple[str, str]]:
        return [(each.name, each.title) for each in LISTS]

    def value(self) -> str:
        return str(super().value() or LISTS[0].name)

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        return queryset.filter(kind__in=list_of(request).kinds)


class KindFilter(ChoiceFilter):
    """Limits of one kind."""

    title = "kind"
    parameter_name = column = "kind"

    def has_output(self) -> bool:
        """Tell whether there is anything to choose."""
        return len(self.lookup_choices) > 1

    def options(self, request: HttpRequest) -> Iterable[tuple[str, str]]:
        return [(kind.value, title_of(kind)) for kind in list_of(request).kinds]


class HolderFilter(ChoiceFilter):
    """Limits of one firm, desk or account, of traders, or of everybody."""

    title = "for"
    parameter_name = "for"
    column = "holder_key"

    def options(self, request: HttpRequest) -> Iterable[tuple[str, str]]:
        return [(key, key.partition(" ")[2]) for key in limit_reads.holder_keys(actor_of(request))]


class StandingFilter(ChoiceFilter):
    """Limits in force, those to come, those whose time is over; without a choice all that are not ended."""

    title = "state"
    parameter_name = column = "standing"

    def options(self, request: HttpRequest) -> Iterable[tuple[str, str]]:
        return [(each.value, each.value.replace("_", " ")) for each in LimitStanding]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        if not self.value():
            return queryset.exclude(standing=LimitStanding.ENDED)
        return super().queryset(request, queryset)


class LimitAdmin(GrantedAdmin):
    """By holder and subject. Registered by compliance, without whose approvals no limit changes."""

    change_list_template = "orders/limits.html"
    keys = ("holder_key", "subject_key", "kind", "id")
    list_filter = (ListFilter, KindFilter, HolderFilter, StandingFilter, OrderFilter)
    newest_first = False
    permission = VIEW_LIMITS

    def rows(self, request: HttpRequest) -> "QuerySet[Limit]":
        return limit_reads.limits_to_watch(actor_of(request))

    def row(self, request: HttpRequest, object_id: Any) -> Any:
        """Return one limit with what is used of it, or Http404."""
        found = super().row(request, object_id)
        limit_reads.add_use([found])
        return found

    def enrich(self, rows: list[Any]) -> None:
        """Add what is used of each limit, and how near it came on each of the last thirty days."""
        limit_reads.add_use(rows)
        measured = {row.pk: row.kind for row in rows if row.kind in MEASURED}
        peaks = daily_peaks(measured, market_now())
        for row in rows:
            row.days = peaks.get(row.pk, [])

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[LimitChangeList]:
        return LimitChangeList

    def get_list_display(self, request: HttpRequest) -> list[str]:
        """Return the columns: a rule or a right has no number."""
        named = ["holder", "subject"] if list_of(request).name == "permissions" else ["subject", "holder"]
        if any(KINDS[kind].fixed_value is None for kind in list_of(request).kinds):
            named = ["holder", "subject", "kind_words", "value_figure", "use_figure", "days_figure"]
        return [*named, "standing_label"]

    def empty_words(self, request: HttpRequest, *, is_narrowed: bool) -> str:
        return "Nothing on this list matches." if is_narrowed else list_of(request).empty

    def list_context(self, request: HttpRequest) -> dict[str, Any]:
        return {"shown": list_of(request)}

    @display(description="for")
    def holder(self, row: Limit) -> str:
        return holder_text(row)

    @display(description="what")
    def subject(self, row: Limit) -> str:
        return subject_text(row)

    @display(description="limit")
    def kind_words(self, row: Limit) -> str:
        return title_of(row.kind)

    @display(description="value")
    def value_figure(self, row: Limit) -> str:
        return value_text(row.kind, row.value, row.scope)

    @display(description="used")
    def use_figure(self, row: Any) -> str:
        return use_text(row.use)

    @display(description="30 days")
    def days_figure(self, row: Any) -> str:
        return days_picture(row.days, row.warn_at_percent)

    @display(description="state")
    def standing_label(self, row: Any) -> str:
        dates = (("from", row.effective_from), ("until", row.effective_until))
        named = " ".join(f"{word} {moment(at)}" for word, at in dates if at is not None)
        return format_html("{} {}", label(row.standing), named and f"{named}, market time, UTC")


def limit_url(limit: Limit) -> str:
    """Return the address of a limit's page."""
    return reverse("admin:orders_limit_change", args=[limit.pk])
