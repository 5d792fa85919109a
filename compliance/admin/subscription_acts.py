"""The forms by which a person asks for a subscription, stops and resumes one, and has deliveries made again."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from unfold.widgets import (
    UnfoldAdminSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from compliance.commands import OperateSubscription, ProposeSubscription
from compliance.errors import DeliveryNotFound, SubscriptionNotFound
from compliance.plugins.discovery import found_plugins
from compliance.services.repeat_deliveries import MOST_AT_ONCE, repeat_delivery, repeat_parked
from compliance.services.subscription_changes import propose_subscription
from compliance.services.subscriptions import known_events, resume_subscription, stop_subscription
from compliance.subscription_reads import delivery_for, subscription_for
from orders import authority
from orders.kernel.admin import ActPage, acting, actor_of, site, text_field
from orders.kernel.errors import NotFound
from orders.permissions import PROPOSE_SUBSCRIPTIONS, SETTLE_OPERATIONS

_WHAT_HAPPENS = {
    "stop": "Nothing more is delivered until it is resumed. What happens meanwhile is not missed.",
    "resume": "It goes on where it stands, with what has happened meanwhile.",
    "repeat": f"What is parked is delivered again, the oldest {MOST_AT_ONCE:,} of it, each under its own id: "
    "who acts on one twice can tell. What fails again as often is parked again.",
}
_TITLES = {"stop": "Stop", "resume": "Resume", "repeat": "Deliver again all that is parked of"}


class ReasonForm(forms.Form):
    """Why."""

    reason = text_field(max_length=200, help_text="Kept in the audit log under your name.")


class ProposeForm(forms.Form):
    """Who is to be told what."""

    name = text_field(max_length=32, help_text="A short name. One that is taken changes that subscription.")
    plugin = forms.ChoiceField(widget=UnfoldAdminSelectWidget)
    events = forms.MultipleChoiceField(
        widget=UnfoldAdminSelectMultipleWidget({"size": 12}),
        help_text="Hold Ctrl or Command to choose several.",
    )
    parameters = forms.JSONField(
        required=False,
        initial=dict,
        widget=UnfoldAdminTextareaWidget({"rows": 6, "spellcheck": "false"}),
        help_text="JSON, as the plugin has them. No secrets: they are in the environment, here only by name.",
    )
    from_sequence = forms.IntegerField(
        required=False,
        min_value=0,
        widget=UnfoldAdminTextInputWidget({"inputmode": "numeric", "autocomplete": "off"}),
        label="From entry",
        help_text="Where in the audit log a new one begins. Empty: with what happens from its approval on.",
    )
    reason = text_field(max_length=200, help_text="The person who decides reads this.")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        usable = [name for name, found in found_plugins().items() if found.plugin is not None]
        self.fields["plugin"].choices = [(name, name) for name in usable]  # type: ignore[attr-defined]
        self.fields["events"].choices = [(name, name) for name in known_events()]  # type: ignore[attr-defined]


@acting
def propose_page(request: HttpRequest) -> HttpResponse:
    """Show the form of a subscription, of one that there is with `of`, or ask for it."""
    if not authority.may_everywhere(actor_of(request), PROPOSE_SUBSCRIPTIONS):
        raise PermissionDenied
    back = reverse("admin:event_plugins")

    def perform(given: dict[str, Any]) -> str:
        command = ProposeSubscription.model_validate({**given, "parameters": given["parameters"] or {}})
        propose_subscription(actor=actor_of(request), command=command)
        return f"{command.name} waits for a second person."

    initial = _initial(request) if "of" in request.GET else {}
    form = ProposeForm(request.POST if request.method == "POST" else None, initial=initial)
    context = {
        "heading": f"What {initial['name']} hears" if initial else "A subscription",
        "meaning": "A plugin is told of these events of the whole house, once they are committed and in the audit log: "
        "ids, codes and numbers as the log has them.",
        "crumbs": [("Event plugins", back)],
    }
    page = ActPage(site, "Propose a subscription", form, perform, back, "compliance/propose.html", context)
    return page.answer(request)


def _initial(request: HttpRequest) -> dict[str, Any]:
    try:
        row = subscription_for(actor_of(request), UUID(request.GET["of"])).row
    except (ValueError, NotFound) as error:
        raise Http404("there is no such page for you") from error
    return {"name": row.name, "plugin": row.plugin, "events": row.events, "parameters": row.parameters}


@acting
def stop_page(request: HttpRequest, subscription_id: UUID) -> HttpResponse:
    """Show what stopping it does, or do it."""

    def perform(command: OperateSubscription) -> str:
        row = stop_subscription(actor=actor_of(request), subscription_id=subscription_id, command=command)
        return f"{row.name} stands still."

    return _subscription_act(request, subscription_id, "stop", perform)


@acting
def resume_page(request: HttpRequest, subscription_id: UUID) -> HttpResponse:
    """Show what resuming it does, or do it."""

    def perform(command: OperateSubscription) -> str:
        row = resume_subscription(actor=actor_of(request), subscription_id=subscription_id, command=command)
        return f"{row.name} goes on."

    return _subscription_act(request, subscription_id, "resume", perform)


@acting
def repeat_parked_page(request: HttpRequest, subscription_id: UUID) -> HttpResponse:
    """Show what delivering again all that is parked does, or do it."""

    def perform(command: OperateSubscription) -> str:
        number = repeat_parked(actor=actor_of(request), subscription_id=subscription_id, command=command)
        return f"{number:,} are delivered again."

    return _subscription_act(request, subscription_id, "repeat", perform)


@acting
def repeat_delivery_page(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """Show one delivery, or have it made again."""
    _require_settle(request)
    try:
        delivery = delivery_for(actor_of(request), delivery_id)
    except DeliveryNotFound as error:
        raise Http404("there is no such page for you") from error

    def perform(command: OperateSubscription) -> str:
        repeat_delivery(actor=actor_of(request), delivery_id=delivery_id, command=command)
        return "It is delivered again."

    context = {
        "delivery": delivery,
        "heading": f"{delivery.event}, entry {delivery.entry_id:,}",
        "what_happens": "The same message is delivered again under the same id, with as many attempts as at first.",
        "submit": "Deliver again",
    }
    return _act(request, delivery.subscription_id, "Deliver again", perform, context)


def _subscription_act(
    request: HttpRequest, subscription_id: UUID, act: str, perform: Callable[[OperateSubscription], str]
) -> HttpResponse:
    _require_settle(request)
    try:
        standing = subscription_for(actor_of(request), subscription_id)
    except SubscriptionNotFound as error:
        raise Http404("there is no such page for you") from error
    title = f"{_TITLES[act]} {standing.row.name}"
    context = {
        "standing": standing,
        "heading": title,
        "what_happens": _WHAT_HAPPENS[act],
        "submit": _TITLES[act].partition(" all")[0],
        "tone": "danger" if act == "stop" else "",
    }
    return _act(request, subscription_id, title, perform, context)


def _act(
    request: HttpRequest,
    subscription_id: UUID,
    title: str,
    perform: Callable[[OperateSubscription], str],
    context: dict[str, Any],
) -> HttpResponse:
    back = reverse("admin:event_subscription", args=[subscription_id])
    form = ReasonForm(request.POST if request.method == "POST" else None)
    crumbs = [("Event plugins", reverse("admin:event_plugins"))]

    def act(given: dict[str, Any]) -> str:
        return perform(OperateSubscription.model_validate(given))

    page = ActPage(
        site, title, form, act, back, "compliance/subscription_act.html", {**context, "crumbs": crumbs}
    )
    return page.answer(request)


def _require_settle(request: HttpRequest) -> None:
    if not authority.may_everywhere(actor_of(request), SETTLE_OPERATIONS):
        raise PermissionDenied
