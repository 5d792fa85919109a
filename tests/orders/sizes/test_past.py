"""What limits would have measured of past orders, held equal to what each order's decision kept."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from execution.models import DailyBar
from orders import services
from orders.kernel.context import Actor
from orders.limit_kinds import LimitKind
from orders.models import Account, Order, RiskDecision, User
from orders.models.reference import AssetClass
from orders.permissions import OVERRIDE_LIMITS, VIEW_ORDERS
from orders.risk.kept import decision_from
from orders.sizes.days import Span
from orders.sizes.past import PROPOSABLE, Past, holder_seen, holders_seen, limits_of, past_of
from orders.sizes.proposal import Measured
from tests.orders.sizes.history import BEGIN, place_each_day, room_for_many
from tests.world import NOON, SETUP, TRADING, World, person

ALL_DAYS = Span((BEGIN - timedelta(days=1)).date(), NOON.date())


@pytest.fixture
def room(world: World) -> World:
    room_for_many(world)
    return world


def past(world: World, named: str = "account ALPHA", actor: Actor | None = None) -> Past:
    viewer = actor or world.auditor
    holder = holder_seen(viewer, named)
    assert holder is not None
    return past_of(viewer, holder, ALL_DAYS, limits_of(viewer, holder))


def by_order(measured: list[Measured]) -> dict[object, Measured]:
    return {each.order_id: each for each in measured}


def test_what_was_measured_is_what_each_decision_kept(room: World) -> None:
    DailyBar.objects.create(
        instrument=room.instrument,
        day=(BEGIN - timedelta(days=5)).date(),
        close=Decimal(100),
        volume=Decimal(1_000_000),
    )
    services.register_limit(
        actor=SETUP, kind=LimitKind.ORDER_VOLUME_SHARE_BPS, value=Decimal(100), holder=room.account
    )
    # A limit of the desk on the same thing is not the account's own, and measures the same.
    services.register_limit(
        actor=SETUP, kind=LimitKind.ORDER_VOLUME_SHARE_BPS, value=Decimal(1), holder=room.other_desk
    )
    placed = place_each_day(room, [50, 8_500, 9_500, 12_000], limit_price="102")
    placed += place_each_day(room, [70], type="market", limit_price=None)
    placed += place_each_day(room, [80], limit_price="98")
    placed += place_each_day(room, [90], limit_price="160")

    found = past(room).measured

    limits = limits_of(room.auditor, room.account)
    assert set(limits) == set(PROPOSABLE)
    for kind in PROPOSABLE:
        told = by_order(found[kind])
        for order in placed:
            kept = RiskDecision.objects.get(order=order)
            findings = decision_from(kept.findings, kept.figures, kept.market_time).findings
            (finding,) = [each for each in findings if each.limit and each.limit.id == limits[kind].pk] or [
                None
            ]
            if finding is None:
                assert kind == LimitKind.PRICE_COLLAR_BPS and order.limit_price is None
                assert order.pk not in told
                continue
            seen = told[order.pk]
            assert (seen.value, seen.outcome) == (finding.with_order, finding.outcome)
            assert seen.limit_value == (finding.limit and finding.limit.value)
            assert (seen.is_admitted, seen.day) == (not order.denial_code, order.market_time.date())


def test_an_account_has_its_orders_and_a_trader_those_of_every_account_that_is_seen(room: World) -> None:
    colleague = person("colleague", room.firm, TRADING)
    (own,) = place_each_day(room, [10])
    (alpha,) = place_each_day(room, [20], actor=colleague)
    (beta,) = place_each_day(room, [30], actor=colleague, account="BETA")

    def orders(named: str, actor: Actor | None = None) -> set[object]:
        return set(by_order(past(room, named, actor).measured[LimitKind.ORDER_QUANTITY]))

    assert orders("account ALPHA") == {own.pk, alpha.pk}
    assert orders("trader colleague") == {alpha.pk, beta.pk}
    assert orders("trader colleague", room.trader) == {alpha.pk}


def test_the_days_are_kept_to(room: World) -> None:
    place_each_day(room, [10, 20], days=2)
    first = Span(BEGIN.date(), BEGIN.date())

    found = past_of(room.auditor, room.account, first, {}).measured[LimitKind.ORDER_QUANTITY]

    assert [(each.value, each.outcome, each.limit_value) for each in found] == [(10, None, None)]


def granted(world: World, order: Order, *codes: str) -> None:
    officer = person(f"officer.{order.quantity:.0f}", world.firm, (VIEW_ORDERS, OVERRIDE_LIMITS))
    services.grant_override(
        actor=officer, order_id=order.pk, codes=list(codes), expires_in_minutes=5, reason="a block"
    )


def test_what_an_override_allowed_is_the_largest_by_the_kind_that_it_waived(room: World) -> None:
    by_quantity = ["RISK_ORDER_QUANTITY"]
    for quantity, codes in ((10_100, by_quantity), (10_200, by_quantity), (60_000, ["RISK_ORDER_NOTIONAL"])):
        granted(room, room.place(quantity=str(quantity)), *codes)
    room.place(quantity="70000")

    assert past(room).allowed == {
        LimitKind.ORDER_QUANTITY: 10_200,
        LimitKind.ORDER_NOTIONAL: 6_000_000,
    }
    assert past(room, "trader trader").allowed == past(room).allowed
    before = Span(BEGIN.date(), BEGIN.date())
    assert past_of(room.auditor, room.account, before, {}).allowed == {}


def test_only_the_holders_own_limits_on_anything_are_its_present_ones(room: World) -> None:
    trader = User.objects.get(username="trader")
    kind = LimitKind.ORDER_NOTIONAL
    for holder, subject in ((room.desk, None), (room.account, AssetClass.EQUITY), (trader, None)):
        services.register_limit(actor=SETUP, kind=kind, value=Decimal(5), holder=holder, subject=subject)

    assert limits_of(room.auditor, room.account)[kind].value == 5_000_000
    assert {each.value for each in limits_of(room.auditor, trader).values()} == {5}
    assert limits_of(room.trader, User.objects.get(username="stranger")) == {}


def test_whom_nobody_shows_the_viewer_has_no_history(room: World) -> None:
    place_each_day(room, [10])

    assert holders_seen(room.auditor) == ["account ALPHA", "account BETA", "trader trader"]
    assert holder_seen(room.auditor, "trader trader") == User.objects.get(username="trader")
    assert holder_seen(room.auditor, "account ALPHA") == Account.objects.get(code="ALPHA")
    assert holders_seen(room.stranger) == ["account BETA"]
    for named in ("account ALPHA", "trader trader", "trader none", "account none"):
        assert holder_seen(room.stranger, named) is None
    assert holders_seen(room.nobody) == []


def test_it_is_three_queries_however_many_orders(room: World) -> None:
    for quantities in ([10], [10] * 30):
        place_each_day(room, quantities)
        with CaptureQueriesContext(connection) as captured:
            past_of(room.auditor, room.account, ALL_DAYS, {})
        assert len(captured) == 3
