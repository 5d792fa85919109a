"""The page of the venues: how it stands with each, by which rules slices go to them, and the ways to other rules."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from compliance.admin.routing_forms import EndForm, RuleForm
from compliance.admin.routing_words import conditions_text, holder_text
from compliance.commands import ProposeRoutingEnd, ProposeRoutingRule
from compliance.selectors import routing_asked_for
from compliance.services.routing_changes import propose_routing_end, propose_routing_rule
from execution.models import RoutingRule
from execution.venue_reads import holders_to_route, open_rules_for, rules_for
from execution.venue_standings import venues_for
from orders import authority
from orders.admin.granted import held
from orders.kernel.admin import ActPage, acting, actor_of, site
from orders.permissions import PROPOSE_ROUTING, VIEW_LIMITS, VIEW_ORDERS
from orders.selectors import market_now

MOST_ROWS = 200
_MEANING = (
    "A slice is held against the rules in their order. The first that fits decides alone: the slice goes to the first "
    "of its venues that answers and is in session, and waits where none does. What was sent stays where it is."
)


@require_safe
def venues_page(request: HttpRequest) -> HttpResponse:
    """Show the venues and the rules to those who may see orders; with `past` also the rules that hold no longer."""
    if VIEW_ORDERS not in held(request):
        raise PermissionDenied
    actor, past = actor_of(request), "past" in request.GET
    now, holders = market_now(), {name for name, _words in holders_to_route(actor)}
    rows = list((rules_for if past else open_rules_for)(actor)[: MOST_ROWS + 1])
    context = {
        "title": "Venues",
        "meaning": _MEANING,
        "standings": venues_for(actor),
        "rules": [_shown(row, now, holders) for row in rows[:MOST_ROWS]],
        "are_more": len(rows) > MOST_ROWS,
        "past": past,
        "asked": routing_asked_for(actor),
        "may_open_approvals": VIEW_LIMITS in held(request),
        "may_propose": PROPOSE_ROUTING in held(request),
        **site.each_context(request),
    }
    return TemplateResponse(request, "compliance/venues.html", context)


@acting
def propose_rule_page(request: HttpRequest) -> HttpResponse:
    """Show the form of a rule, of one that there is with `of`, or ask for it."""
    if PROPOSE_ROUTING not in held(request):
        raise PermissionDenied
    actor, back = actor_of(request), reverse("admin:venues")

    def perform(given: dict[str, Any]) -> str:
        command = ProposeRoutingRule.model_validate(form.command(given))
        propose_routing_rule(actor=actor, command=command)
        return f"The rule {command.name} waits for a second person."

    row = _named(request) if "of" in request.GET else None
    form = RuleForm(request.POST if request.method == "POST" else None, actor=actor, row=row)
    context = {
        "heading": "A routing rule" if row is None else f"Another form of the rule {row.name}",
        "meaning": _MEANING,
        "crumbs": [("Venues", back)],
    }
    page = ActPage(site, "Propose a routing rule", form, perform, back, "compliance/propose.html", context)
    return page.answer(request)


@acting
def end_rule_page(request: HttpRequest, rule_id: UUID) -> HttpResponse:
    """Show what the end of a rule does, or ask for it."""
    actor, back = actor_of(request), reverse("admin:venues")
    row = open_rules_for(actor).filter(pk=rule_id).first()
    if row is None:
        raise Http404("there is no such page for you")
    if not authority.may_on(actor, PROPOSE_ROUTING, row.scope):
        raise PermissionDenied

    def perform(given: dict[str, Any]) -> str:
        command = ProposeRoutingEnd.model_validate(given)
        propose_routing_end(actor=actor, rule_id=rule_id, command=command)
        return f"The end of the rule {row.name} waits for a second person."

    form = EndForm(request.POST if request.method == "POST" else None)
    context = {
        "heading": f"End the rule {row.name}",
        "meaning": f"It says: {conditions_text(row)}, for {holder_text(row)}, to {', '.join(row.venues)}. What it sent "
        "stays where it is; what then fits no other rule is not sent.",
        "crumbs": [("Venues", back)],
    }
    page = ActPage(site, "Propose the end of a rule", form, perform, back, "compliance/propose.html", context)
    return page.answer(request)


def _shown(row: RoutingRule, now: datetime, holders: set[str]) -> dict[str, Any]:
    holder, until = holder_text(row), row.effective_until
    standing = "to_come" if row.effective_from > now else "over" if until and until <= now else "in_force"
    if until == row.effective_from:
        standing = "over"  # taken back before it began
    is_theirs = "" in holders if row.scope is None else holder in holders
    return {
        "row": row,
        "conditions": conditions_text(row),
        "holder": holder,
        "standing": standing,
        "may_change": is_theirs and standing != "over",
    }


def _named(request: HttpRequest) -> RoutingRule:
    try:
        row = open_rules_for(actor_of(request)).filter(pk=UUID(request.GET["of"])).first()
    except ValueError as error:
        raise Http404("there is no such page for you") from error
    if row is None:
        raise Http404("there is no such page for you")
    return row
