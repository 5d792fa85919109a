"""The list of limits with the way to change one: ask, and have a second person decide."""

from typing import Any

from django import forms
from django.contrib.admin import display
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods
from unfold.widgets import UnfoldAdminTextInputWidget

from compliance.services.approvals import propose_limit_change
from orders.admin.limits import UNITS, LimitAdmin
from orders.kernel.admin import ActPage, actor_of
from orders.kernel.admin.figures import amount, words
from orders.limit_kinds import LimitKind
from orders.models import Limit


class ProposalForm(forms.Form):
    """The value asked for, and why."""

    value = forms.CharField(max_length=21, widget=UnfoldAdminTextInputWidget({"autocomplete": "off"}))
    reason = forms.CharField(
        max_length=200,
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off"}),
        help_text="The person who decides reads this.",
    )

    def __init__(self, data: Any, *, kind: LimitKind) -> None:
        super().__init__(data)
        self.fields["value"].help_text = f"In {UNITS.get(kind, '')}."


class ChangeableLimitAdmin(LimitAdmin):
    """The limits of orders, each with the way to propose another value where the person may."""

    list_display = (*LimitAdmin.list_display, "change")
    list_display_links = None

    def get_urls(self) -> list[URLPattern]:
        propose = self.guarded(require_http_methods(["GET", "HEAD", "POST"])(self.propose))
        route = path(self.object_route("propose/"), propose, name="orders_limit_propose")
        return [*super().get_urls(), route]

    @display(description="change")
    def change(self, row: Limit) -> str:
        if not row.may_propose:  # type: ignore[attr-defined]
            return ""
        url = reverse("admin:orders_limit_propose", args=[row.pk])
        named = f"Propose another {words(row.kind)} for {row.account}"
        return format_html('<a class="qt-link" href="{}" aria-label="{}">Propose change</a>', url, named)

    def propose(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        """Show the form to ask for another value, or ask for it and go to the approvals."""
        limit = self.row(request, object_id)
        if not limit.may_propose:
            raise PermissionDenied

        def perform(given: dict[str, Any]) -> str:
            approval = propose_limit_change(actor=actor_of(request), limit_id=limit.pk, **given)
            until = approval.expires_at.strftime("%Y-%m-%d %H:%M")
            return f"Proposed. A second person has to decide until {until} UTC; until then the limit stays."

        form = ProposalForm(request.POST if request.method == "POST" else None, kind=LimitKind(limit.kind))
        context = {
            "row": limit,
            "unit": UNITS[LimitKind(limit.kind)],
            "value": amount(limit.value),
            "crumbs": [self.crumb()],
        }
        done = reverse("admin:compliance_approval_changelist")
        page = ActPage(self, "Propose change", form, perform, done, "compliance/propose.html", context)
        return page.answer(request)
