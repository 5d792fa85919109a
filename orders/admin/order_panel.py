"""The tabs of an order's page: which of them a person gets, and each as a fragment of its own."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.safestring import mark_safe

from orders.admin.granted import held_on
from orders.hooks import OrderPanel, hooks
from orders.kernel.admin import actor_of
from orders.models import Order
from orders.panels import RISK


def panels_for(order: Order, permissions: frozenset[str]) -> list[OrderPanel]:
    """Return the wired panels that these permissions open: of a refused order the decision first."""
    panels = [panel for panel in hooks.order_panels if panel.permission in permissions]
    return sorted(panels, key=lambda panel: panel is not RISK) if order.denial_code else panels


def panel_fragment(request: HttpRequest, order: Order, name: str) -> HttpResponse:
    """Return one panel of an order that the person may see: 404 when there is none, 403 when it is not for them."""
    panel = next((each for each in hooks.order_panels if each.name == name), None)
    if panel is None:
        raise Http404("there is no such panel")
    if panel.permission not in held_on(request, order.account_id):
        raise PermissionDenied
    # A panel renders its own template and escapes there, as every page does.
    return HttpResponse(mark_safe(panel.render(actor_of(request), order)))  # noqa: S308 - a fragment of our own templates, which escape what they show
