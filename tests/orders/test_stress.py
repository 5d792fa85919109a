"""Past orders against the limits of now, from the decisions that are kept."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders import services
from orders.commands import AmendOrder
from orders.errors import RiskRefused
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.ids import first_at, made_at, new_id
from orders.limit_kinds import LimitKind
from orders.models import Limit, Order, RiskDecision
from orders.permissions import OVERRIDE_LIMITS, VIEW_LIMITS, VIEW_ORDERS
from orders.risk.applying import Placed, bounds_of, limits_of_many
from orders.selectors import market_now
from orders.services import judging
from orders.stress import Change, Judged, decisions_between, decisions_seen_by, run, stress
from orders.stress.period import Period, period
from tests.orders.fills import fill
from tests.orders.risk.test_standing import limits_of_every_scope
from tests.orders.test_cash import cash, treasurer
from tests.world import NOON, SETUP, World, person

EVER = (datetime(1, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


class Heard:
    """What stress told, by client order id."""

    def __init__(self, actor: Actor | None = None, rows: Any = None) -> None:
        self.judged: dict[str, Judged] = {}
        self.changes: dict[str, Change] = {}
        rows = decisions_between(*EVER) if rows is None else rows
        self.tally = stress(rows, actor=actor, hear=self._hear)

    def _hear(self, judged: Judged, change: Change) -> None:
        name = judged.row.order.client_order_id
        self.judged[name], self.changes[name] = judged, change


def set_limit(world: World, kind: LimitKind, value: int, **holder: Any) -> None:
    """Let the limit have another value, as an approved change does."""
    rows = Limit.objects.filter(kind=kind, **(holder or {"account": world.account}))
    assert rows.update(value=Decimal(value), version=2) == 1


def limit(kind: LimitKind, value: int, holder: Any) -> Limit:
    return services.register_limit(actor=SETUP, kind=kind, value=Decimal(value), holder=holder)


@pytest.fixture
def busy(world: World) -> World:
    """Orders and new terms, admitted, warned, refused and overridden, filled in part, under limits of many kinds."""
    chance = Random(7)
    officer = person("officer", world.firm, (VIEW_ORDERS, OVERRIDE_LIMITS))
    for kind, value in (
        (LimitKind.GROSS_NOTIONAL, 900_000),
        (LimitKind.NET_NOTIONAL, 700_000),
        (LimitKind.CONCENTRATION_BPS, 9_000),
        (LimitKind.CREDIT_NOTIONAL, 600_000),
        (LimitKind.CASH_MINIMUM, 100),
        (LimitKind.ORDERS_PER_MINUTE, 30),
        (LimitKind.MESSAGES_PER_MINUTE, 60),
        (LimitKind.DUPLICATE_WINDOW_S, 60),
        (LimitKind.SELF_TRADE_QUANTITY, 900),
        (LimitKind.UNLOCATED_SHORT_QUANTITY, 3_000),
        (LimitKind.ORDER_MINIMUM_QUANTITY, 20),
    ):
        limit(kind, value, world.account)
    limit(LimitKind.GROSS_NOTIONAL, 950_000, world.desk)
    limit(LimitKind.POSITION_QUANTITY, 6_000, world.firm)
    services.record_cash(actor=treasurer(world), commands=[cash("ALPHA", "400000", "first")])
    for number in range(40):
        order = world.place(
            client_order_id=f"busy-{number}",
            quantity=str(chance.randint(10, 2_000)),
            side=chance.choice(["buy", "sell"]),
            limit_price=str(chance.randint(94, 106)),
        )
        if order.status == "new" and number % 3 == 0:
            fill(order, "5")
        if order.status == "new" and number % 2 == 0:
            _amend(world, order, str(chance.randint(10, 3_000)))
    refused = world.place(client_order_id="large", quantity="11000", limit_price="99", side="sell")
    override = services.grant_override(
        actor=officer,
        order_id=refused.pk,
        codes=["RISK_ORDER_QUANTITY"],
        expires_in_minutes=15,
        reason="client's size",
    )
    world.place(
        client_order_id="let-through",
        quantity="11000",
        limit_price="99",
        side="sell",
        override=str(override.pk),
    )
    return world


def _amend(world: World, order: Order, quantity: str) -> None:
    with suppress(RiskRefused):
        services.amend(
            actor=world.trader, order_id=order.pk, command=AmendOrder(quantity=quantity), expected_revision=1
        )


def test_by_limits_that_have_not_changed_every_order_comes_out_as_it_did(busy: World) -> None:
    heard = Heard()

    kept = RiskDecision.objects.all()
    assert {True, False} == set(kept.values_list("is_admitted", flat=True))
    assert {"place", "amend"} == set(kept.values_list("stage", flat=True))
    assert heard.changes == {}
    assert heard.tally.changes == {Change.NONE: kept.count()}
    assert heard.tally.new_terms == kept.filter(stage="amend").count()


@pytest.mark.parametrize(
    ("kind", "value", "holder"),
    [
        (LimitKind.ORDER_QUANTITY, 900, "account"),
        (LimitKind.ORDER_NOTIONAL, 90_000, "account"),
        (LimitKind.POSITION_QUANTITY, 1_500, "account"),
        (LimitKind.GROSS_NOTIONAL, 150_000, "account"),
        (LimitKind.PRICE_COLLAR_BPS, 200, "account"),
        (LimitKind.POSITION_QUANTITY, 1_200, "firm"),
    ],
)
def test_a_lower_limit_refuses_exactly_the_orders_whose_number_lies_between(
    busy: World, kind: LimitKind, value: int, holder: str
) -> None:
    before = Limit.objects.get(kind=kind, **{holder: getattr(busy, holder)})
    between = {
        row.order.client_order_id
        for row in RiskDecision.objects.select_related("order")
        for found in row.findings
        if row.is_admitted
        and isinstance(found, dict)
        and found.get("limit", {}).get("id") == str(before.pk)
        and value < Decimal(found["with_order"]) <= before.value
        and Decimal(found.get("used", 0)) < Decimal(found["with_order"])
    }

    set_limit(busy, kind, value, **{holder: getattr(busy, holder)})
    heard = Heard()

    refused = {name for name, change in heard.changes.items() if change is Change.REFUSED}
    assert refused == between
    assert refused


def test_a_higher_limit_admits_what_it_alone_had_refused(world: World) -> None:
    world.place(client_order_id="large", quantity="12000")
    world.place(client_order_id="larger", quantity="16000")
    world.place(client_order_id="large-and-dear", quantity="12000", limit_price="110")
    set_limit(world, LimitKind.ORDER_QUANTITY, 15_000)

    heard = Heard()

    assert heard.changes == {"large": Change.ADMITTED}
    (cause,) = heard.judged["large"].compared.causes
    assert cause.then
    assert cause.now
    assert (cause.told.seen, cause.then.value, cause.now.value) == (12_000, 10_000, 15_000)
    assert (cause.then.version, cause.now.version) == (1, 2)


def test_what_is_counted_says_what_by_whom_and_why(world: World) -> None:
    for number in range(3):
        world.place(client_order_id=f"mine-{number}", quantity="500")
    services.place(actor=world.stranger, command=world.command(account="BETA", quantity="500"))
    set_limit(world, LimitKind.ORDER_QUANTITY, 400)

    tally = Heard().tally

    (of,) = tally.by_limit.values()
    assert tally.judged == 4
    assert tally.changes == {Change.REFUSED: 3, Change.NONE: 1}
    assert (tally.by_check, tally.by_account) == (
        {"order_quantity": {Change.REFUSED: 3}},
        {"ALPHA": {Change.REFUSED: 3}},
    )
    assert tally.by_trader == {"trader": {Change.REFUSED: 3}}
    assert of.limit
    assert (of.limit.scope, of.limit.value, of.changes) == ("account ALPHA", 400, {Change.REFUSED: 3})


def test_warnings_come_and_go_with_the_limit(world: World) -> None:
    world.place(client_order_id="some", quantity="4000")
    world.place(client_order_id="much", quantity="9000")
    set_limit(world, LimitKind.ORDER_QUANTITY, 5_000)
    lowered = Heard()
    set_limit(world, LimitKind.ORDER_QUANTITY, 100_000)
    set_limit(world, LimitKind.POSITION_QUANTITY, 1_000_000)

    raised = Heard()

    assert lowered.changes == {"some": Change.WARNED, "much": Change.REFUSED}
    assert [each.told.finding.code for each in lowered.judged["some"].compared.causes] == [
        "RISK_ORDER_QUANTITY"
    ]
    assert raised.changes == {"much": Change.NO_LONGER_WARNED}


def test_a_limit_that_did_not_apply_then_is_counted_as_not_judged(world: World) -> None:
    world.place(client_order_id="order")
    new = limit(LimitKind.GROSS_NOTIONAL, 5, world.account)

    heard = Heard()

    assert heard.changes == {"order": Change.NOT_JUDGED}
    (of,) = heard.tally.by_limit.values()
    assert of.limit
    assert (of.check, of.limit.id) == ("gross_notional", new.pk)
    assert heard.judged["order"].compared.causes == ()


def test_what_is_refused_anyway_is_refused_whatever_was_not_kept(world: World) -> None:
    world.place(client_order_id="order", quantity="500")
    limit(LimitKind.GROSS_NOTIONAL, 5, world.account)
    set_limit(world, LimitKind.ORDER_QUANTITY, 400)

    assert Heard().changes == {"order": Change.REFUSED}


def test_a_restriction_of_today_would_have_refused(world: World) -> None:
    world.place(client_order_id="order")
    services.register_limit(
        actor=SETUP, kind=LimitKind.RESTRICTED, value=Decimal(0), subject=world.instrument
    )

    heard = Heard()

    (cause,) = heard.judged["order"].compared.causes
    assert (heard.changes["order"], cause.told.finding.code, cause.then) == (
        Change.REFUSED,
        "RISK_RESTRICTED",
        None,
    )


def test_an_account_without_a_limit_that_it_needs_would_be_refused(world: World) -> None:
    world.place(client_order_id="order")
    Limit.objects.filter(account=world.account, kind=LimitKind.ORDER_NOTIONAL).update(ended_at=NOON)

    heard = Heard()

    (cause,) = heard.judged["order"].compared.causes
    assert (cause.told.finding.code, cause.then, cause.now) == ("RISK_LIMIT_MISSING", None, None)
    assert heard.tally.by_check == {"limits_present": {Change.REFUSED: 1}}
    assert heard.tally.by_limit == {}


def test_amended_terms_do_not_hide_what_was_judged(world: World) -> None:
    order = world.place(client_order_id="order", limit_price="104")
    services.amend(
        actor=world.trader, order_id=order.pk, command=AmendOrder(limit_price="101"), expected_revision=1
    )
    set_limit(world, LimitKind.PRICE_COLLAR_BPS, 300)

    tally = Heard().tally

    assert tally.changes == {Change.REFUSED: 1, Change.NONE: 1}


def test_only_the_period_is_judged(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.place()
    now = recorded_now()

    def decided(since: datetime, until: datetime) -> int:
        return decisions_between(since, until).count()

    minute = timedelta(minutes=1)
    assert decided(now - minute, now) == 1
    assert decided(now - 2 * minute, now - minute) == decided(now + minute, now + 2 * minute) == 0
    monkeypatch.setattr(judging, "recorded_now", lambda: now - 10 * minute)
    world.place()
    assert decided(now - 11 * minute, now - 9 * minute) == 1


def test_ids_stand_in_the_order_of_time() -> None:
    moment = datetime(2026, 3, 2, 12, 0, 0, 5_000, tzinfo=UTC)
    mine = new_id()

    assert made_at(first_at(moment)) == moment
    assert first_at(made_at(mine)) < mine < first_at(made_at(mine) + timedelta(milliseconds=1))
    assert first_at(datetime(1960, 1, 1, tzinfo=UTC)).int == 0


def test_a_period_is_thirty_days_to_today_if_nothing_is_said() -> None:
    today = NOON.date()

    assert period(None, None, today=today) == Period(today - timedelta(days=29), today)
    assert period(today, None, today=today).since == datetime(2013, 10, 4, tzinfo=UTC)
    with pytest.raises(ValueError, match="before it begins"):
        period(today, today - timedelta(days=1), today=today)


def test_the_limits_of_many_are_those_of_each(world: World) -> None:
    theirs = services.place(actor=world.stranger, command=world.command(account="BETA")).order
    placed = {
        Placed(each.account_id, each.instrument_id, each.placed_by_id): each
        for each in (world.place(), theirs)
    }
    Limit.objects.filter(account=world.account).update(ended_at=NOON)
    limits_of_every_scope(world)
    at = market_now()

    found = limits_of_many(list(placed), at)

    assert len(found) == 2
    for key, order in placed.items():
        assert set(found[key]) == set(bounds_of(order, at).limits)
        assert len(found[key]) > 15
    assert limits_of_many([], at) == {}


def test_an_account_without_any_limit_has_none(world: World) -> None:
    order = world.place()
    Limit.objects.update(ended_at=NOON)

    (found,) = limits_of_many(
        [Placed(order.account_id, order.instrument_id, order.placed_by_id)], market_now()
    ).values()

    assert found == ()


def test_a_chunk_costs_the_same_number_of_questions_whatever_it_holds(
    busy: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def queries(rows: Any) -> int:
        with CaptureQueriesContext(connection) as captured:
            stress(rows, actor=busy.risk_officer)
        return len(captured)

    rows = decisions_between(*EVER)
    assert queries(rows) == queries(rows[:2])
    monkeypatch.setattr(run, "CHUNK_ROWS", 5)
    assert queries(rows) == queries(rows[:2])


def test_memory_holds_a_chunk_and_no_more_limits_than_are_allowed(
    busy: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Heard().tally
    services.place(actor=busy.stranger, command=busy.command(account="BETA"))
    monkeypatch.setattr(run, "CHUNK_ROWS", 3)
    monkeypatch.setattr(run, "MOST_KNOWN_LIMITS", 1)
    told: list[int] = []

    tally = stress(decisions_between(*EVER), progress=told.append)

    assert tally.changes == {Change.NONE: whole.judged + 1}
    assert told == sorted({*range(3, whole.judged + 2, 3), whole.judged + 1})


def test_who_sees_no_orders_or_no_limits_of_an_account_sees_none_of_its_decisions(world: World) -> None:
    world.place(client_order_id="mine")
    services.place(actor=world.stranger, command=world.command(account="BETA", client_order_id="theirs"))
    rows = decisions_between(*EVER)
    blind = person("blind", world.firm, (VIEW_ORDERS,))
    halved = person("halved", world.desk, (VIEW_ORDERS, VIEW_LIMITS))

    def seen(actor: Actor) -> set[str]:
        return {row.order.client_order_id for row in decisions_seen_by(actor, rows)}

    assert seen(world.risk_officer) == {"mine", "theirs"}
    assert seen(halved) == {"mine"}
    assert seen(blind) == seen(world.nobody) == set()


def test_a_limit_beyond_ones_reach_is_told_by_its_check_alone(world: World) -> None:
    limit(LimitKind.GROSS_NOTIONAL, 15_000, world.firm)
    world.place(client_order_id="order", quantity="100")
    set_limit(world, LimitKind.GROSS_NOTIONAL, 9_000, firm=world.firm)
    limit(LimitKind.NET_NOTIONAL, 1, world.firm)
    world.place(client_order_id="small", quantity="1", side="sell")
    hidden, told = Heard(world.trader), Heard(world.risk_officer)

    assert hidden.changes == told.changes
    (cause,) = hidden.judged["order"].compared.causes
    assert (cause.told.finding.code, cause.then, cause.now, cause.told.seen) == (
        "RISK_GROSS_LIMIT",
        None,
        None,
        None,
    )
    assert [of.limit for of in hidden.tally.by_limit.values()] == [None] * len(hidden.tally.by_limit)
    (known,) = told.judged["order"].compared.causes
    assert known.now
    assert known.now.value == 9_000


def test_a_limit_of_the_firm_that_was_not_kept_is_not_named_to_who_may_not_see_it(world: World) -> None:
    world.place(client_order_id="order")
    limit(LimitKind.NET_NOTIONAL, 1, world.firm)

    (hidden,) = Heard(world.trader).judged["order"].compared.now.not_judged
    (told,) = Heard(world.risk_officer).judged["order"].compared.now.not_judged

    assert hidden == told._replace(limit=None)
    assert told.limit
