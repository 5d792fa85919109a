"""The operator's page: what was tried too often, and venue orders of which the venue's word is missing."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from execution.selectors import dead_letters, unresolved_venue_orders
from orders.admin.granted import held
from orders.kernel.admin import actor_of, site
from orders.permissions import VIEW_OPERATIONS

PATIENCE = timedelta(seconds=30)
"""How long (recorded time) the venue's answer may take before an operator is shown the venue order."""
MOST_ROWS = 200


@require_safe
def operations(request: HttpRequest) -> HttpResponse:
    """Show dead letters and unresolved venue orders to those who may see operations."""
    if VIEW_OPERATIONS not in held(request):
        raise PermissionDenied
    letters = dead_letters(actor_of(request))
    prefetch_related_objects(letters.venue_orders, "run")
    waiting = unresolved_venue_orders(actor_of(request), older_than=PATIENCE).select_related("run")
    context = {
        "title": "Operations",
        "letters": letters,
        "waiting": waiting.order_by("id")[:MOST_ROWS],
        "patience_s": int(PATIENCE.total_seconds()),
        **site.each_context(request),
    }
    return TemplateResponse(request, "execution/operations.html", context)
