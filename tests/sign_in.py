"""People in front of the admin site."""

from html.parser import HTMLParser
from typing import Any

from django.test import Client

from compliance.roles import ROLES
from orders.kernel.context import Actor
from orders.models import Account, Desk, Firm, User
from tests.world import person

PASSWORD = "a long enough passphrase"


def sign_in(actor: Actor, *, enforce_csrf: bool = False) -> Client:
    """A browser in which `actor`, made staff, has signed in."""
    user = User.objects.get(pk=actor.user_id)
    user.is_staff = True
    user.save(update_fields=["is_staff"])
    client = Client(enforce_csrf_checks=enforce_csrf)
    client.force_login(user)
    return client


def in_role(role: str, scope: Firm | Desk | Account) -> Actor:
    """A person who holds exactly what the role grants, on `scope`."""
    return person(f"the.{role}", scope, ROLES[role])


class _Visible(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.addresses: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self._hidden += tag in ("script", "style")
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "action")]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words += data.split()


def visible_text(page: Any) -> str:
    """What a person reads on a page, white space made single."""
    parser = _Visible()
    parser.feed(page.content.decode())
    return " ".join(parser.words)


def addresses(page: Any) -> list[str]:
    """Every address that a page links to, loads or sends to."""
    parser = _Visible()
    parser.feed(page.content.decode())
    return parser.addresses


class _Filled(HTMLParser):
    """What a browser would send of a page's fields, untouched."""

    def __init__(self) -> None:
        super().__init__()
        self.given: dict[str, str] = {}
        self._select = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        told = dict(attrs)
        if tag == "input" and told.get("name"):
            self.given[told["name"]] = told.get("value") or ""
        elif tag == "select":
            self._select = told["name"]
        elif tag == "option" and self._select and ("selected" in told or self._select not in self.given):
            self.given[self._select] = told.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        self._select = "" if tag == "select" else self._select


def filled(page: Any) -> dict[str, str]:
    """What the page's form would send as it stands there."""
    parser = _Filled()
    parser.feed(page.content.decode())
    return parser.given
