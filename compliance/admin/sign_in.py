"""The sign-in to the admin site: who may not enter is kept, as who could not."""

from django.core.exceptions import ValidationError
from unfold.forms import AuthenticationForm

from compliance.access import not_let_in
from orders.models import User


class SignInForm(AuthenticationForm):
    """Name and password."""

    def confirm_login_allowed(self, user: User) -> None:
        """Raise ValidationError for who is no staff, after it was written down."""
        try:
            super().confirm_login_allowed(user)
        except ValidationError:
            not_let_in(user)
            raise
