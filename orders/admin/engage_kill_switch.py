"""The form by which a kill switch is engaged: what it would stop is shown once, and confirmed by one key."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminSelectWidget

from orders import services
from orders.admin.granted import held
from orders.commands import EngageKillSwitch
from orders.errors import KillSwitchTargetNotFound
from orders.kernel.admin import ActPage, FactsAdmin, actor_of, text_field
from orders.models import KillSwitch
from orders.models.fields import choices
from orders.permissions import ENGAGE_KILL_SWITCH
from orders.risk.kill_switch_evidence import open_orders_of, target_named
from orders.terms import KillSwitchScope

_TITLE = "Engage a kill switch"
_TEMPLATE = "orders/engage_kill_switch.html"


class EngageForm(forms.Form):
    """What is to be stopped, and why."""

    # Nothing is chosen at first: a firm is stopped on purpose only.
    scope = forms.ChoiceField(
        choices=[("", "Choose"), *choices(KillSwitchScope)],
        widget=UnfoldAdminSelectWidget({"autofocus": True}),
    )
    target = text_field(
        max_length=64,
        help_text="The code of a firm, desk or account, a login name, an algorithm or a symbol.",
    )
    reason = text_field(
        max_length=200,
        help_text="Kept with the switch.",
    )


def engage_page(admin: FactsAdmin, request: HttpRequest) -> HttpResponse:
    """Show the form; then what the switch would stop; then engage it and go to its page."""
    if ENGAGE_KILL_SWITCH not in held(request):
        raise PermissionDenied
    form = EngageForm(request.POST if request.method == "POST" else None, initial=request.GET.dict())
    engaged: list[KillSwitch] = []

    def perform(given: dict[str, Any]) -> str:
        command = EngageKillSwitch.model_validate(
            {name: given[name] for name in ("scope", "target", "reason")}
        )
        target = target_named(actor_of(request), command.scope, command.target)
        engaged.append(
            services.engage_kill_switch(
                actor=actor_of(request), scope=command.scope, target=target, reason=command.reason
            )
        )
        return f"Kill switch engaged: {engaged[0]}."

    page = ActPage(
        admin,
        _TITLE,
        form,
        perform,
        admin.list_url(),
        _TEMPLATE,
        {"crumbs": [admin.crumb()]},
        lambda: reverse("admin:orders_killswitch_change", args=[engaged[0].pk]),
    )
    if request.method == "POST" and not request.POST.get("confirmed"):
        return _second_look(admin, request, form)
    return page.answer(request)


def _second_look(admin: FactsAdmin, request: HttpRequest, form: EngageForm) -> HttpResponse:
    """Show how many open orders would be canceled, with the one button that does it."""
    context = {"title": _TITLE, "crumbs": [admin.crumb()], "form": form, "back_url": admin.list_url()}
    if form.is_valid():
        scope, name = KillSwitchScope(form.cleaned_data["scope"]), form.cleaned_data["target"]
        try:
            target = target_named(actor_of(request), scope, name)
        except KillSwitchTargetNotFound as error:
            form.add_error("target", f"{error.detail}: nothing has been stopped.")
        else:
            context["open_orders"] = open_orders_of(actor_of(request), scope, target)
            context["asked"] = form.cleaned_data
    return admin.page(request, _TEMPLATE, context, status=400 if form.errors else 200)
