"""Kill switches with the way to have one lifted: by a second person."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from unfold.widgets import UnfoldAdminTextInputWidget

from compliance.commands import ProposeLift
from compliance.selectors import lifts_waiting
from compliance.services.kill_switch_lifts import propose_lift
from orders import authority
from orders.admin.granted import held
from orders.admin.kill_switches import KillSwitchAdmin
from orders.kernel.admin import ActPage, acting, actor_of
from orders.models import KillSwitch
from orders.permissions import ENGAGE_KILL_SWITCH, VIEW_LIMITS


class LiftForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        max_length=200,
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off", "autofocus": True}),
        help_text="Kept with the approval.",
    )


class LiftableKillSwitchAdmin(KillSwitchAdmin):
    """A switch that was swept can be asked to be lifted, by who may engage one on all that it stops."""

    object_template = "compliance/kill_switch.html"

    def get_urls(self) -> list[URLPattern]:
        lift = path(self.object_route("lift/"), self.guarded(acting(self.lift)), name="kill_switch_lift")
        return [lift, *super().get_urls()]

    def object_context(self, request: HttpRequest, row: KillSwitch) -> dict[str, Any]:
        # The inbox is for those who may see limits; to others there is nothing to follow a link to.
        reads_inbox = row.is_engaged and VIEW_LIMITS in held(request)
        return {
            **super().object_context(request, row),
            "may_ask": _may_ask(request, row),
            "waiting": lifts_waiting(actor_of(request), row.pk) if reads_inbox else [],
        }

    def lift(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Ask that the switch be lifted."""
        switch: KillSwitch = self.row(request, object_id)
        if not _may_ask(request, switch):
            raise PermissionDenied

        def perform(given: dict[str, Any]) -> str:
            command = ProposeLift.model_validate(given)
            propose_lift(actor=actor_of(request), kill_switch_id=switch.pk, command=command)
            return "Asked. It is lifted once a second person has approved it in the inbox of approvals."

        page = reverse("admin:orders_killswitch_change", args=[switch.pk])
        context = {"row": switch, "crumbs": [self.crumb(), (str(switch), page)]}
        form = LiftForm(request.POST if request.method == "POST" else None)
        template = "compliance/lift_kill_switch.html"
        return ActPage(self, "Ask that it be lifted", form, perform, page, template, context).answer(request)


def _may_ask(request: HttpRequest, switch: KillSwitch) -> bool:
    return switch.is_engaged and authority.may_on(actor_of(request), ENGAGE_KILL_SWITCH, switch.holder)
