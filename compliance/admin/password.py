"""The page on which a person takes another password."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget

from compliance.commands import ChangePassword
from compliance.models import ApiToken
from compliance.passwords import change_own_password
from compliance.sessions import session_id_of
from compliance.token_reads import open_tokens_of
from orders.kernel.admin import ActPage, acting, actor_of, site

_MEANING = (
    "At least twelve characters, of any kind: several words are easier to keep in mind than signs. Refused is what is "
    "commonly used, and what is like your login name. It does not expire."
)


def _password(autocomplete: str, **options: Any) -> forms.CharField:
    widget = UnfoldAdminPasswordWidget({"autocomplete": autocomplete})
    return forms.CharField(widget=widget, strip=False, max_length=1024, **options)


class PasswordForm(forms.Form):
    """The password that counts now, the new one twice, and what becomes of tokens, where there are any.

    That has no answer beforehand: either one unasked would cut off a program that trades, or leave a thief in.
    """

    old = _password("current-password", label="Your password now")
    new = _password("new-password", label="New password")
    repeated = _password("new-password", label="New password again")

    tokens = forms.ChoiceField(
        choices=[("", "Choose"), ("revoke", "Revoke all of them"), ("go_on", "Let them go on")],
        widget=UnfoldAdminSelectWidget,
        label="Your API tokens",
    )

    def __init__(self, given: Any, open_tokens: Sequence[ApiToken]) -> None:
        super().__init__(given)
        if not open_tokens:
            del self.fields["tokens"]

    def clean_repeated(self) -> str:
        """Raise ValidationError unless both are the same."""
        repeated: str = self.cleaned_data["repeated"]
        if repeated != self.cleaned_data.get("new"):
            raise ValidationError("This is not what stands above.")
        return repeated


def _told(open_tokens: Sequence[ApiToken]) -> str:
    """Return the sentence of which tokens act in the person's name."""
    if not open_tokens:
        return ""
    named = [f"{each.label or 'without a label'} ({', '.join(each.scopes)})" for each in open_tokens]
    return (
        f" By these API tokens programs act in your name: {'; '.join(named)}. Revoke them if others may know your "
        "password; what trades by them is cut off at once."
    )


@sensitive_post_parameters()
@acting
def password_page(request: HttpRequest) -> HttpResponse:
    """Show the form, or change the password of the person who is signed in."""

    def perform(given: dict[str, Any]) -> str:
        go_on = given.get("tokens") == "go_on"
        change_own_password(
            actor=actor_of(request),
            person=request.user,  # type: ignore[arg-type]  # whoever is on a page is known
            command=ChangePassword(old=given["old"], new=given["new"], tokens_go_on=go_on),
            session_id=session_id_of(request),
        )
        update_session_auth_hash(request, request.user)  # type: ignore[arg-type]
        said = "Your password is changed. Your other sessions are over"
        if not tokens:
            return f"{said}."
        return f"{said}; your tokens go on." if go_on else f"{said}, and so are your tokens."

    tokens = list(open_tokens_of(actor_of(request)))
    form = PasswordForm(request.POST if request.method == "POST" else None, tokens)
    meaning = f"{_MEANING}{_told(tokens)}"
    context = {"heading": "Change your password", "meaning": meaning, "submit": "Change"}
    page = ActPage(
        site, "Password", form, perform, reverse("admin:account"), "compliance/own_act.html", context
    )
    return page.answer(request)
