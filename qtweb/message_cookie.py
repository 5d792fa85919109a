"""What a page says after an act ("Placed: ..."), kept in a cookie until the next page shows it."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class _Cookie(CookieStorage):
    @property
    def cookie_name(self) -> str:  # type: ignore[override]
        name: str = settings.MESSAGE_COOKIE_NAME
        return name


class Messages(FallbackStorage):
    """Django's own, under a cookie name that a browser binds to this host alone."""

    storage_classes = (_Cookie, SessionStorage)
