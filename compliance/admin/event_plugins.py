"""The pages of event plugins: which there are, who is told what, and what came of it."""

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from compliance.errors import SubscriptionNotFound
from compliance.models.subscription import DeliveryState
from compliance.plugins.discovery import Found, found_plugins
from compliance.selectors import subscriptions_asked_for
from compliance.subscription_reads import (
    SubscriptionStanding,
    deliveries_for,
    subscription_for,
    subscriptions_for,
)
from orders import authority
from orders.admin.granted import held
from orders.kernel.admin import Figure, Summary, actor_of, site
from orders.permissions import PROPOSE_SUBSCRIPTIONS, SETTLE_OPERATIONS, VIEW_LIMITS, VIEW_OPERATIONS

MOST_ROWS = 100
_SHOWN_FIRST = (DeliveryState.PARKED, DeliveryState.WAITING, DeliveryState.DELIVERED)


@require_safe
def event_plugins_page(request: HttpRequest) -> HttpResponse:
    """Show the plugins and their subscriptions to those who may see operations."""
    _require_view(request)
    context = {
        "title": "Event plugins",
        "standings": subscriptions_for(actor_of(request)),
        "plugins": [(found, _parameters_of(found)) for found in found_plugins().values()],
        "asked": subscriptions_asked_for(actor_of(request)),
        "may_open_approvals": VIEW_LIMITS in held(request),
        "may_propose": _may_everywhere(request, PROPOSE_SUBSCRIPTIONS),
        **site.each_context(request),
    }
    return TemplateResponse(request, "compliance/event_plugins.html", context)


@require_safe
def subscription_page(request: HttpRequest, subscription_id: UUID) -> HttpResponse:
    """Show one subscription and its deliveries in one state: parked ones where there are any."""
    _require_view(request)
    try:
        standing = subscription_for(actor_of(request), subscription_id)
    except SubscriptionNotFound as error:
        raise Http404("there is no such page for you") from error
    state = _state_shown(request, standing)
    deliveries = list(deliveries_for(actor_of(request), subscription_id).filter(state=state)[: MOST_ROWS + 1])
    may_settle = _may_everywhere(request, SETTLE_OPERATIONS)
    context = {
        "title": f"Subscription {standing.row.name}",
        "standing": standing,
        "row": standing.row,
        "plugin": found_plugins().get(standing.row.plugin),
        "state": state,
        "states": [(each, getattr(standing, each)) for each in _SHOWN_FIRST],
        "deliveries": deliveries[:MOST_ROWS],
        "are_more": len(deliveries) > MOST_ROWS,
        "may_settle": may_settle,
        "may_repeat": may_settle and state != DeliveryState.WAITING,
        "may_propose": _may_everywhere(request, PROPOSE_SUBSCRIPTIONS),
        "crumbs": [("Event plugins", reverse("admin:event_plugins"))],
        **site.each_context(request),
    }
    return TemplateResponse(request, "compliance/subscription.html", context)


def event_plugins_today(request: HttpRequest) -> Summary | None:
    """Return what of event plugins needs somebody, to those who may see operations; None without a subscription."""
    if VIEW_OPERATIONS not in held(request):
        return None
    standings = subscriptions_for(actor_of(request))
    if not standings:
        return None
    page = reverse("admin:event_plugins")
    parked = sum(each.parked for each in standings)
    still = sum(each.row.stopped_at is not None for each in standings)
    unusable = sum(not _is_usable(each) for each in standings)
    figures = [
        Figure("parked deliveries", f"{parked:,}", page, "danger" if parked else "quiet"),
        Figure("subscriptions", str(len(standings)), page, "quiet"),
    ]
    if still:
        figures.append(Figure("standing still", str(still), page, "warning"))
    if unusable:
        figures.append(Figure("without their plugin", str(unusable), page, "danger"))
    needs = parked or still or unusable
    sentence = "Read the error, mend its cause, and deliver again." if needs else "Everybody is told."
    return Summary("Event plugins", figures, sentence, page if needs else "")


def _is_usable(standing: SubscriptionStanding) -> bool:
    found = found_plugins().get(standing.row.plugin)
    return found is not None and found.plugin is not None


def _state_shown(request: HttpRequest, standing: SubscriptionStanding) -> DeliveryState:
    asked = request.GET.get("state", "")
    if asked in list(DeliveryState):
        return DeliveryState(asked)
    return next((each for each in _SHOWN_FIRST if getattr(standing, each)), DeliveryState.DELIVERED)


def _parameters_of(found: Found) -> list[tuple[str, str, bool]]:
    """Return name, type and whether it has to be given, of what a subscription says to the plugin."""
    if found.plugin is None:
        return []
    schema: dict[str, Any] = found.plugin.Parameters.model_json_schema()
    required = schema.get("required", [])
    return [
        (name, str(each.get("format") or each.get("type") or "value"), name in required)
        for name, each in schema.get("properties", {}).items()
    ]


def _require_view(request: HttpRequest) -> None:
    if VIEW_OPERATIONS not in held(request):
        raise PermissionDenied


def _may_everywhere(request: HttpRequest, permission: str) -> bool:
    return permission in held(request) and authority.may_everywhere(actor_of(request), permission)
