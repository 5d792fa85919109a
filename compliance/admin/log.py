"""The audit log: its entries, the page of one, and the button that verifies all of it."""

import json
from collections.abc import Iterable
from typing import Any

from django.contrib.admin import display
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from compliance import selectors
from compliance.models import Leaf, LeafKind
from compliance.row_changes import changes_in
from compliance.services.verify import verify
from orders.kernel.admin import ChoiceFilter, FactsAdmin, TextFilter, actor_of
from orders.kernel.admin.figures import moment, short
from orders.selectors import actor_reference, login_names

_PAGES = {
    "order": "admin:orders_order_change",
    "orders_order": "admin:orders_order_change",
    "approval": "admin:compliance_approval_change",
    "compliance_approval": "admin:compliance_approval_change",
}
"""Which page shows an object that a leaf names; what is hidden from the reader is hidden there."""


class KindFilter(ChoiceFilter):
    """What the business did, or what happened to rows: the first unless told."""

    title = "kind"
    parameter_name = "kind"
    widget = "tabs"

    def options(self, request: HttpRequest) -> Iterable[tuple[str, str]]:
        return [(LeafKind.EVENT.value, "What happened"), (LeafKind.ROW.value, "Changes of rows")]

    def value(self) -> str:
        return str(super().value() or LeafKind.EVENT.value)

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        return queryset.filter(kind=self.value())


class ObjectFilter(TextFilter):
    """Entries about one object, by its id."""

    title = "object id"
    parameter_name = column = "object_id"


class ActionFilter(TextFilter):
    """Entries of one action, for example OrderPlaced."""

    title = "action"
    parameter_name = column = "action"


class ActorFilter(TextFilter):
    """Entries of one person, by login name, or of a process, as process:name."""

    title = "actor"
    parameter_name = column = "actor"

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        chosen = self.value()
        return queryset.filter(actor=actor_reference(chosen)) if chosen else queryset


class CorrelationFilter(TextFilter):
    """Entries of one piece of work."""

    title = "correlation id"
    parameter_name = column = "correlation_id"


def reads_log(request: HttpRequest) -> bool:
    """Tell whether the signed-in person may read the whole log; asked once in a request."""
    known: bool | None = getattr(request, "qtweb_reads_log", None)
    if known is None:
        known = selectors.may_read_log(actor_of(request))
        request.qtweb_reads_log = known  # type: ignore[attr-defined]
    return known


def _object_url(leaf: Leaf) -> str | None:
    name = _PAGES.get(leaf.object_type)
    try:
        return None if name is None else reverse(name, args=[leaf.object_id])
    except (NoReverseMatch, ValidationError):
        return None


class LeafAdmin(FactsAdmin):
    """The log, newest first, read along the entries' ids."""

    empty_text = "No entry matches. Filters are met exactly; an actor is a login name or process:name."
    key_converter = "int"
    list_display = ("sequence_figure", "recorded", "action", "about", "who", "correlation", "revision_figure")
    list_display_links = ("sequence_figure", "action")
    list_filter = (KindFilter, ObjectFilter, ActionFilter, ActorFilter, CorrelationFilter)
    object_template = "compliance/entry.html"
    change_list_template = "compliance/log.html"

    def permits(self, request: HttpRequest) -> bool:
        return reads_log(request)

    def rows(self, request: HttpRequest) -> "QuerySet[Leaf]":
        return selectors.log_for(actor_of(request), selectors.LogFilter(kind=None))

    def list_title(self) -> str:
        return "Audit log"

    def enrich(self, rows: list[Any]) -> None:
        names = login_names(row.actor for row in rows)
        for row in rows:
            row.actor_name = names[row.actor]

    def get_urls(self) -> list[URLPattern]:
        check = self.guarded(require_POST(self.verify_page))
        return [*super().get_urls(), path("verify/", check, name="compliance_leaf_verify")]

    def object_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        self.enrich([row])
        return {
            "title": f"Entry {row.sequence}" if row.sequence is not None else "Entry without a place yet",
            "object_url": _object_url(row),
            "leaf_hash": selectors.leaf_hash_text(row),
            "said": json.loads(row.body),
            "columns": changes_in(row.body),
            "pretty": json.dumps(json.loads(row.body), indent=2, ensure_ascii=False),
        }

    def verify_page(self, request: HttpRequest) -> HttpResponse:
        """Recompute the whole log and show what came of it."""
        result = verify()
        broken = result.broken
        context = {
            "title": "Verification",
            "crumbs": [self.crumb()],
            "result": result,
            "entry_url": None
            if broken is None or broken.leaf_id is None
            else reverse("admin:compliance_leaf_change", args=[broken.leaf_id]),
        }
        return self.page(request, "compliance/verification.html", context)

    @display(description="sequence")
    def sequence_figure(self, row: Any) -> str:
        return "waits" if row.sequence is None else f"{row.sequence:,}"

    @display(description="recorded (UTC)")
    def recorded(self, row: Leaf) -> str:
        return moment(row.recorded_at)

    @display(description="object")
    def about(self, row: Leaf) -> str:
        url = _object_url(row)
        named = format_html("{} {}", row.object_type, short(row.object_id))
        return named if url is None else format_html('<a class="qt-link" href="{}">{}</a>', url, named)

    @display(description="actor")
    def who(self, row: Any) -> str:
        return row.actor_name

    @display(description="correlation id")
    def correlation(self, row: Leaf) -> str:
        return format_html(
            '<a class="qt-link" href="?correlation_id={}">{}</a>',
            row.correlation_id,
            short(row.correlation_id),
        )

    @display(description="revision")
    def revision_figure(self, row: Leaf) -> str:
        return str(row.revision)
