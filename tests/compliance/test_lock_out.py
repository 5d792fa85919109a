"""Who guesses is shut out, by person and by address; who is known by the browser is not, and nobody learns a name."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from compliance.lock_out import Attempt, Counted, LockOut, subject
from compliance.models import SignInTally
from compliance.services.access import tell_left_out
from compliance.services.lock_out import begin_attempt, lift_lock_out
from orders.kernel.clock import recorded_now
from orders.kernel.errors import NotPermitted
from orders.models import User
from orders.services import register_user
from tests.compliance.test_access import told
from tests.orders.held_up import sessions
from tests.sign_in import PASSWORD, visible_text
from tests.world import SETUP, World

SIGN_IN = reverse("admin:login")
WINDOW = timedelta(minutes=10)
ELSEWHERE = "203.0.113.9"
BOUNDS = LockOut(person_failures=2, address_failures=4, window=WINDOW, first_lock=timedelta(minutes=15))


@pytest.fixture(autouse=True)
def bounds(settings: Any) -> None:
    """Small ones, and hashes that cost a test no time."""
    settings.LOCK_OUT = BOUNDS
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def kim(world: World) -> User:
    return register_user(actor=SETUP, username="kim.lee", password=PASSWORD, is_staff=True)


def enter(
    name: str, password: str = PASSWORD, *, client: Client | None = None, address: str = ELSEWHERE
) -> Any:
    sent = {"username": name, "password": password}
    return (client or Client()).post(SIGN_IN, sent, REMOTE_ADDR=address)


def gets_in(name: str, *, client: Client | None = None, address: str = ELSEWHERE) -> bool:
    return enter(name, client=client, address=address).status_code == 302


def let_pass(time: timedelta) -> None:
    for tally in SignInTally.objects.all():
        tally.began_at -= time
        tally.locked_until = tally.locked_until and tally.locked_until - time
        tally.save()


def test_a_person_is_locked_out_after_so_many_failures_from_wherever_and_for_a_time(kim: User) -> None:
    enter("kim.lee", "wrong", address="192.0.2.1")
    enter("kim.lee", "wrong", address="192.0.2.2")

    assert not gets_in("kim.lee", address="192.0.2.3")
    ((actor, whom, facts),) = told("SignInLocked")
    assert (actor, whom) == ("unknown", str(kim.pk))
    assert (facts["counted"], facts["failures"]) == ("person", 2)
    assert [each["reason"] for _, _, each in told("SignInFailed")] == ["wrong_password"] * 2 + ["locked_out"]
    let_pass(timedelta(minutes=15))
    assert gets_in("kim.lee", address="192.0.2.3")


def test_failures_that_lie_apart_do_not_lock_out_and_a_success_forgets_them(kim: User) -> None:
    enter("kim.lee", "wrong")
    let_pass(WINDOW)
    enter("kim.lee", "wrong")
    assert gets_in("kim.lee")
    enter("kim.lee", "wrong")
    assert gets_in("kim.lee")
    assert told("SignInLocked") == []


def test_each_lock_out_that_follows_lasts_twice_as_long_up_to_sixteen_times(kim: User) -> None:
    lasted = []
    for _ in range(2):
        enter("kim.lee", "wrong"), enter("kim.lee", "wrong")
        tally = SignInTally.objects.get(subject=f"person:{kim.pk}")
        assert tally.locked_until is not None
        lasted.append(round((tally.locked_until - recorded_now()) / timedelta(minutes=1)))
        let_pass(timedelta(minutes=31))
    assert lasted == [15, 30]
    assert [BOUNDS.lasts(locks) / BOUNDS.first_lock for locks in (3, 5, 6, 50)] == [4, 16, 16, 16]
    let_pass(timedelta(days=2))
    enter("kim.lee", "wrong"), enter("kim.lee", "wrong")
    assert SignInTally.objects.get(subject=f"person:{kim.pk}").locks == 1, "what is a day ago is forgotten"


def test_from_one_address_a_desk_is_not_locked_out_of_the_browsers_it_knows(kim: User, world: World) -> None:
    """The address shuts itself out after a few, and even who sits behind the same one gets in by a known browser."""
    desk = [
        register_user(actor=SETUP, username=f"desk.{n}", password=PASSWORD, is_staff=True) for n in range(4)
    ]
    known = Client()
    assert gets_in("kim.lee", client=known)
    known.post(reverse("admin:logout"))
    for person in (*desk, kim):
        enter(person.username, "guess"), enter(person.username, "guess")

    locked = {whom for _, whom, facts in told("SignInLocked") if facts["counted"] == "person"}
    assert locked == {str(each.pk) for each in desk[:2]}, "then the address was shut out"
    assert [f["counted"] for _, _, f in told("SignInLocked")].count("address") == 1
    assert not gets_in("kim.lee")
    assert gets_in("kim.lee", client=known)
    assert gets_in("kim.lee", address="198.51.100.7"), "nobody else is to blame for the address"
    assert not gets_in("desk.0", client=known), "it is known for one person"


def test_a_known_browser_has_a_bound_of_its_own(kim: User) -> None:
    known = Client()
    assert gets_in("kim.lee", client=known)
    known.post(reverse("admin:logout"))
    for _ in range(2):
        enter("kim.lee", "wrong", client=known)
    assert [facts["counted"] for _, _, facts in told("SignInLocked")] == ["browser"]
    assert gets_in("kim.lee", client=known), "by it, the person is like anybody now: not locked out"
    known.cookies[settings.KNOWN_BROWSER_COOKIE_NAME] = "forged"
    assert gets_in("kim.lee", client=known)


def test_names_that_are_nobodys_are_told_apart_by_no_word_and_no_statement(kim: User) -> None:
    def work(name: str) -> tuple[str, list[str]]:
        with CaptureQueriesContext(connection) as captured:
            answer = enter(name, "wrong", address=f"198.51.100.{len(name)}")
        statements = [
            query["sql"].split("(")[0].split('"s')[0].split("=")[0] for query in captured.captured_queries
        ]
        return visible_text(answer).replace(name, "NAME"), statements

    for _ in range(3):
        somebody, nobody = work("kim.lee"), work("not.kim.lee")
        assert somebody == nobody
    assert "AUTH_SIGN_IN_REFUSED" in somebody[0]
    assert {counted for _, counted, _ in told("SignInLocked")} == {str(kim.pk), "unknown"}


def test_what_is_locked_out_costs_a_hash_as_before_and_a_shut_address_none(
    kim: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[bool] = []
    monkeypatch.setattr(
        "compliance.passwords.verify_password", lambda *_given: hashed.append(True) or (False, False)
    )
    for number in range(3):
        enter("kim.lee", "wrong", address=f"192.0.2.{number}")
    assert len(hashed) == 3
    for name in ("a", "b", "c", "d"):
        enter(name, "wrong", address="192.0.2.77")
    assert len(hashed) == 7
    enter("e", "wrong", address="192.0.2.77"), enter("kim.lee", "wrong", address="192.0.2.77")
    assert len(hashed) == 7


def test_addresses_of_one_network_of_ipv6_are_one_and_none_is_kept_in_clear(kim: User) -> None:
    for number in range(4):
        enter(f"name-{number}", "wrong", address=f"2001:db8:1:2::{number}")

    assert not gets_in("kim.lee", address="2001:db8:1:2:ffff::1")
    assert gets_in("kim.lee", address="2001:db8:1:3::1")
    assert not SignInTally.objects.filter(subject__contains="2001").exists()
    assert gets_in("kim.lee", address="no:address")


def test_who_has_a_session_does_not_guess_the_password_on_the_page_that_changes_it(kim: User) -> None:
    client = Client()
    enter("kim.lee", client=client)
    page = reverse("admin:account_password")
    new = "seven small horses at noon"
    for given in ("wrong", "wrong", PASSWORD):
        answer = client.post(page, {"old": given, "new": new, "repeated": new})
        assert answer.status_code == 403
        assert "AUTH_PASSWORD_WRONG" in visible_text(answer)
    assert gets_in("kim.lee"), "the sign-in is not shut by that"


def test_a_command_lifts_it_with_a_reason(kim: User, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(4):
        enter("kim.lee", "wrong")
    call_command("lift_lock_out", "kim.lee", "--reason", "called back at the desk")
    assert gets_in("kim.lee", address="192.0.2.1")
    assert not gets_in("kim.lee")
    call_command("lift_lock_out", ELSEWHERE, "--reason", "our own office")
    assert gets_in("kim.lee")
    for who, why in (
        ("kim.lee", "not locked out"),
        (ELSEWHERE, "not locked out"),
        ("nobody.at.all", "neither"),
    ):
        with pytest.raises(CommandError, match=why):
            call_command("lift_lock_out", who, "--reason", "again")

    assert told("SignInLockLifted") == [
        ("process:lift_lock_out", str(kim.pk), {"counted": ["person"], "reason": "called back at the desk"}),
        ("process:lift_lock_out", "unknown", {"counted": ["address"], "reason": "our own office"}),
    ]


def test_no_person_lifts_it(world: World) -> None:
    with pytest.raises(NotPermitted):
        lift_lock_out(actor=world.auditor, subjects=(), person=None, reason="please")


def test_what_counts_no_more_is_removed(kim: User) -> None:
    enter("nobody.at.all", "wrong")
    tell_left_out()
    assert SignInTally.objects.count() == 2
    let_pass(timedelta(days=1, minutes=1))
    tell_left_out()
    assert not SignInTally.objects.exists()


def test_however_many_try_at_once_no_more_than_the_bound_are_looked_at(committed_world: World) -> None:
    attempt = Attempt(person=subject(Counted.PERSON, "p"), address=subject(Counted.ADDRESS, "a"))
    with sessions(4) as start:
        begun = [start(lambda: begin_attempt(attempt=attempt)) for _ in range(12)]
        verdicts = [each.result() for each in begun]

    assert sum(verdict.is_open for verdict in verdicts) == BOUNDS.person_failures
