"""V9 Self-contained Tokens. The one there is says by which browser a person has signed in before; it opens nothing."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.core import signing
from django.test import RequestFactory

from compliance.known_browsers import KNOWN_FOR, browser_of
from orders.models import User

SALT = "compliance.known_browsers"


@pytest.fixture
def person() -> User:
    return User(pk=uuid4(), username="kim.lee")


def _read(cookie: str, person: User) -> str | None:
    request = RequestFactory().get("/")
    request.COOKIES[settings.KNOWN_BROWSER_COOKIE_NAME] = cookie
    return browser_of(request, person)


def _written(person: User, *, salt: str = SALT, key: str | None = None) -> str:
    return signing.dumps([str(person.pk), "which"], salt=salt, key=key)


def test_v9_1_1_what_was_not_signed_here_says_nothing(person: User) -> None:
    cookie = _written(person)
    assert _read(cookie, person) == "browser:which"

    content, rest = cookie.split(":", 1)
    others = _written(User(pk=uuid4())).split(":", 1)[0]
    for forged in ("", content, f"{others}:{rest}", cookie[:-1] + ("A" if cookie[-1] != "A" else "B")):
        assert _read(forged, person) is None


def test_v9_1_3_another_key_says_nothing(person: User) -> None:
    assert _read(_written(person, key="somebody else's key, as long as it may be"), person) is None


def test_v9_2_1_after_its_time_it_says_nothing(person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.core.signing.time.time", lambda: 1_700_000_000.0)
    cookie = _written(person)
    for later, read in ((KNOWN_FOR, "browser:which"), (KNOWN_FOR + timedelta(seconds=1), None)):
        now = 1_700_000_000.0 + later.total_seconds()
        monkeypatch.setattr("django.core.signing.time.time", lambda now=now: now)
        assert _read(cookie, person) == read


def test_v9_2_2_what_was_signed_for_another_purpose_or_person_says_nothing(person: User) -> None:
    assert _read(_written(person, salt="django.contrib.messages"), person) is None
    assert _read(_written(User(pk=uuid4())), person) is None
