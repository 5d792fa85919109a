"""What `make serve` prints can be used as it stands."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from django.test import Client

from orders.kernel.context import Actor
from qtweb.universe.access import access_text
from qtweb.universe.catalogue import CASH_DESK, PEOPLE
from qtweb.universe.logins import Logins
from qtweb.universe.replay import open_market

URL = "http://127.0.0.1:8000"


@pytest.fixture
def printed(universe: None, seeder: Actor, logins: Logins, tmp_path: Path) -> str:
    open_market(actor=seeder)
    return access_text(actor=seeder, web_url=URL, logins=logins, home=tmp_path)


def curl_of(text: str) -> list[str]:
    """The arguments that a shell makes of the printed line."""
    return next(shlex.split(line) for line in text.splitlines() if line.startswith("curl "))


def token_of(curl: list[str]) -> str:
    return next(part.removeprefix("Authorization: ") for part in curl if part.startswith("Authorization"))


def test_every_person_is_printed_with_password_role_and_what_to_look_at(printed: str, logins: Logins) -> None:
    for person in PEOPLE:
        line = next(line for line in printed.splitlines() if line.startswith(f"{person.username} "))
        assert logins.password(person.username) in line
        assert person.role.replace("_", " ") in line
        assert person.worth_looking_at in line


def test_addresses_are_printed(printed: str) -> None:
    assert all(f"{URL}/{path}" in printed for path in ("admin/", "api/v1/", "api/v1/docs"))


def test_curl_line_places_an_order_as_it_stands(printed: str) -> None:
    curl = curl_of(printed)
    body = curl[curl.index("-d") + 1]
    answer = Client().post(
        curl[-1].removeprefix(URL),
        body,
        content_type="application/json",
        headers={"Authorization": token_of(curl)},
    )
    assert answer.status_code == 201, answer.content
    order = json.loads(answer.content)
    assert (order["status"], order["client_order_id"]) == ("new", json.loads(body)["client_order_id"])


def test_printing_again_revokes_the_token_that_was_printed_before(
    printed: str, seeder: Actor, logins: Logins, tmp_path: Path
) -> None:
    again = access_text(actor=seeder, web_url=URL, logins=logins, home=tmp_path)
    statuses = [
        Client().get("/api/v1/orders", headers={"Authorization": token_of(curl_of(text))}).status_code
        for text in (printed, again)
    ]
    assert statuses == [401, 200]


def test_login_whose_password_was_not_made_here_says_so(
    universe: None, seeder: Actor, tmp_path: Path
) -> None:
    open_market(actor=seeder)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    text = access_text(actor=seeder, web_url=URL, logins=Logins(elsewhere), home=elsewhere)
    assert text.count("(not made here)") == len(PEOPLE)
    assert CASH_DESK in text
