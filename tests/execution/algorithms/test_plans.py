"""Plans as properties: whatever is asked for, the parts make the whole and keep to their time."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution import algorithms
from execution.algorithms import Parent, UnknownAlgorithm, algorithm, all_latest, latest
from execution.algorithms.schedule import even_lots
from execution.algorithms.twap import Twap, TwapParameters
from execution.session import Session, session_on
from orders.terms import OrderType, Side, TimeInForce

FOUND = session_on(datetime(2013, 10, 7).date())  # noqa: DTZ001 - a date
assert FOUND is not None
SESSION: Session = FOUND
TWAP = Twap()


def parent(quantity: Decimal, lot_size: Decimal = Decimal(1), **terms: Any) -> Parent:
    given = {
        "type": OrderType.LIMIT,
        "time_in_force": TimeInForce.DAY,
        "limit_price": Decimal("99.5"),
        **terms,
    }
    return Parent(side=Side.BUY, quantity=quantity, lot_size=lot_size, **given)


def completed(market_time: datetime, **parameters: Any) -> TwapParameters:
    return TWAP.complete(
        TwapParameters.model_validate(parameters),
        time_in_force=TimeInForce.DAY,
        market_time=market_time,
        session=SESSION,
    )


@st.composite
def plans(draw: st.DrawFn) -> tuple[Parent, TwapParameters, datetime]:
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
    plan: tuple[Parent, TwapParameters, datetime],
) -> None:
    order, parameters, placed = plan
    slices = TWAP.plan(order, parameters, market_time=placed)

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
    plan: tuple[Parent, TwapParameters, datetime], seconds_later: int
) -> None:
    order, parameters, placed = plan
    now = placed + timedelta(seconds=seconds_later)
    first = {each.due_at for each in TWAP.plan(parent(Decimal(10**9)), parameters, market_time=placed)}

    slices = TWAP.plan(order, parameters, market_time=now)

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

    slices = TWAP.plan(parent(Decimal(1300)), parameters, market_time=SESSION.open + timedelta(minutes=130))

    assert [each.quantity for each in slices] == [Decimal(100)] * 13
    assert slices[1].due_at - slices[0].due_at == timedelta(minutes=20)


def test_twap_by_interval_sends_at_every_interval() -> None:
    parameters = completed(SESSION.open, interval_minutes=15, duration_minutes=50)

    slices = TWAP.plan(parent(Decimal(100)), parameters, market_time=SESSION.open)

    assert [each.due_at - SESSION.open for each in slices] == [timedelta(minutes=m) for m in (0, 15, 30, 45)]


def test_twap_placed_before_the_open_starts_at_the_open() -> None:
    assert completed(SESSION.open - timedelta(hours=2)).start == SESSION.open


def test_twap_start_that_has_passed_means_now() -> None:
    now = SESSION.open + timedelta(minutes=5)

    assert completed(now, start="2013-10-07T09:30:00-04:00").start == now


def test_twap_plan_needs_completed_parameters() -> None:
    with pytest.raises(ValueError, match="completed"):
        TWAP.plan(parent(Decimal(1)), TwapParameters(), market_time=SESSION.open)


def test_twap_slices_carry_the_limit_for_the_day() -> None:
    terms = TWAP.venue_terms(parent(Decimal(1)))

    assert (terms.type, terms.time_in_force, terms.limit_price) == ("limit", "day", Decimal("99.5"))


def test_direct_sends_the_order_as_it_is_at_once() -> None:
    direct = algorithm("direct", 1)
    order = parent(Decimal(7), type=OrderType.MARKET, time_in_force=TimeInForce.IOC, limit_price=None)

    (only,) = direct.plan(order, direct.parameters(), market_time=datetime(2013, 10, 7, tzinfo=UTC))

    assert (only.number, only.quantity, only.due_at) == (1, Decimal(7), datetime(2013, 10, 7, tzinfo=UTC))
    assert direct.venue_terms(order) == algorithms.VenueTerms(OrderType.MARKET, TimeInForce.IOC, None)


def test_algorithms_are_found_by_name_and_version() -> None:
    assert [each.name for each in all_latest()] == ["direct", "manual", "twap"]
    assert latest("twap") is algorithm("twap", 1)
    with pytest.raises(UnknownAlgorithm):
        algorithm("twap", 2)
    with pytest.raises(UnknownAlgorithm):
        latest("vwap")
