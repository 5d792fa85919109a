"""twap in version 1: whatever is asked for, the parts make the whole and keep to their time."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution import algorithms
from execution.algorithms import Parent, UnknownAlgorithm, algorithm, all_latest, latest
from execution.algorithms.schedule import even_lots
from execution.algorithms.terms import Market
from execution.algorithms.twap_1 import FirstTwap, FirstTwapParameters
from orders.kernel.errors import InvalidInput
from orders.terms import OrderType, Side, TimeInForce
from tests.execution.algorithms.samples import SESSION, an_order

TWAP = FirstTwap()
NOTHING_KNOWN = Market(session=SESSION)


def parent(quantity: Decimal, lot_size: Decimal = Decimal(1), **terms: Any) -> Parent:
    given = {
        "type": OrderType.LIMIT,
        "time_in_force": TimeInForce.DAY,
        "limit_price": Decimal("99.5"),
        **terms,
    }
    return Parent(side=Side.BUY, quantity=quantity, lot_size=lot_size, **given)


def completed(market_time: datetime, **parameters: Any) -> FirstTwapParameters:
    return TWAP.complete(FirstTwapParameters.model_validate(parameters), an_order(market_time))


def planned(order: Parent, parameters: FirstTwapParameters, market_time: datetime) -> Any:
    return TWAP.plan(order, parameters, market=NOTHING_KNOWN, market_time=market_time).slices


@st.composite
def plans(draw: st.DrawFn) -> tuple[Parent, FirstTwapParameters, datetime]:
    lot_size = Decimal(draw(st.sampled_from(["1", "10", "100", "0.001"])))
    minute = draw(st.integers(0, 380))
    placed = SESSION.open + timedelta(minutes=minute, seconds=draw(st.integers(0, 59)))
    number = draw(
        st.sampled_from(
            [{}, {"slices": draw(st.integers(1, 1000))}, {"interval_minutes": draw(st.integers(1, 390))}]
        )
    )
    length = draw(st.sampled_from([{}, {"duration_minutes": draw(st.integers(1, 390 - minute - 1))}]))
    return (
        parent(lot_size * draw(st.integers(1, 10**6)), lot_size),
        completed(placed, **number, **length),
        placed,
    )


@given(plans())
def test_twap_slices_make_the_whole_in_lots_within_their_time(
    plan: tuple[Parent, FirstTwapParameters, datetime],
) -> None:
    order, parameters, placed = plan
    slices = planned(order, parameters, placed)

    assert sum(each.quantity for each in slices) == order.quantity
    assert all(each.quantity >= order.lot_size and each.quantity % order.lot_size == 0 for each in slices)
    assert max(each.quantity for each in slices) - min(each.quantity for each in slices) <= order.lot_size
    assert [each.number for each in slices] == list(range(1, len(slices) + 1))
    moments = [each.due_at for each in slices]
    assert moments == sorted(set(moments))
    assert parameters.start is not None and parameters.end is not None
    assert parameters.start <= moments[0] and moments[-1] < parameters.end <= SESSION.close


@given(plans(), st.integers(0, 390 * 60))
def test_twap_replanned_spreads_what_remains_over_the_times_that_remain(
    plan: tuple[Parent, FirstTwapParameters, datetime], seconds_later: int
) -> None:
    order, parameters, placed = plan
    now = placed + timedelta(seconds=seconds_later)
    first = {each.due_at for each in planned(parent(Decimal(10**9)), parameters, placed)}

    slices = planned(order, parameters, now)

    assert sum(each.quantity for each in slices) == order.quantity
    ahead = {moment for moment in first if moment >= now}
    assert {each.due_at for each in slices} <= (ahead or {now})


@given(st.integers(1, 10**6), st.integers(1, 1000), st.decimals("0", "0.99", places=2))
def test_even_lots_puts_an_odd_rest_into_the_last_part(lots: int, count: int, rest: Decimal) -> None:
    parts = even_lots(lots + rest, Decimal(1), count)

    assert sum(parts) == lots + rest
    assert len(parts) == min(lots, count)
    assert parts[-1] % 1 == rest % 1


def test_quantity_below_a_lot_is_one_part() -> None:
    assert even_lots(Decimal("0.5"), Decimal(1), 4) == [Decimal("0.5")]


def test_twap_spreads_over_real_trading_time_to_the_close_by_default() -> None:
    parameters = completed(SESSION.open + timedelta(minutes=130))

    slices = planned(parent(Decimal(1300)), parameters, SESSION.open + timedelta(minutes=130))

    assert [each.quantity for each in slices] == [Decimal(100)] * 13
    assert slices[1].due_at - slices[0].due_at == timedelta(minutes=20)


def test_twap_by_interval_sends_at_every_interval() -> None:
    parameters = completed(SESSION.open, interval_minutes=15, duration_minutes=50)

    slices = planned(parent(Decimal(100)), parameters, SESSION.open)

    assert [each.due_at - SESSION.open for each in slices] == [timedelta(minutes=m) for m in (0, 15, 30, 45)]


def test_twap_placed_before_the_open_starts_at_the_open() -> None:
    assert completed(SESSION.open - timedelta(hours=2)).start == SESSION.open


def test_twap_start_that_has_passed_means_now() -> None:
    now = SESSION.open + timedelta(minutes=5)

    assert completed(now, start="2013-10-07T09:30:00-04:00").start == now


def test_twap_plan_needs_completed_parameters() -> None:
    with pytest.raises(ValueError, match="completed"):
        planned(parent(Decimal(1)), FirstTwapParameters(), SESSION.open)


def test_twap_slices_carry_the_limit_for_the_day() -> None:
    terms = TWAP.venue_terms(parent(Decimal(1)))

    assert (terms.type, terms.time_in_force, terms.limit_price) == ("limit", "day", Decimal("99.5"))


def test_direct_sends_the_order_as_it_is_at_once() -> None:
    direct = algorithm("direct", 1)
    order = parent(Decimal(7), type=OrderType.MARKET, time_in_force=TimeInForce.IOC, limit_price=None)

    parameters = direct.complete(direct.parameters(), an_order())
    plan = direct.plan(order, parameters, market=NOTHING_KNOWN, market_time=datetime(2013, 10, 7, tzinfo=UTC))
    (only,) = plan.slices

    assert (only.number, only.quantity, only.due_at) == (1, Decimal(7), datetime(2013, 10, 7, tzinfo=UTC))
    assert direct.venue_terms(order) == algorithms.VenueTerms(OrderType.MARKET, TimeInForce.IOC, None)


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"slices": 2, "interval_minutes": 5}, "interval_minutes"),
        ({"start": "2013-10-07T20:00:00Z"}, "start"),
        ({"end": "2013-10-07T13:30:00Z"}, "end"),
        ({"duration_minutes": 390, "start": "2013-10-07T14:00:00Z"}, "duration_minutes"),
        ({"duration_minutes": 5, "end": "2013-10-07T14:00:00Z"}, "duration_minutes"),
    ],
)
def test_twap_refuses_times_that_do_not_fit(wrong: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        completed(SESSION.open, **wrong)
    assert refused.value.facts["errors"][0]["pointer"] == f"/algorithm/parameters/{pointer}"


def test_twap_works_day_orders_only() -> None:
    with pytest.raises(InvalidInput, match="use day"):
        TWAP.complete(FirstTwapParameters(), an_order(time_in_force=TimeInForce.GTC))


def test_direct_keeps_a_display_within_what_remains_and_lives_for_a_day_at_a_time() -> None:
    order = parent(Decimal(7), time_in_force=TimeInForce.GTC, display_quantity=Decimal(10))

    terms = algorithm("direct", 1).venue_terms(order)

    assert (terms.time_in_force, terms.display_quantity) == (TimeInForce.DAY, Decimal(7))


def test_algorithms_are_found_by_name_and_version() -> None:
    assert [each.name for each in all_latest()] == [
        "direct",
        "iceberg",
        "is",
        "manual",
        "pov",
        "twap",
        "vwap",
    ]
    assert latest("twap") is algorithm("twap", 2)
    assert algorithm("twap", 1).version == 1
    with pytest.raises(UnknownAlgorithm):
        algorithm("twap", 3)
    with pytest.raises(UnknownAlgorithm):
        latest("sniper")
