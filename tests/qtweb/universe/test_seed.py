"""The seeder writes the universe once, with roles that reach as far as they should and logins that open."""

from __future__ import annotations

import stat
from decimal import Decimal
from pathlib import Path

import pytest

from compliance.models import Leaf, RoleGrant
from orders.authority import accounts_with
from orders.kernel.context import Actor, Door
from orders.models import Account, Instrument, Limit, User
from orders.permissions import PLACE_ORDERS, VIEW_ORDERS
from qtweb.universe.catalogue import ACCOUNTS, CASH_DESK, CASH_TRADER, LIMITS, LISTINGS, PEOPLE
from qtweb.universe.logins import Logins
from qtweb.universe.seed import register_symbols, seed


def actor_named(username: str) -> Actor:
    user = User.objects.get(username=username)
    return Actor(name=username, door=Door.API, user_id=user.pk)


def codes(username: str, permission: str) -> set[str]:
    return set(accounts_with(actor_named(username), permission).values_list("code", flat=True))


def test_everything_in_the_catalogue_is_there(universe: None) -> None:
    assert set(Instrument.objects.values_list("symbol", flat=True)) == {each.symbol for each in LISTINGS}
    assert Account.objects.count() == sum(map(len, ACCOUNTS.values()))
    assert Limit.objects.filter(account__isnull=False).count() == Account.objects.count() * len(LIMITS)
    assert set(User.objects.values_list("username", flat=True)) == {person.username for person in PEOPLE}


def test_seeding_again_changes_nothing_and_leaves_no_leaf(
    universe: None, seeder: Actor, logins: Logins
) -> None:
    def state() -> tuple[object, ...]:
        users = list(User.objects.values_list("pk", "password").order_by("pk"))
        return Leaf.events.count(), RoleGrant.objects.count(), users, logins.password(CASH_TRADER)

    before = state()
    seed(actor=seeder, logins=logins)
    assert state() == before


def test_trader_may_place_for_the_own_desk_and_sees_nothing_else(universe: None) -> None:
    assert codes(CASH_TRADER, PLACE_ORDERS) == codes(CASH_TRADER, VIEW_ORDERS) == set(ACCOUNTS[CASH_DESK])


def test_second_line_sees_every_account_and_places_for_none(universe: None) -> None:
    everywhere = {code for accounts in ACCOUNTS.values() for code in accounts}
    for username in ("risk", "compliance", "auditor", "operator"):
        assert codes(username, VIEW_ORDERS) == everywhere
        assert codes(username, PLACE_ORDERS) == set()


def test_passwords_open_and_only_their_owner_can_read_the_file(
    universe: None, logins: Logins, tmp_path: Path
) -> None:
    user = User.objects.get(username=CASH_TRADER)
    assert user.is_staff
    assert user.check_password(logins.password(CASH_TRADER))
    assert stat.S_IMODE((tmp_path / "logins.json").stat().st_mode) == 0o600


def test_passwords_are_found_again_by_a_later_process(universe: None, logins: Logins, tmp_path: Path) -> None:
    found = Logins(tmp_path)
    assert [found.password(each.username) for each in PEOPLE] == [
        logins.password(each.username) for each in PEOPLE
    ]
    assert len({found.password(each.username) for each in PEOPLE}) == len(PEOPLE)


@pytest.mark.usefixtures("db")
def test_without_logins_nobody_can_sign_in(seeder: Actor) -> None:
    seed(actor=seeder, logins=None)
    assert not any(user.has_usable_password() or user.is_staff for user in User.objects.all())


def test_symbols_of_a_file_are_registered_and_known_ones_stay(universe: None, seeder: Actor) -> None:
    register_symbols(actor=seeder, ticks={"ZVZZT": Decimal("0.0001"), "SPY": Decimal(5)})
    assert Instrument.objects.get(symbol="ZVZZT").tick_size == Decimal("0.0001")
    assert Instrument.objects.get(symbol="SPY").tick_size == Decimal("0.01")
