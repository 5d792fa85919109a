"""What admission reads by one written-out statement is what the query sets say, for everyone and every account."""

from uuid import uuid4

import pytest
from django.db import connection

from orders import authority, services
from orders.authority import HELD_ON_ACCOUNT
from orders.errors import AccountNotFound, InstrumentNotFound
from orders.kernel.context import Actor, Door
from orders.kernel.errors import NotPermitted
from orders.models import Account, Instrument
from orders.permissions import PERMISSIONS, PLACE_ORDERS, VIEW_ORDERS
from orders.risk.standing import Standing, standing_of
from orders.risk.tickets import limits_of
from orders.selectors import market_now
from tests.world import SETUP, World, person

EVERYTHING = tuple(name for name, _title in PERMISSIONS)


def standing(world: World, actor: Actor, **changes: str) -> Standing:
    asked = {"account_code": world.account.code, "symbol": world.instrument.symbol, "client_order_id": "new"}
    return standing_of(actor, **{**asked, **changes})


def held_by_sql(actor: Actor, account: Account) -> frozenset[str]:
    statement = f"SELECT {HELD_ON_ACCOUNT} FROM orders_account AS account WHERE account.id = %(account)s"
    with connection.cursor() as cursor:
        cursor.execute(statement, {"user": actor.user_id, "account": account.pk})
        return frozenset(cursor.fetchone()[0])


def test_the_sql_of_permissions_agrees_with_the_query_sets_for_everyone_and_every_account(
    world: World,
) -> None:
    people = [
        world.trader,
        world.stranger,
        world.head,
        world.risk_officer,
        world.auditor,
        world.nobody,
        person("of-account", world.account, EVERYTHING),
        person("of-desk", world.other_desk, (VIEW_ORDERS,)),
        person("of-firm", world.firm, (PLACE_ORDERS,)),
        Actor("unknown", Door.API, uuid4()),
        SETUP,
    ]
    held = set()
    for actor in people:
        for account in (world.account, world.other_account):
            expected = authority.permissions_of(actor, account.pk)
            assert held_by_sql(actor, account) == expected
            held |= expected
    assert held == set(EVERYTHING)


def test_a_standing_is_what_the_query_sets_read(world: World) -> None:
    order = world.place(client_order_id="mine")

    found = standing(world, world.trader, client_order_id="mine")

    assert found.account == Account.objects.get(code=world.account.code)
    assert found.account.desk_id == world.desk.pk
    assert found.account.state == "active"
    instrument = Instrument.objects.get(symbol=world.instrument.symbol)
    for field in Instrument._meta.concrete_fields:
        assert getattr(found.instrument, field.attname) == getattr(instrument, field.attname)
    assert found.limits == limits_of(world.account.pk)
    assert found.market_time == market_now()
    assert found.used_by == order.pk


def test_another_accounts_client_order_id_is_not_an_earlier_order(world: World) -> None:
    world.place(client_order_id="mine")

    found = standing(world, world.stranger, account_code=world.other_account.code, client_order_id="mine")

    assert found.used_by is None


def test_an_account_without_limits_has_none_in_its_standing(world: World) -> None:
    services.register_account(actor=SETUP, desk=world.desk, code="BARE")

    assert standing(world, world.trader, account_code="BARE").limits == {}


@pytest.mark.parametrize("code", ["ALPHA", "NO-SUCH"])
def test_a_hidden_account_and_an_absent_one_are_told_apart_by_nobody(world: World, code: str) -> None:
    with pytest.raises(AccountNotFound) as refused:
        standing(world, world.stranger, account_code=code)
    assert refused.value.detail == "there is no such account for you"


def test_an_account_that_is_hidden_tells_nothing_of_the_symbol_either(world: World) -> None:
    with pytest.raises(AccountNotFound):
        standing(world, world.stranger, symbol="NO-SUCH")


def test_who_may_only_see_the_account_is_told_which_permission_is_missing(world: World) -> None:
    with pytest.raises(NotPermitted) as refused:
        standing(world, world.auditor)
    assert refused.value.facts == {"permission": PLACE_ORDERS}


def test_who_may_place_without_seeing_may_place(world: World) -> None:
    assert standing(world, person("blind", world.account, (PLACE_ORDERS,))).account == world.account


def test_a_symbol_that_is_not_traded_is_named(world: World) -> None:
    with pytest.raises(InstrumentNotFound, match="NO-SUCH"):
        standing(world, world.trader, symbol="NO-SUCH")
