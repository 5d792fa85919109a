"""The operator's page: what was tried too often, where records disagree, and where the venue's word is missing."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from execution.admin.dead_letter import acts_of
from execution.breaks import open_breaks
from execution.dead_letters import MOST_ROWS, dead_letters
from execution.selectors import unresolved_venue_orders
from orders.admin.granted import held
from orders.kernel.admin import actor_of, site
from orders.permissions import VIEW_OPERATIONS

PATIENCE = timedelta(seconds=30)
"""How long (recorded time) the venue's answer may take before an operator is shown the venue order."""


@require_safe
def operations(request: HttpRequest) -> HttpResponse:
    """Show dead letters, breaks and unresolved venue orders to those who may see operations."""
    if VIEW_OPERATIONS not in held(request):
        raise PermissionDenied
    letters = [(letter, acts_of(letter)) for letter in dead_letters(actor_of(request), most=MOST_ROWS + 1)]
    breaks = open_breaks(actor_of(request), most=MOST_ROWS + 1)
    waiting = unresolved_venue_orders(actor_of(request), older_than=PATIENCE).select_related("run")
    context = {
        "title": "Operations",
        "letters": letters[:MOST_ROWS],
        "are_more": len(letters) > MOST_ROWS,
        "may_settle": any(acts for _letter, acts in letters),
        "breaks": breaks[:MOST_ROWS],
        "are_more_breaks": len(breaks) > MOST_ROWS,
        "may_close": any(found.may_settle for found in breaks),
        "waiting": waiting.order_by("id")[:MOST_ROWS],
        "patience_s": int(PATIENCE.total_seconds()),
        **site.each_context(request),
    }
    return TemplateResponse(request, "execution/operations.html", context)
