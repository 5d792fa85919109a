"""The admin site: only what an app of ours registers exists on it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.views.decorators.http import require_safe
from unfold.sites import UnfoldAdminSite

_LEFT_OUT = frozenset(
    {"search", "password_change", "password_change_done", "autocomplete", "view_on_site", "app_list"}
)
"""Pages that Django and unfold bring and nobody here needs; some of them would write past the services."""


@dataclass(frozen=True)
class Figure:
    """A number on the first page that leads to the rows which it counts. `tone` colours it, see figures.py."""

    label: str
    value: str
    url: str
    tone: str = ""


@dataclass(frozen=True)
class Summary:
    """A card on the first page. `next_step` says in a sentence what to do now, and `next_url` where; "" for nowhere."""

    title: str
    figures: list[Figure]
    next_step: str
    next_url: str = ""


@dataclass(frozen=True)
class Banner:
    """A sentence above every page for as long as it holds, and where to read more."""

    sentence: str
    url: str


Announce = Callable[[HttpRequest], list[Banner]]
Summarise = Callable[[HttpRequest], Summary | None]
View = Callable[..., HttpResponse]


class Site(UnfoldAdminSite):
    """An admin site of facts. Apps add pages that belong to no table, and cards for the first page."""

    index_template = "kernel/index.html"
    index_title = "Today"

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self._pages: list[tuple[str, View, str]] = []
        self._summaries: list[Summarise] = []
        self._announcers: list[Announce] = []

    def add_page(self, route: str, view: View, name: str) -> None:
        """Serve `view` to signed-in staff at `route`; the view checks the permission."""
        self._pages.append((route, view, name))

    def add_summary(self, summarise: Summarise) -> None:
        """Show on the first page what `summarise` returns for the request, None where it may not be seen."""
        self._summaries.append(summarise)

    def add_banners(self, announce: Announce) -> None:
        """Show above every page what `announce` returns for the request of a signed-in person."""
        self._announcers.append(announce)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Return what every page needs, the banners among it."""
        is_known = request.user.is_authenticated
        banners = [each for announce in self._announcers for each in announce(request)] if is_known else []
        return {**super().each_context(request), "banners": banners}

    def page(
        self, request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        """Return a page of the site."""
        request.current_app = self.name
        return TemplateResponse(request, template, {**self.each_context(request), **context}, status=status)

    def extra_urls(self) -> list[Any]:
        """Hook of unfold: the pages that apps added."""
        return [path(route, self.admin_view(view), name=name) for route, view, name in self._pages]

    def get_urls(self) -> list[Any]:
        return [url for url in super().get_urls() if getattr(url, "name", None) not in _LEFT_OUT]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Django's list of apps is not shown: the side bar is the site's own (qtweb/navigation.py)."""
        return []

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        cards = [summarise(request) for summarise in self._summaries]
        context = {"summaries": [card for card in cards if card is not None], **(extra_context or {})}
        return require_safe(super().index)(request, context)


site = Site()
