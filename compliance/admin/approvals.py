"""Approvals: what waits for a second person, before and after, and the decision."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.admin import display
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from compliance import selectors
from compliance.actions import ACTIONS
from compliance.admin.descriptions import describe
from compliance.models import Approval
from compliance.models.approval import ApprovalState
from compliance.services.approvals import approve, refuse
from orders import authority
from orders.admin.granted import GrantedAdmin
from orders.kernel.admin import ActPage, ChoiceFilter, actor_of, text_field
from orders.kernel.admin.figures import label, moment
from orders.permissions import VIEW_LIMITS

DECISIONS = {"approve": approve, "refuse": refuse}


class StateFilter(ChoiceFilter):
    """Approvals in one state."""

    title = "state"
    parameter_name = column = "state"

    def options(self, request: HttpRequest) -> Iterable[tuple[str, str]]:
        return [(state.value, state.value) for state in ApprovalState]


class DecisionForm(forms.Form):
    """Which way, and why."""

    decision = forms.ChoiceField(choices=[(name, name) for name in DECISIONS], widget=forms.HiddenInput)
    reason = text_field(
        max_length=200,
        help_text="Kept with the decision.",
    )


class ApprovalAdmin(GrantedAdmin):
    """The inbox: what can still be decided stands first."""

    empty_text = "Nobody has asked for anything that needs a second person."
    keys = ("waits", "id")
    list_display = ("what", "scope", "before_after", "by", "reason", "asked", "state_label")
    list_filter = (StateFilter,)
    object_template = "compliance/approval.html"
    permission = VIEW_LIMITS
    unmatched_text = "No approval is in this state."

    def rows(self, request: HttpRequest) -> "QuerySet[Approval]":
        return selectors.inbox(actor_of(request))

    def enrich(self, rows: list[Any]) -> None:
        selectors.name_scopes(rows)

    def row(self, request: HttpRequest, object_id: Any) -> Any:
        found = super().row(request, object_id)
        self.enrich([found])
        return found

    def get_urls(self) -> list[URLPattern]:
        decide = self.guarded(require_POST(self.decide))
        route = path(self.object_route("decide/"), decide, name="compliance_approval_decide")
        return [*super().get_urls(), route]

    def object_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        description = describe(row)
        may_approve = _may_decide(request, row)
        is_own = row.maker_id == request.user.pk
        return {
            "title": f"{description.subject.capitalize()}: {description.of or _scope_text(row)}",
            "scope": description.of or _scope_text(row),
            "description": description,
            "may_decide": may_approve and row.waits and not is_own,
            "is_own": is_own,
            "may_approve": may_approve,
            "form": DecisionForm(),
            "hold_reason": selectors.hold_reason_for(actor_of(request), row),
        }

    def decide(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        """Approve or refuse; the page of the approval comes back with the error where that fails."""
        approval = self.row(request, object_id)
        if not _may_decide(request, approval):
            raise PermissionDenied

        def perform(given: dict[str, Any]) -> str:
            decided = DECISIONS[given["decision"]](
                actor=actor_of(request), approval_id=approval.pk, reason=given["reason"]
            )
            return "Refused." if decided.state == ApprovalState.REFUSED else describe(approval).done

        context = {"row": approval, "crumbs": [self.crumb()], **self.object_context(request, approval)}
        form = context.pop("form").__class__(request.POST)
        title = context.pop("title")
        done = reverse("admin:compliance_approval_change", args=[approval.pk])
        return ActPage(self, title, form, perform, done, self.object_template, context).answer(request)

    @display(description="what")
    def what(self, row: Any) -> str:
        return describe(row).subject

    @display(description="of")
    def scope(self, row: Any) -> str:
        return describe(row).of or _scope_text(row)

    @display(description="from → to")
    def before_after(self, row: Any) -> str:
        description = describe(row)
        before = description.before and f"{description.before} → "
        return format_html("{}<strong>{}</strong>", before, description.after)

    @display(description="asked by")
    def by(self, row: Approval) -> str:
        return row.maker.username

    @display(description="reason")
    def reason(self, row: Approval) -> str:
        return row.maker_reason

    @display(description="asked (UTC)")
    def asked(self, row: Approval) -> str:
        return moment(row.recorded_at)

    @display(description="state")
    def state_label(self, row: Any) -> str:
        is_expired = row.state == ApprovalState.PENDING and not row.waits
        if not row.waits:
            return label("expired" if is_expired else row.state)
        if describe(row).obstacle:
            return format_html("{} can only be refused", label("outdated"))
        return format_html("{} until {}", label(row.state), moment(row.expires_at))


def _may_decide(request: HttpRequest, row: Approval) -> bool:
    return authority.may_on(actor_of(request), ACTIONS[row.action].decided_with, row.scope)


def _scope_text(row: Approval) -> str:
    return "everybody" if row.scope is None else f"{row.scope._meta.model_name} {row.scope}"
