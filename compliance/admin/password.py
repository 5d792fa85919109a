"""The page on which a person takes another password."""

from typing import Any

from django import forms
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from unfold.widgets import UnfoldAdminPasswordWidget

from compliance.commands import ChangePassword
from compliance.passwords import change_own_password
from compliance.sessions import session_id_of
from orders.kernel.admin import ActPage, acting, actor_of, site

_MEANING = (
    "At least twelve characters, of any kind: several words are easier to keep in mind than signs. Refused is what is "
    "commonly used, and what is like your login name. It does not expire."
)


def _password(autocomplete: str, **options: Any) -> forms.CharField:
    widget = UnfoldAdminPasswordWidget({"autocomplete": autocomplete})
    return forms.CharField(widget=widget, strip=False, max_length=1024, **options)


class PasswordForm(forms.Form):
    """The password that counts now, and the new one twice."""

    old = _password("current-password", label="Your password now")
    new = _password("new-password", label="New password")
    repeated = _password("new-password", label="New password again")

    def clean_repeated(self) -> str:
        """Raise ValidationError unless both are the same."""
        repeated: str = self.cleaned_data["repeated"]
        if repeated != self.cleaned_data.get("new"):
            raise ValidationError("This is not what stands above.")
        return repeated


@sensitive_post_parameters()
@acting
def password_page(request: HttpRequest) -> HttpResponse:
    """Show the form, or change the password of the person who is signed in."""

    def perform(given: dict[str, Any]) -> str:
        command = ChangePassword(old=given["old"], new=given["new"])
        change_own_password(
            actor=actor_of(request),
            person=request.user,  # type: ignore[arg-type]  # whoever is on a page is known
            command=command,
            session_id=session_id_of(request),
        )
        update_session_auth_hash(request, request.user)  # type: ignore[arg-type]
        return "Your password is changed. Your other sessions are over."

    form = PasswordForm(request.POST if request.method == "POST" else None)
    context = {"heading": "Change your password", "meaning": _MEANING, "submit": "Change"}
    page = ActPage(
        site, "Password", form, perform, reverse("admin:account"), "compliance/own_act.html", context
    )
    return page.answer(request)
