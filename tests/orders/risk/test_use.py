"""What is used of each limit: beside a reckoning over all positions in Python, and beside what admission found."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders import services
from orders.commands import RecordCash
from orders.limit_kinds import LimitKind
from orders.models import Account, Desk, Exposure, Firm, Limit, Position, RiskDecision
from orders.models.reference import AssetClass
from orders.permissions import RECORD_CASH, VIEW_ORDERS
from orders.risk.price_checks import in_bps
from orders.risk.use import use_of
from orders.risk.utilisation import MEASURED
from orders.selectors import market_now
from tests.orders.fills import GATEWAY, fill
from tests.orders.test_exposure_invariants import Act, acts, places, play
from tests.world import NOON, SETUP, World, person, show_price

D = Decimal
K = LimitKind
WHOLE = (K.CREDIT_NOTIONAL, K.CASH_MINIMUM, K.DAY_LOSS)
SHORT = (K.UNLOCATED_SHORT_QUANTITY, K.LOCATED_QUANTITY)


VALUES = (VALUE, LOCATED) = (10**9, 5)


def limit_of(kind: LimitKind, holder: Any, subject: Any = None, value: int = VALUE) -> Limit:
    return services.register_limit(actor=SETUP, kind=kind, value=D(value), holder=holder, subject=subject)


def used(limit: Limit, at: datetime = NOON) -> Decimal | None:
    return use_of([limit.pk], at).get(limit.pk)


def positions_of(holder: Firm | Desk | Account) -> list[Position]:
    rows = Position.objects.select_related("account__desk", "instrument")
    return [
        row for row in rows if holder.pk in (row.account_id, row.account.desk_id, row.account.desk.firm_id)
    ]


def reckoned(limit: Limit, at: datetime) -> Decimal | None:
    """What is used of a limit, by a look at each position of its holder."""
    holder = limit.scope
    assert holder is not None
    if limit.kind in WHOLE:
        return _reckoned_of_all(limit.kind, Exposure.objects.get(pk=holder.pk), at)
    by_instrument: dict[Any, list[Position]] = {}
    for row in positions_of(holder):
        is_meant = limit.instrument_id in (None, row.instrument_id)
        if is_meant and limit.asset_class in ("", row.instrument.asset_class):
            by_instrument.setdefault(row.instrument_id, []).append(row)
    if limit.kind == K.GROSS_NOTIONAL and not (limit.instrument_id or limit.asset_class):
        return sum((row.worst_notional for row in positions_of(holder)), D(0))
    if limit.kind == K.NET_NOTIONAL and not (limit.instrument_id or limit.asset_class):
        return _net(positions_of(holder))
    if limit.kind == K.CONCENTRATION_BPS:
        gross = Limit.objects.filter(kind=K.GROSS_NOTIONAL, instrument=None, **_held_by(holder)).first()
        if gross is None:
            return None
        return in_bps(max(map(_worst, by_instrument.values()), default=D(0)), gross.value)
    measures = {K.POSITION_QUANTITY: _quantity, K.GROSS_NOTIONAL: _worst, K.NET_NOTIONAL: _net}
    if limit.kind in SHORT:
        found = [
            max(_short(rows) - _located(limit, instrument), D(0))
            for instrument, rows in by_instrument.items()
        ]
    else:
        found = [measures[K(limit.kind)](rows) for rows in by_instrument.values()]
    return max(found, default=D(0))


def _held_by(holder: Any) -> dict[str, Any]:
    return {str(holder._meta.model_name): holder}


def _reckoned_of_all(kind: str, row: Exposure, at: datetime) -> Decimal | None:
    if kind == K.CREDIT_NOTIONAL:
        return max(row.open_buy_notional - row.cash, D(0))
    if kind == K.CASH_MINIMUM:
        return row.cash - row.open_buy_notional
    loss = row.day_loss(at.astimezone(UTC).date())
    return None if loss is None else max(loss, D(0))


def _sum(rows: Iterable[Position], name: str) -> Decimal:
    return sum((getattr(row, name) for row in rows), D(0))


def _quantity(rows: list[Position]) -> Decimal:
    net = _sum(rows, "net_quantity")
    return max(net + _sum(rows, "open_buy_quantity"), _sum(rows, "open_sell_quantity") - net)


def _net(rows: list[Position]) -> Decimal:
    net = _sum(rows, "net_notional")
    return max(net + _sum(rows, "open_buy_notional"), _sum(rows, "open_sell_notional") - net)


def _worst(rows: list[Position]) -> Decimal:
    return _sum(rows, "worst_notional")


def _short(rows: list[Position]) -> Decimal:
    return max(_sum(rows, "open_sell_quantity") - _sum(rows, "net_quantity"), D(0))


def _located(limit: Limit, instrument_id: Any) -> Decimal:
    if limit.kind == K.LOCATED_QUANTITY:
        return D(0)
    assert limit.scope is not None
    found = Limit.objects.filter(kind=K.LOCATED_QUANTITY, instrument=instrument_id, **_held_by(limit.scope))
    return sum((each.value for each in found), D(0))


def every_limit(world: World) -> list[Limit]:
    """A limit of each measured kind, holder and subject; those that would refuse what comes are not in force yet."""
    subjects = (None, world.instrument, AssetClass.EQUITY, AssetClass.BOND)
    limits = []
    for holder in (world.account, world.other_account, world.desk, world.firm):
        for kind in MEASURED:
            if kind == K.LOCATED_QUANTITY:
                limits.append(limit_of(kind, holder, world.instrument, LOCATED))
            else:
                limits += [
                    limit_of(kind, holder, each) for each in (subjects if kind not in WHOLE else (None,))
                ]
    Limit.objects.filter(kind__in=(K.CASH_MINIMUM, K.DAY_LOSS)).update(effective_from=NOON.replace(year=2100))
    return limits


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=places, rest=st.lists(acts, min_size=4, max_size=14))
def test_every_use_in_every_scope_is_what_a_look_at_all_positions_gives(
    world: World, first: Act, rest: list[Act]
) -> None:
    # Once for all examples, whose orders come on top of each other.
    limits = list(Limit.objects.filter(kind__in=MEASURED, value__in=VALUES)) or every_limit(world)
    play(world, [first, *rest])
    # A revaluation of the history opens a later market day: there losses are known.
    for at in (
        NOON,
        max((row.opening_day for row in Exposure.objects.all() if row.opening_day), default=None),
    ):
        if at is not None:
            moment = at if isinstance(at, datetime) else datetime(at.year, at.month, at.day, 12, tzinfo=UTC)
            found = use_of([limit.pk for limit in limits], moment)
            assert {limit.pk: found.get(limit.pk) for limit in limits} == {
                limit.pk: reckoned(limit, moment) for limit in limits
            }


@pytest.mark.parametrize("side", ["buy", "sell"])
def test_what_is_used_after_an_order_is_what_its_decision_said_that_it_would_be(
    world: World, side: str
) -> None:
    services.record_cash(
        actor=person("treasurer", world.firm, (RECORD_CASH, VIEW_ORDERS)),
        commands=[RecordCash(account="ALPHA", amount="700000", reference="r")],
    )
    limits = [limit.pk for limit in every_limit(world)]
    Limit.objects.filter(pk__in=limits).update(effective_from=None)
    Limit.objects.filter(kind=K.CASH_MINIMUM).update(value=10)
    services.revalue(actor=GATEWAY, market_time=NOON)

    order = world.place(side=side, quantity="300", limit_price="101")

    assert order.status == "new"
    decision = RiskDecision.objects.get(order_id=order.pk)
    now = use_of(limits, NOON)
    told = [each for each in decision.findings if isinstance(each, dict) and "limit" in each]
    compared = set()
    for each in told:
        found = each.get("with_order") or each.get("numbers", {}).get("remaining")
        limit = next((pk for pk in now if str(pk) == each["limit"]["id"]), None)
        if limit is not None and found is not None:
            compared.add(each["check"])
            assert now[limit] == D(found), each
    expected = set(MEASURED) - {K.LOCATED_QUANTITY}
    missing = {K.UNLOCATED_SHORT_QUANTITY} if side == "buy" else {K.CREDIT_NOTIONAL, K.CASH_MINIMUM}
    assert compared == expected - missing


def test_a_loss_is_known_once_the_day_is_valued_and_is_one_of_its_day(world: World) -> None:
    fill(world.place(quantity="100"), "100")
    loss = limit_of(K.DAY_LOSS, world.desk)
    assert used(loss) is None

    services.revalue(actor=GATEWAY, market_time=NOON)
    assert used(loss) == 0
    show_price(world.instrument, D(97), at=NOON.replace(hour=17))
    services.revalue(actor=GATEWAY, market_time=NOON.replace(hour=17))

    assert used(loss, NOON.replace(hour=17)) == 300
    assert used(loss, NOON.replace(day=5)) is None


def test_concentration_is_measured_by_the_tightest_gross_limit_in_force_and_unknown_without_one(
    world: World,
) -> None:
    world.place(quantity="100")
    concentration = limit_of(K.CONCENTRATION_BPS, world.desk)
    limit_of(K.GROSS_NOTIONAL, world.firm, value=1)
    assert used(concentration) is None

    gross = limit_of(K.GROSS_NOTIONAL, world.desk, value=40_000)
    assert used(concentration) == 2500
    Limit.objects.filter(pk=gross.pk).update(value=0)
    assert used(concentration) == in_bps(D(10_000), D("0.00000001"))
    Limit.objects.filter(pk=gross.pk).update(effective_from=NOON.replace(year=2014))
    assert used(concentration) is None


def test_an_ended_limit_and_one_that_is_counted_by_the_order_tell_nothing(world: World) -> None:
    ended = limit_of(K.GROSS_NOTIONAL, world.desk)
    Limit.objects.filter(pk=ended.pk).update(ended_at=market_now())
    per_order = limit_of(K.ORDER_QUANTITY, world.desk)

    assert use_of([ended.pk, per_order.pk], NOON) == {}


def test_any_number_of_limits_is_one_statement_and_none_is_none(world: World) -> None:
    world.place()
    for limits in (every_limit(world)[:5], every_limit(world)):
        with CaptureQueriesContext(connection) as captured:
            use_of([limit.pk for limit in limits], NOON)
        assert len(captured) == 1
    with CaptureQueriesContext(connection) as captured:
        assert use_of([], NOON) == {}
    assert len(captured) == 0
