"""Tokens on pages: make, rotate and revoke one. A secret is in one answer, and in no message or cookie."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminSelectMultipleWidget, UnfoldAdminTextInputWidget

from compliance.commands import MakeToken, RotateToken
from compliance.models import ApiToken
from compliance.services.tokens import create_token, revoke_token, rotate_token
from compliance.token_reads import token_for
from compliance.token_scopes import LEAST, TokenScope
from orders.kernel.admin import ActPage, acting, actor_of, site, text_field


def _number(**options: Any) -> forms.IntegerField:
    widget = UnfoldAdminTextInputWidget({"inputmode": "numeric", "autocomplete": "off"})
    return forms.IntegerField(widget=widget, **options)


class TokenForm(forms.Form):
    """What a new token opens, from where, and for how long."""

    label = text_field(max_length=64, help_text="For you, such as the program that uses it.")
    scopes = forms.MultipleChoiceField(
        choices=[(str(each), f"{each}: {each.meaning}") for each in TokenScope],
        initial=[str(each) for each in LEAST],
        widget=UnfoldAdminSelectMultipleWidget({"size": len(TokenScope)}),
        label="Opens",
        help_text="Never more than your roles do. Hold Ctrl or Command to choose several.",
    )
    days = _number(min_value=1, initial=90, help_text="It is valid for so many days.")
    address_ranges = text_field(
        required=False,
        max_length=400,
        label="From networks",
        help_text="CIDR, by comma, such as 203.0.113.0/24. Empty: from anywhere.",
    )


class OverlapForm(forms.Form):
    """How long the old token is valid yet."""

    overlap_hours = _number(
        min_value=0,
        max_value=168,
        initial=24,
        help_text="For so many hours the old one is valid yet: 168 at most.",
    )


class NothingToSay(forms.Form):
    """An act that needs to be meant, and no words."""


@acting
def make_token_page(request: HttpRequest) -> HttpResponse:
    """Show the form of a token, or make one and show its secret."""

    def make(given: dict[str, Any]) -> tuple[ApiToken, str]:
        networks = [each.strip() for each in given["address_ranges"].split(",") if each.strip()]
        command = MakeToken.model_validate({**given, "address_ranges": networks})
        return create_token(actor=actor_of(request), user=request.user, command=command)  # type: ignore[arg-type]

    meaning = "Whoever has its secret acts in your name, as far as it opens. Your name is in the audit log either way."
    context = {"heading": "Make an API token", "meaning": meaning, "submit": "Make"}
    return _shown_once(request, "Make a token", TokenForm, make, context)


@acting
def rotate_token_page(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """Show what rotating a token of one's own does, or do it and show the new secret."""
    old = token_for(actor_of(request), token_id)
    if old is None or old.user_id != actor_of(request).user_id:
        raise Http404("there is no such page for you")

    def rotate(given: dict[str, Any]) -> tuple[ApiToken, str]:
        command = RotateToken(overlap_hours=given["overlap_hours"])
        return rotate_token(actor=actor_of(request), token_id=token_id, command=command)

    meaning = "You get another that opens the same, for as long again; exchange it where the old one is used."
    context = {"heading": "Rotate a token", "meaning": meaning, "submit": "Rotate", "token": old}
    return _shown_once(request, "Rotate a token", OverlapForm, rotate, context)


@acting
def revoke_token_page(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """Show what revoking a token does, or revoke it."""
    token = token_for(actor_of(request), token_id)
    if token is None:
        raise Http404("there is no such page for you")
    is_own = token.user_id == actor_of(request).user_id

    def revoke(_given: dict[str, Any]) -> str:
        revoke_token(actor=actor_of(request), token_id=token_id)
        return f"The token of {token.user.username} opens nothing any more."

    form = NothingToSay(request.POST if request.method == "POST" else None)
    back = reverse("admin:account" if is_own else "admin:sign_ins")
    meaning = (
        "It opens nothing from the next request on, and never again. Neither do the tokens that were made by it or "
        "took its place."
    )
    context = {"heading": "Revoke a token", "meaning": meaning, "submit": "Revoke", "tone": "danger"}
    page = ActPage(
        site, "Revoke a token", form, revoke, back, "compliance/own_act.html", {**context, "token": token}
    )
    return page.answer(request)


def _shown_once(
    request: HttpRequest, title: str, form_class: type[forms.Form], make: Any, context: dict[str, Any]
) -> HttpResponse:
    """Show the form; after the act, in place of leading on, the page with the secret."""
    made: dict[str, Any] = {}

    def perform(given: dict[str, Any]) -> str:
        made["token"], made["secret"] = make(given)
        return "The token is made."

    form = form_class(request.POST if request.method == "POST" else None)
    back = reverse("admin:account")
    answer = ActPage(site, title, form, perform, back, "compliance/own_act.html", context).answer(request)
    if not made:
        return answer
    old = made["token"].rotated_from
    return site.page(request, "compliance/token_made.html", {"title": title, "old": old, **made})
