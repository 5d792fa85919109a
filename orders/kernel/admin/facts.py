"""The base of every ModelAdmin: facts are read, never edited; nothing shows unless the subclass says to whom."""

from collections.abc import Callable
from typing import Any

from django.contrib.admin import ShowFacets
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_safe
from unfold.admin import ModelAdmin

from orders.kernel.admin.keyset import KeysetChangeList
from orders.kernel.admin.site import site


class FactsAdmin(ModelAdmin):
    """A list, and a page for each row, of what a person may see.

    Subclasses answer `permits` (may this person see such rows at all) and `rows` (which of them), and name the
    `keys` along which the list is read and the `object_template` of a row's page, if rows have one.
    """

    actions = None
    change_list_template = "kernel/list.html"
    empty_text = "Nothing here yet."
    key_converter = "uuid"
    keys: tuple[str, ...] = ("id",)
    list_filter_sheet = True
    list_fullwidth = True
    list_per_page = 100
    newest_first = True
    object_template = ""
    show_facets = ShowFacets.NEVER
    show_full_result_count = False
    unmatched_text = ""
    sortable_by = ()

    def permits(self, request: HttpRequest) -> bool:
        """Tell whether the person may see rows of this kind at all."""
        raise NotImplementedError

    def rows(self, request: HttpRequest) -> "QuerySet[Any]":
        """Return the rows that the person may see."""
        raise NotImplementedError

    def keys_for(self, request: HttpRequest) -> tuple[str, ...]:
        """Return the keys along which this list is read: `keys`, unless what is asked for is kept in another order."""
        return self.keys

    def enrich(self, rows: list[Any]) -> None:
        """Add to the rows of one page what another table knows about them, by one query for all."""

    def empty_words(self, request: HttpRequest, *, is_narrowed: bool) -> str:
        """Return what stands in the place of a list without rows: there are none, or none match what is asked for."""
        return self.unmatched_text if is_narrowed and self.unmatched_text else self.empty_text

    def list_context(self, request: HttpRequest) -> dict[str, Any]:
        """Return what the list's template needs besides the list."""
        return {}

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list. What no text in the database can hold is no query of it: 400."""
        if any("\0" in name + value for name, values in request.GET.lists() for value in map(str, values)):
            raise BadRequest("the character U+0000 is not allowed")
        context = {**self.list_context(request), **(extra_context or {})}
        return super().changelist_view(request, context)

    def object_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """Return what the row's template needs besides `row`."""
        return {}

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.permits(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.permits(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        return self.rows(request)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        return KeysetChangeList

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Allow the filters of this list; Django would allow any column of the table."""
        return lookup in {each.parameter_name for each in self.list_filter}

    def get_urls(self) -> list[URLPattern]:
        """Serve the list and the row's page; Django's pages to add, change, delete do not exist here."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        urls = [path("", self.guarded(require_safe(self.changelist_view)), name=f"{name}_changelist")]
        if self.object_template:
            page = self.guarded(require_safe(self.object_page))
            urls.append(path(self.object_route(), page, name=f"{name}_change"))
        return urls

    def object_route(self, rest: str = "") -> str:
        """Return the route of a row's page, or of what stands below it."""
        return f"<{self.key_converter}:object_id>/{rest}"

    def guarded(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        """Return `view` for signed-in staff whom `permits` lets in; 403 to others."""

        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not self.permits(request):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded: Callable[..., HttpResponse] = self.admin_site.admin_view(checked)
        return guarded

    def row(self, request: HttpRequest, object_id: Any) -> Any:
        """Return one row, or Http404 for an absent and a hidden one alike."""
        found = self.rows(request).filter(pk=object_id).first()
        if found is None:
            raise Http404("there is no such page for you")
        return found

    def list_url(self) -> str:
        """Return the address of the list."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def list_title(self) -> str:
        """Return the title of the list."""
        return str(self.opts.verbose_name_plural).capitalize()

    def crumb(self) -> tuple[str, str]:
        """Return the list's title and address, for the way back."""
        return (self.list_title(), self.list_url())

    def page(
        self, request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        """Return a page of the site."""
        return site.page(request, template, context, status)

    def object_page(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        """Show one row."""
        row = self.row(request, object_id)
        context = {"row": row, "title": str(row), "crumbs": [self.crumb()]}
        return self.page(request, self.object_template, {**context, **self.object_context(request, row)})
