"""The sign-in to the admin site: who may not enter is kept, as who could not."""

from django.core.exceptions import ValidationError
from unfold.forms import AuthenticationForm

from compliance.access import not_let_in
from compliance.errors import SignInRefused
from orders.kernel.admin import refusal_text
from orders.models import User


class SignInForm(AuthenticationForm):
    """Name and password. Whatever is wrong, a person reads the same."""

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": refusal_text(SignInRefused("name and password were not accepted")),
    }

    def confirm_login_allowed(self, user: User) -> None:
        """Raise ValidationError for who is no staff, after it was written down."""
        try:
            super().confirm_login_allowed(user)
        except ValidationError:
            not_let_in(user)
            raise
