"""The page State of the log: what was verified, and how the copies outside the database stand."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from compliance.admin.log import reads_log
from compliance.log_state import log_state
from compliance.services.watch import ROUND_S
from orders.kernel.admin import actor_of, site


@require_safe
def log_state_page(request: HttpRequest) -> HttpResponse:
    """Show the state of the log to those who may read it."""
    if not reads_log(request):
        raise PermissionDenied
    state = log_state(actor_of(request))
    broken = state.watch if state.is_broken else None
    context = {
        "title": "State of the log",
        "crumbs": [("Audit log", reverse("admin:compliance_leaf_changelist"))],
        "state": state,
        "round_s": int(ROUND_S),
        "entry_url": None
        if broken is None or broken.broken_leaf_id is None
        else reverse("admin:compliance_leaf_change", args=[broken.broken_leaf_id]),
    }
    return site.page(request, "compliance/log_state.html", context)
