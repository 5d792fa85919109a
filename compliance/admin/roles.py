"""The page Roles: who holds which role where and for how long, and the ways to other roles, delegations and ends."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe
from unfold.widgets import UnfoldAdminSelectWidget

from compliance.admin.limit_forms import moment_of
from compliance.admin.routing_forms import EndForm
from compliance.commands import ProposeDelegation, ProposeRevocation, ProposeRole
from compliance.role_reads import ENDED, IN_FORCE, defined_roles, grants_for, with_reach
from compliance.selectors import roles_asked_for
from compliance.services.role_changes import propose_delegation, propose_revocation, propose_role
from compliance.services.role_grants import LONGEST_DELEGATION
from orders import authority
from orders.admin.granted import held
from orders.kernel.admin import ActPage, acting, actor_of, site, text_field
from orders.kernel.admin.figures import words
from orders.kernel.context import Actor
from orders.permissions import PROPOSE_ROLES, VIEW_LIMITS

MOST_ROWS = 200
_MEANING = (
    "A role is held on a firm, a desk or an account and reaches downwards, from its date until its end. One person "
    "asks, another agrees, and neither is the one who gets it. Some roles nobody holds together: the refusal names the "
    "rule."
)
_MOMENT = "UTC, such as 2026-11-24 14:30."


class _Dated(forms.Form):
    """A person, and from when until when."""

    user = text_field(max_length=64, label="Person", help_text="The login name.")
    effective_from = text_field(max_length=32, label="From", help_text=_MOMENT)
    effective_until = text_field(max_length=32, label="Until", help_text=_MOMENT)
    reason = text_field(max_length=200, help_text="The person who decides reads this.")

    def clean_effective_from(self) -> str | None:
        """Return it as RFC 3339."""
        return moment_of(self.cleaned_data["effective_from"])

    def clean_effective_until(self) -> str | None:
        """Return it as RFC 3339."""
        return moment_of(self.cleaned_data["effective_until"])


class DelegationForm(_Dated):
    """Who stands in, and in which time."""


class RoleForm(_Dated):
    """Who is to hold which role where, and in which time."""

    role = forms.ChoiceField(widget=UnfoldAdminSelectWidget)
    holder = forms.ChoiceField(widget=UnfoldAdminSelectWidget, label="On")
    effective_from = text_field(
        required=False, max_length=32, label="From", help_text=f"{_MOMENT} Empty: from its approval on."
    )
    effective_until = text_field(
        required=False, max_length=32, label="Until", help_text=f"{_MOMENT} Empty: until further notice."
    )
    field_order = ("user", "role", "holder", "effective_from", "effective_until", "reason")

    def __init__(self, data: Any, *, actor: Actor) -> None:
        super().__init__(data)
        roles = [(role.name, words(role.name)) for role in defined_roles()]
        places = [(name, name) for name in authority.scope_names_with(actor, PROPOSE_ROLES)]
        self.fields["role"].choices = roles  # type: ignore[attr-defined]
        self.fields["holder"].choices = places  # type: ignore[attr-defined]

    def command(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return what the command says of it."""
        kind, _, code = given["holder"].partition(" ")
        return {**{name: value for name, value in given.items() if name != "holder"}, kind: code}


@require_safe
def roles_page(request: HttpRequest) -> HttpResponse:
    """Show the grants that the person may see; with `ended` those that are over, too."""
    if not held(request):
        raise PermissionDenied
    actor, with_ended = actor_of(request), "ended" in request.GET
    found = with_reach(actor, grants_for(actor))
    rows = list((found if with_ended else found.exclude(standing=ENDED))[: MOST_ROWS + 1])
    context = {
        "title": "Roles",
        "meaning": _MEANING,
        "grants": [_shown(actor, row) for row in rows[:MOST_ROWS]],
        "are_more": len(rows) > MOST_ROWS,
        "with_ended": with_ended,
        "asked": roles_asked_for(actor),
        "roles": [(role.name, role.permissions) for role in defined_roles()],
        "may_propose": PROPOSE_ROLES in held(request),
        "may_open_approvals": VIEW_LIMITS in held(request),
    }
    return site.page(request, "compliance/roles.html", context)


@acting
def propose_role_page(request: HttpRequest) -> HttpResponse:
    """Show the form of a role, or ask for it."""
    if PROPOSE_ROLES not in held(request):
        raise PermissionDenied
    actor = actor_of(request)
    form = RoleForm(request.POST if request.method == "POST" else None, actor=actor)

    def perform(given: dict[str, Any]) -> str:
        command = ProposeRole.model_validate(form.command(given))
        propose_role(actor=actor, command=command)
        return f"That {command.user} is {words(command.role)} waits for a second person."

    return _act(request, form, perform, "Propose a role", _MEANING)


@acting
def delegate_page(request: HttpRequest, grant_id: UUID) -> HttpResponse:
    """Show the form of a delegation, or ask for it."""
    actor, row = actor_of(request), _named(request, grant_id)
    if not row["may_delegate"]:
        raise PermissionDenied

    def perform(given: dict[str, Any]) -> str:
        command = ProposeDelegation.model_validate(given)
        propose_delegation(actor=actor, grant_id=grant_id, command=command)
        return f"That {command.user} stands in waits for a second person."

    meaning = (
        f"Another person stands in for {row['row'].user.username} as {row['words']}, for "
        f"{LONGEST_DELEGATION.days} days at most and never longer than the role is held. It is not delegated onward. "
        "When two have to agree on something, both count as one person."
    )
    form = DelegationForm(request.POST if request.method == "POST" else None)
    return _act(request, form, perform, "Delegate a role", meaning)


@acting
def revoke_page(request: HttpRequest, grant_id: UUID) -> HttpResponse:
    """Show what it means that a grant is taken back, or ask for it."""
    actor, row = actor_of(request), _named(request, grant_id)
    if not row["may_revoke"]:
        raise PermissionDenied

    def perform(given: dict[str, Any]) -> str:
        propose_revocation(actor=actor, grant_id=grant_id, command=ProposeRevocation.model_validate(given))
        return "That the role is taken back waits for a second person."

    meaning = (
        f"{row['row'].user.username} is no longer {row['words']} from the approval on, and nobody stands in for them "
        "by it any more."
    )
    form = EndForm(request.POST if request.method == "POST" else None)
    return _act(request, form, perform, "Take a role back", meaning)


def _shown(actor: Actor, row: Any) -> dict[str, Any]:
    is_own, is_over = row.user_id == actor.user_id, row.standing == ENDED
    is_delegator = row.delegator_id == actor.user_id
    return {
        "row": row,
        "place": f"{row.scope._meta.model_name} {row.scope}",
        "words": f"{words(row.role.name)} on {row.scope._meta.model_name} {row.scope}",
        "may_revoke": (row.is_reached or is_delegator) and not is_own and not is_over,
        "may_delegate": (row.is_reached or is_own)
        and row.standing == IN_FORCE
        and row.delegated_from_id is None,
    }


def _named(request: HttpRequest, grant_id: UUID) -> dict[str, Any]:
    actor = actor_of(request)
    row = with_reach(actor, grants_for(actor)).filter(pk=grant_id).exclude(standing=ENDED).first()
    if row is None:
        raise Http404("there is no such page for you")
    return _shown(actor, row)


def _act(request: HttpRequest, form: forms.Form, perform: Any, title: str, meaning: str) -> HttpResponse:
    back = reverse("admin:roles")
    context = {"heading": title, "meaning": meaning, "crumbs": [("Roles", back)]}
    return ActPage(site, title, form, perform, back, "compliance/propose.html", context).answer(request)
