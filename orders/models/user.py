"""People who sign in and hold tokens."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from orders.kernel.ids import new_id


class UserManager(BaseUserManager["User"]):
    """Finds people by login name. There is no way to make a superuser: the flag does not exist."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username=username)


class User(AbstractBaseUser):
    """A natural person's login: an opaque id and a login name, no personal data.

    There is no superuser: `is_superuser` is False for everyone and no column holds it. What a person may do
    stands in the grants on firms, desks and accounts (orders/authority.py) and nowhere else; `has_perm` therefore
    answers no to Django's model permissions.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    username = models.CharField(max_length=64, unique=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False, help_text="May sign in to the admin site.")

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering = ("username",)

    @property
    def is_superuser(self) -> bool:
        return False

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return False

    def has_perms(self, perm_list: Any, obj: Any = None) -> bool:
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return False
