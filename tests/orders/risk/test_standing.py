"""What admission reads by one written-out statement is what the query sets say, for everyone and every account."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from itertools import product
from uuid import UUID, uuid4

import pytest

from orders import authority, services
from orders.errors import AccountNotFound, InstrumentNotFound
from orders.kernel.context import Actor, Door
from orders.kernel.errors import NotPermitted
from orders.limit_kinds import HOLDERS, LimitKind
from orders.models import Account, Instrument, KillSwitchGate, Limit, Market, Order
from orders.models.reference import AssetClass, MarketState
from orders.permissions import PERMISSIONS, PLACE_ORDERS, VIEW_ORDERS
from orders.risk.applying import bounds_of
from orders.risk.figures import LimitInForce
from orders.risk.standing import Standing, standing_of
from orders.selectors import market_now
from tests.world import NOON, SETUP, World, person

EVERYTHING = tuple(name for name, _title in PERMISSIONS)


def standing(world: World, actor: Actor, **changes: str) -> Standing:
    asked = {"account_code": world.account.code, "symbol": world.instrument.symbol, "client_order_id": "new"}
    return standing_of(actor, **{**asked, **changes})


def held_by_query_sets(actor: Actor) -> dict[UUID, set[str]]:
    """What the person holds on each account on which anything is held."""
    held: dict[UUID, set[str]] = defaultdict(set)
    for name in EVERYTHING:
        for account in authority.accounts_with(actor, name).values_list("pk", flat=True):
            held[account].add(name)
    return held


def test_the_sql_of_permissions_agrees_with_the_query_sets_for_everyone_and_every_account(
    world: World,
) -> None:
    no_accounts = services.register_desk(actor=SETUP, firm=world.firm, code="EMPTY")
    no_desks = services.register_firm(actor=SETUP, code="NOBODY", currency="USD")
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
        person("of-a-desk-without-accounts", no_accounts, EVERYTHING),
        person("of-a-firm-without-accounts", no_desks, EVERYTHING),
        Actor("unknown", Door.API, uuid4()),
        SETUP,
    ]
    held = set()
    for actor in people:
        expected = held_by_query_sets(actor)
        for account in (world.account, world.other_account):
            assert authority.permissions_of(actor, account.pk) == expected[account.pk]
        assert authority.permissions_of(actor, uuid4()) == set()
        assert authority.permissions_of(actor) == set().union(*expected.values())
        held |= authority.permissions_of(actor)
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
    assert found.account.desk == world.desk
    assert found.account.desk.firm == world.firm
    assert found.bounds.market_is_active
    assert found.bounds.engaged == []
    assert found.market_time == market_now()
    assert found.used_by == order.pk


def test_another_accounts_client_order_id_is_not_an_earlier_order(world: World) -> None:
    world.place(client_order_id="mine")

    found = standing(world, world.stranger, account_code=world.other_account.code, client_order_id="mine")

    assert found.used_by is None


def test_an_account_without_limits_has_those_of_its_trader_alone(world: World) -> None:
    services.register_account(actor=SETUP, desk=world.desk, code="BARE")

    (permission,) = standing(world, world.trader, account_code="BARE").bounds.limits

    assert (permission.kind, permission.scope) == (LimitKind.PERMITTED, "trader trader")


def test_who_may_trade_nothing_and_has_no_limit_stands_without_any(world: World) -> None:
    services.register_account(actor=SETUP, desk=world.desk, code="BARE")
    Limit.objects.filter(trader=world.trader.user_id).update(ended_at=NOON)

    assert standing(world, world.trader, account_code="BARE").bounds.limits == ()


def limits_of_every_scope(world: World) -> None:
    """A limit for each holder and each subject, of the order and of somebody else, now and at other times."""
    fund = services.register_instrument(
        actor=SETUP,
        symbol="GLD",
        isin="US78463V1070",
        mic="ARCX",
        currency="USD",
        asset_class=AssetClass.FUND,
        tick_size=Decimal("0.01"),
        lot_size=Decimal(1),
    )
    strangers = services.register_firm(actor=SETUP, code="OTHER", currency="USD")
    holders = [
        {},
        *({"firm": each} for each in (world.firm, strangers)),
        *({"desk": each} for each in (world.desk, world.other_desk)),
        *({"account": each} for each in (world.account, world.other_account)),
        *({"trader_id": each.user_id} for each in (world.trader, world.stranger)),
    ]
    subjects = [
        *({"instrument": each} for each in (world.instrument, fund)),
        *({"asset_class": each} for each in (AssetClass.EQUITY, AssetClass.FUND, "")),
    ]
    scopes = [{**holder, **subject} for holder, subject in product(holders, subjects)]
    in_no_scope = {"asset_class": ""}
    Limit.objects.bulk_create(
        Limit(
            kind=LimitKind.ORDER_MINIMUM_QUANTITY, value=Decimal(number), warn_at_percent=number + 1, **scope
        )
        for number, scope in enumerate(scopes)
        if scope != in_no_scope
    )
    others = [kind for kind in LimitKind if kind != LimitKind.ORDER_MINIMUM_QUANTITY]
    Limit.objects.bulk_create(
        Limit(kind=kind, value=Decimal(1), version=3, account=world.account, **dates)
        for kind, dates in zip(others, dates_around(), strict=False)
    )


def dates_around() -> list[dict[str, object]]:
    """Effective dates that end, begin and last around the market time of now; and a limit that was ended."""
    before, after = NOON - timedelta(days=1), NOON + timedelta(days=1)
    moments = (None, before, NOON, after)
    pairs = [
        (since, until)
        for since, until in product(moments, moments)
        if not since or not until or since < until
    ]
    dates = [{"effective_from": since, "effective_until": until} for since, until in pairs]
    return [*dates, {"ended_at": NOON}]


def naively_in_force(world: World, actor: Actor) -> set[tuple[object, ...]]:
    """What LimitInForce says, from a look at every row of the table."""
    own = {
        "firm": (world.firm.pk, "ATLAS"),
        "desk": (world.desk.pk, "EQ1"),
        "account": (world.account.pk, "ALPHA"),
        "trader": (actor.user_id, actor.name),
    }
    found = set()
    for limit in Limit.objects.filter(ended_at=None):
        holders = [(name, getattr(limit, f"{name}_id")) for name in HOLDERS if getattr(limit, f"{name}_id")]
        is_held = all(own[name][0] == key for name, key in holders)
        is_about = limit.instrument_id in (None, world.instrument.pk) and limit.asset_class in ("", "equity")
        has_begun = limit.effective_from is None or limit.effective_from <= market_now()
        is_over = limit.effective_until is not None and limit.effective_until <= market_now()
        if is_held and is_about and has_begun and not is_over:
            holder = "".join(f"{name} {own[name][1]}" for name, _key in holders)
            subject = (
                "instrument SPY" if limit.instrument_id else "asset class equity" if limit.asset_class else ""
            )
            said = (limit.pk, limit.kind, limit.version, limit.value, limit.warn_at_percent, holder, subject)
            found.add(said)
    return found


def told(limits: tuple[LimitInForce, ...]) -> set[tuple[object, ...]]:
    return {
        (each.id, each.kind, each.version, each.value, each.warn_at_percent, each.holder, each.subject)
        for each in limits
    }


def test_the_limits_that_apply_are_those_that_a_look_at_every_row_finds(world: World) -> None:
    Limit.objects.filter(account=world.account).update(ended_at=NOON)
    limits_of_every_scope(world)
    order = Order(account=world.account, instrument=world.instrument, placed_by_id=world.trader.user_id)

    expected = naively_in_force(world, world.trader)
    found = standing(world, world.trader).bounds.limits

    assert len(expected) > 20
    assert told(found) == expected
    assert len(found) == len(expected)
    assert told(bounds_of(order, market_now()).limits) == expected
    assert {each.holder_kind for each in found} == {"", *HOLDERS}
    assert {each.subject_kind for each in found} == {"", "instrument", "asset_class"}


def test_a_stored_order_is_bound_as_a_new_one_is(world: World) -> None:
    order = world.place()
    Market.objects.filter(mic=order.instrument.mic).update(state=MarketState.HALTED)
    KillSwitchGate.objects.update(engaged=["desk:x"])

    found = bounds_of(order, market_now())

    assert found == standing(world, world.trader).bounds
    assert (found.market_is_active, found.engaged) == (False, ["desk:x"])


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
