"""The audit log: its entries, the page of one, and the button that verifies all of it."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.contrib.admin import display
from django.core.exceptions import ValidationError as NotAnId
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST, require_safe
from pydantic import ValidationError

from compliance import selectors
from compliance.admin.proof_files import shown_checkpoint
from compliance.admin.timeline import CRITERIA as TIMELINE_CRITERIA
from compliance.admin.timeline import timeline_context, timeline_url
from compliance.models import Leaf, LeafKind
from compliance.month_reads import archived_through
from compliance.search import ORDER, AskedLeaves, found_leaves, searched_through
from compliance.services.verify import verify
from compliance.told import readable, said_in, told_by
from orders.kernel.admin import ChoiceFilter, FactsAdmin, TextFilter, actor_of, sentences_of
from orders.kernel.admin.figures import moment, short
from orders.selectors import login_names

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


class Criterion(TextFilter):
    """A criterion of the search; the list's rows are narrowed by all of them together."""

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        return queryset


def _criterion(name: str, title: str) -> type[Criterion]:
    return type(f"{name}_criterion", (Criterion,), {"title": title, "parameter_name": name, "column": name})


CRITERIA = tuple(
    _criterion(*each)
    for each in (
        ("object_type", "object type"),
        ("object_id", "object id"),
        ("client_order_id", "client order id"),
        ("action", "action"),
        ("actor", "actor"),
        ("correlation_id", "correlation id"),
        ("recorded_from", "recorded from (UTC)"),
        ("recorded_to", "recorded before"),
    )
)
"""What the log is searched by: the names are those of the API's parameters."""


def reads_log(request: HttpRequest) -> bool:
    """Tell whether the signed-in person may read the whole log; asked once in a request."""
    known: bool | None = getattr(request, "qtweb_reads_log", None)
    if known is None:
        known = selectors.may_read_log(actor_of(request))
        request.qtweb_reads_log = known  # type: ignore[attr-defined]
    return known


def _criteria(request: HttpRequest) -> dict[str, str]:
    """Return what is asked for, by the names of the API's parameters."""
    given = {name: str(request.GET.get(name, "")).strip() for name in AskedLeaves.model_fields}
    return {name: value for name, value in given.items() if value}


def _asked(request: HttpRequest) -> AskedLeaves:
    return AskedLeaves.model_validate(_criteria(request))


def _object_url(leaf: Leaf) -> str | None:
    name = _PAGES.get(leaf.object_type)
    try:
        return None if name is None else reverse(name, args=[leaf.object_id])
    except (NoReverseMatch, NotAnId):
        return None


class LeafAdmin(FactsAdmin):
    """The log, newest first, read along the entries' ids."""

    empty_text = "Nothing has been recorded yet."
    unmatched_text = (
        "No entry matches. Criteria are met exactly; an actor is a login name, process:name or unknown; a moment is"
        " 2026-11-27T14:03:07Z."
    )
    key_converter = "int"
    list_display = ("sequence_figure", "recorded", "action", "about", "who", "correlation", "revision_figure")
    list_display_links = ("sequence_figure", "action")
    list_filter = (KindFilter, *CRITERIA)
    object_template = "compliance/entry.html"
    change_list_template = "compliance/log.html"

    def permits(self, request: HttpRequest) -> bool:
        return reads_log(request)

    def rows(self, request: HttpRequest) -> "QuerySet[Leaf]":
        return selectors.log_for(actor_of(request), selectors.LogFilter(kind=None))

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Leaf]":
        """Return the rows of the list: everything, or what the search finds of what is asked for."""
        try:
            asked = _asked(request)
        except ValidationError as error:
            for place, sentence in sentences_of(error):
                messages.error(request, f"{str(place[0]).replace('_', ' ').capitalize()}: {sentence}")
            return self.rows(request).none()
        return self.rows(request) if asked.is_empty else found_leaves(actor_of(request), asked)

    def keys_for(self, request: HttpRequest) -> tuple[str, ...]:
        return ORDER if _criteria(request) else self.keys

    def list_context(self, request: HttpRequest) -> dict[str, Any]:
        asked = _criteria(request)
        of = {name: asked[name] for name in TIMELINE_CRITERIA if name in asked}
        has_subject = "object_id" in of or "correlation_id" in of
        return {
            "checkpoint": shown_checkpoint(),
            "searched_through": searched_through(actor_of(request)) if asked else None,
            "archived_through": archived_through(),
            "timeline_url": timeline_url(**of) if has_subject else None,
        }

    def list_title(self) -> str:
        return "Audit log"

    def enrich(self, rows: list[Any]) -> None:
        names = login_names(row.actor for row in rows)
        for row in rows:
            row.actor_name = names[row.actor]

    def get_urls(self) -> list[URLPattern]:
        check = self.guarded(require_POST(self.verify_page))
        timeline = self.guarded(require_safe(self.timeline_page))
        return [
            *super().get_urls(),
            path("verify/", check, name="compliance_leaf_verify"),
            path("timeline/", timeline, name="compliance_leaf_timeline"),
        ]

    def object_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        self.enrich([row])
        checkpoint = shown_checkpoint()
        is_covered = (
            row.sequence is not None and checkpoint is not None and row.sequence < checkpoint.head.size
        )
        return {
            "checkpoint": checkpoint,
            "is_covered": is_covered,
            "title": f"Entry {row.sequence}" if row.sequence is not None else "Entry without a place yet",
            "object_url": _object_url(row),
            "leaf_hash": selectors.leaf_hash_text(row),
            "said": said_in(row.body),
            "told": told_by(row.body),
            "timelines": [
                ("of the object", timeline_url(object_type=row.object_type, object_id=row.object_id)),
                ("of the piece of work", timeline_url(correlation_id=row.correlation_id)),
            ],
            "pretty": readable(row.body),
        }

    def timeline_page(self, request: HttpRequest) -> HttpResponse:
        """Show what happened to an object, or in one piece of work, step by step."""
        context = {"crumbs": [self.crumb()], **timeline_context(request)}
        return self.page(request, "compliance/timeline.html", context)

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
