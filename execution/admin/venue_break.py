"""The page by which an operator closes a difference between a venue's record and ours, and says why."""

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from execution.admin.dead_letter import ReasonForm
from execution.breaks import open_break_for
from execution.errors import VenueBreakNotFound
from execution.services.settle_break import settle_venue_break
from orders.kernel.admin import ActPage, acting, actor_of, site


@acting
def settle_page(request: HttpRequest, break_id: UUID) -> HttpResponse:
    """Show the break and what closing it means, or close it and go back to the operations page."""
    try:
        found = open_break_for(actor_of(request), break_id)
    except VenueBreakNotFound as error:
        raise Http404("there is no such page for you") from error
    if not found.may_settle:
        raise PermissionDenied
    operations_url = reverse("admin:operations")

    def perform(given: dict[str, Any]) -> str:
        settle_venue_break(actor=actor_of(request), break_id=break_id, reason=given["reason"])
        return f"Closed: {found.kind.value.replace('_', ' ')} of {found.symbol}."

    context = {
        "found": found,
        "submit": "Close it",
        "tone": "danger",
        "crumbs": [("Operations", operations_url)],
    }
    form = ReasonForm(request.POST if request.method == "POST" else None)
    page = ActPage(
        site, "Close a break", form, perform, operations_url, "execution/venue_break.html", context
    )
    return page.answer(request)
