"""Every decision of pre-trade risk is kept with what it saw, and is the same when it is read again."""

from decimal import Decimal

import pytest

from orders import services
from orders.commands import AmendOrder
from orders.decisions import redacted_for
from orders.errors import RiskRefused
from orders.limit_kinds import LimitKind
from orders.models import Instrument, Limit, Order, RiskDecision
from orders.models.limit import DecisionStage
from orders.reports import RestatementReason
from orders.risk.figures import Decision, Finding, Outcome
from orders.risk.kept import decision_from
from orders.states import OrderStatus
from tests.orders.desk import SELL_SIDE, manual_order
from tests.orders.fills import fill
from tests.orders.rates import record
from tests.world import LAST_PRICE, SETUP, World, show_price


def kept_on(order: Order, stage: DecisionStage = DecisionStage.PLACE) -> Decision:
    """The one decision of this stage on the order."""
    row = RiskDecision.objects.get(order=order, stage=stage)
    decision = decision_from(row.findings, row.figures, row.market_time)
    assert row.is_admitted == decision.is_admitted
    return decision


def finding(decision: Decision, kind: LimitKind) -> Finding:
    (found,) = [each for each in decision.findings if each.check == kind]
    return found


@pytest.mark.parametrize("quantity", ["100", "8000", "10001", "20001"])
def test_what_is_kept_is_what_was_decided(world: World, quantity: str) -> None:
    placement = services.place(actor=world.trader, command=world.command(quantity=quantity))

    assert kept_on(placement.order) == placement.decision


def test_every_check_has_its_say_on_an_admitted_order(world: World) -> None:
    decision = kept_on(world.place())

    assert {each.outcome for each in decision.findings} == {Outcome.PASSED}
    assert [each.check for each in decision.findings if each.limit] == [
        LimitKind.ORDER_QUANTITY,
        LimitKind.ORDER_NOTIONAL,
        LimitKind.PRICE_COLLAR_BPS,
        LimitKind.POSITION_QUANTITY,
    ]
    assert "kill_switch" in {each.check for each in decision.findings if not each.limit}


def test_a_refusal_under_locks_is_kept_with_the_numbers_that_the_locks_showed(world: World) -> None:
    for _ in range(2):
        world.place(quantity="9000")

    refused = world.place(quantity="3000")

    position = finding(kept_on(refused), LimitKind.POSITION_QUANTITY)
    assert (refused.status, refused.denial_code) == (OrderStatus.REJECTED, "RISK_POSITION_LIMIT")
    assert (position.outcome, position.used, position.with_order) == (Outcome.DENIED, 18_000, 21_000)


def test_the_next_tightest_limit_is_named(world: World) -> None:
    tightest = kept_on(world.place(quantity="9999")).tightest

    assert tightest
    assert (tightest.check, tightest.outcome) == (LimitKind.ORDER_QUANTITY, Outcome.WARNED)
    assert tightest.utilisation_percent == Decimal("99.99")


def test_a_limits_version_is_kept_with_the_decision(world: World) -> None:
    Limit.objects.filter(account=world.account, kind=LimitKind.ORDER_QUANTITY).update(version=7)

    limit = finding(kept_on(world.place()), LimitKind.ORDER_QUANTITY).limit

    assert limit
    assert (limit.version, limit.value) == (7, 10_000)


@pytest.mark.parametrize(("holder", "is_refused"), [("desk", True), ("firm", True), ("other_desk", False)])
def test_an_order_is_held_to_the_limits_of_its_desk_and_firm(
    world: World, holder: str, is_refused: bool
) -> None:
    sibling = services.register_account(actor=SETUP, desk=world.desk, code="GAMMA")
    for kind in ("order_quantity", "order_notional", "price_collar_bps", "position_quantity"):
        services.register_limit(actor=SETUP, kind=LimitKind(kind), value=Decimal(10**9), holder=sibling)
    services.register_limit(
        actor=SETUP, kind=LimitKind.GROSS_NOTIONAL, value=Decimal(15_000), holder=getattr(world, holder)
    )
    world.place(account="GAMMA", quantity="100")

    order = world.place(quantity="51")

    assert order.denial_code == ("RISK_GROSS_LIMIT" if is_refused else "")


@pytest.mark.parametrize(
    ("quantity", "code", "finds"),
    [
        ("10001", "RISK_ORDER_QUANTITY", "order_quantity"),
        ("10000", "RISK_POSITION_LIMIT", "position_quantity"),
    ],
)
def test_a_refused_amendment_is_kept_with_its_decision(
    world: World, quantity: str, code: str, finds: str
) -> None:
    Limit.objects.filter(kind=LimitKind.POSITION_QUANTITY).update(value=Decimal(9_999))
    order = world.place(quantity="100")

    with pytest.raises(RiskRefused) as refused:
        services.amend(
            actor=world.trader,
            order_id=order.pk,
            command=AmendOrder(quantity=quantity),
            expected_revision=1,
        )

    decision = kept_on(order, DecisionStage.AMEND)
    assert refused.value.code == decision.denials[0].code == code
    assert finding(decision, LimitKind(finds)).with_order == Decimal(quantity)
    order.refresh_from_db()
    assert (order.status, order.quantity, order.reserved_quantity) == ("new", 100, 100)


def test_new_terms_that_are_refused_for_their_price_are_told_everything_else_too(world: World) -> None:
    services.register_limit(
        actor=SETUP, kind=LimitKind.GROSS_NOTIONAL, value=Decimal(20_000), holder=world.account
    )
    order = world.place(quantity="100")
    fill(order, "40")

    with pytest.raises(RiskRefused):
        services.amend(
            actor=world.trader,
            order_id=order.pk,
            command=AmendOrder(quantity="190", limit_price="106"),
            expected_revision=1,
        )

    decision = kept_on(order, DecisionStage.AMEND)
    assert [each.code for each in decision.denials] == ["RISK_PRICE_COLLAR"]
    gross = finding(decision, LimitKind.GROSS_NOTIONAL)
    assert (gross.outcome, gross.used, gross.with_order) == (Outcome.WARNED, 10_000, 4_000 + 150 * 106)
    assert decision.tightest == gross


def test_an_amendment_counts_only_what_it_adds(world: World) -> None:
    order = world.place(quantity="100")

    services.amend(
        actor=world.trader, order_id=order.pk, command=AmendOrder(quantity="150"), expected_revision=1
    )

    position = finding(kept_on(order, DecisionStage.AMEND), LimitKind.POSITION_QUANTITY)
    assert (position.used, position.with_order) == (100, 150)


def test_a_desks_increase_is_decided_like_an_amendment(world: World) -> None:
    order = manual_order(world)
    services.register_limit(
        actor=SETUP, kind=LimitKind.ORDERS_PER_MINUTE, value=Decimal(1), holder=world.account
    )

    services.restate(
        actor=SELL_SIDE, order_id=order.pk, quantity=Decimal(150), reason=RestatementReason.VERBAL_CHANGE
    )

    decision = kept_on(order, DecisionStage.AMEND)
    assert finding(decision, LimitKind.POSITION_QUANTITY).with_order == 150
    assert not [each for each in decision.findings if each.check == LimitKind.ORDERS_PER_MINUTE]


def test_a_desks_increase_beyond_a_limit_changes_nothing(world: World) -> None:
    order = manual_order(world)

    with pytest.raises(RiskRefused, match="above the limit per order"):
        services.restate(
            actor=SELL_SIDE,
            order_id=order.pk,
            quantity=Decimal(10_001),
            reason=RestatementReason.VERBAL_CHANGE,
        )

    order.refresh_from_db()
    assert (order.quantity, order.reserved_quantity) == (100, 100)


@pytest.fixture
def foreign(world: World) -> Instrument:
    instrument = services.register_instrument(
        actor=SETUP,
        symbol="SAP",
        isin="DE0007164600",
        mic="XETR",
        currency="EUR",
        tick_size=Decimal("0.01"),
        lot_size=Decimal(1),
    )
    show_price(instrument, LAST_PRICE)
    return instrument


def test_without_an_exchange_rate_an_order_in_another_currency_is_refused(
    world: World, foreign: Instrument
) -> None:
    decision = kept_on(world.place(symbol="SAP"))

    assert [each.code for each in decision.denials] == ["RISK_NO_EXCHANGE_RATE"]
    assert decision.notional is None


def test_worth_is_judged_in_the_firms_currency(world: World, foreign: Instrument) -> None:
    record(world, "EUR/USD", "1.5")

    decision = kept_on(world.place(symbol="SAP", quantity="100", limit_price="100"))

    assert (decision.notional, decision.currency) == (15_000, "USD")
    assert finding(decision, LimitKind.ORDER_NOTIONAL).with_order == 15_000


def test_a_preview_is_what_placing_decides(world: World) -> None:
    command = world.command(quantity="8000")

    preview = services.preview(actor=world.trader, command=command)
    placed = services.place(actor=world.trader, command=command).decision

    assert preview == placed


def test_nobody_sees_a_number_of_a_limit_beyond_their_reach(world: World) -> None:
    services.register_limit(
        actor=SETUP, kind=LimitKind.GROSS_NOTIONAL, value=Decimal(15_000), holder=world.firm
    )
    decision = kept_on(world.place(quantity="151"))

    (mine,), (theirs,), (nobodys,) = (
        redacted_for(actor, [decision]) for actor in (world.trader, world.risk_officer, SETUP)
    )

    hidden = next(each for each in mine.findings if each.check == LimitKind.GROSS_NOTIONAL)
    assert (hidden.code, hidden.limit, hidden.used, hidden.with_order, hidden.numbers) == (
        "RISK_GROSS_LIMIT",
        None,
        None,
        None,
        {},
    )
    assert finding(theirs, LimitKind.GROSS_NOTIONAL) == finding(decision, LimitKind.GROSS_NOTIONAL)
    assert not [each for each in nobodys.findings if each.limit]
    assert [each.code for each in nobodys.denials] == [each.code for each in decision.denials]
