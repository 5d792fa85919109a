"""Whole days with chance in volume, prices and outages: what no algorithm ever does."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from execution.algorithms import latest
from execution.algorithms.pacing import CATCH_UP
from execution.algorithms.situation import share_of_others
from execution.algorithms.terms import Why
from execution.market_data.volume import TradedVolume
from tests.execution.algorithms.samples import (
    MINUTE,
    SESSION,
    TOKYO,
    Day,
    a_market,
    a_parent,
    an_order,
    at,
    bars_of,
    completed,
    played,
    whys,
)

SCHEDULED = ("twap", "vwap", "is")
OWN = {
    "pov": {"participation": "0.1"},
    "iceberg": {"display_quantity": "300"},
    "twap": {"interval_minutes": 7},
}
START, END, LENGTH = 3, 43, 40


@dataclass(frozen=True)
class Case:
    """An order over forty minutes from the third minute on, and what the day has in store for it."""

    name: str
    parameters: Any
    lots: int
    lot_size: Decimal
    volumes: list[int]
    prices: list[str]
    outages: frozenset[int]

    def play(self) -> Day:
        bars = bars_of(self.volumes, self.prices)
        order = a_parent(self.lots * self.lot_size, lot_size=self.lot_size)
        return played(
            latest(self.name), self.parameters, order, bars, outages=self.outages, until=at(END + 2)
        )


@st.composite
def cases(draw: st.DrawFn, names: tuple[str, ...] = (*SCHEDULED, "pov", "iceberg"), **fixed: Any) -> Case:
    name, lot_size = draw(st.sampled_from(names)), Decimal(draw(st.sampled_from(["1", "100"])))
    chance = draw(st.sampled_from([{}, {"randomise_size": "0.5", "randomise_time": "1", "seed": 11}]))
    bounds: dict[str, Any] = {
        "max_participation": draw(st.sampled_from([None, "0.1", "0.5"])),
        "would_price": draw(st.sampled_from([None, "98"])),
        "must_complete": draw(st.booleans()),
        "minimum_slice": draw(st.sampled_from([None, "100", "300"])),
    }
    chosen = {**OWN.get(name, {}), **chance, **bounds, **fixed}
    order = an_order(quantity=Decimal(10**6), lot_size=lot_size)
    times = {"start": "2013-10-07T13:33:00Z", "duration_minutes": LENGTH}
    given = {key: value for key, value in {**times, **chosen}.items() if value is not None}
    outage = draw(st.integers(0, 45))
    return Case(
        name,
        completed(latest(name), order, **given),
        draw(st.integers(3, 100)),
        lot_size,
        draw(st.lists(st.integers(0, 2000), min_size=45, max_size=45)),
        draw(st.lists(st.sampled_from(["97.5", "99", "99", "99", "101"]), min_size=45, max_size=45)),
        frozenset(range(outage, outage + draw(st.integers(0, 30)))),
    )


@given(cases())
@settings(max_examples=30)
def test_a_day_keeps_to_quantity_lots_minimum_and_time(case: Case) -> None:
    day = case.play()

    whole, minimum = case.lots * case.lot_size, case.parameters.minimum_slice or 0
    assert sum(day.quantities()) + day.parent.quantity == whole
    assert all(quantity >= case.lot_size and quantity % case.lot_size == 0 for quantity in day.quantities())
    assert all(at(START) <= moment < at(END) for moment, _ in day.sent)
    # The last remainder may be smaller: of the schedule, or of the order.
    small = [number for number, quantity in enumerate(day.quantities()) if quantity < minimum]
    assert all(number >= len(day.sent) - 2 for number in small)
    for moment, plan in day.plans:
        assert all(moment <= each.due_at < at(END) for each in plan.slices)
        assert [each.due_at for each in plan.slices] == sorted({each.due_at for each in plan.slices})
        assert [each.number for each in plan.slices] == list(range(1, len(plan.slices) + 1))


@given(cases(max_participation="0.1"))
@settings(max_examples=30)
def test_the_cap_is_exceeded_only_where_the_order_must_be_completed(case: Case) -> None:
    day, done = case.play(), Decimal(0)
    others = TradedVolume(bars_of(case.volumes, case.prices))
    for moment, each in day.sent:
        done += each.quantity
        allowed = share_of_others(Decimal("0.1")) * others.between(at(START), moment)
        is_last = case.parameters.must_complete and moment >= case.parameters.completing_from(a_market())
        assert done <= allowed or (is_last and day.parent.quantity == 0)


@given(cases(SCHEDULED, would_price=None, minimum_slice=None, must_complete=False, randomise_size=None))
@settings(max_examples=30)
def test_what_is_late_is_caught_up_with_in_bounds_and_a_breach_is_not_dumped_later(case: Case) -> None:
    day = case.play()
    algorithm = latest(case.name)
    planned = algorithm.plan(
        a_parent(case.lots * case.lot_size, lot_size=case.lot_size),
        case.parameters,
        market=a_market(),
        market_time=SESSION.open - timedelta(hours=1),
    ).slices
    ahead = [each.due_at for each in planned[1:]] + [at(END)]
    for slot, following in zip(planned, ahead, strict=True):
        recent = sum(each.quantity for each in planned if slot.due_at - CATCH_UP <= each.due_at < slot.due_at)
        bound = slot.quantity + max(slot.quantity, recent)
        gone = sum(each.quantity for moment, each in day.sent if slot.due_at <= moment < following)
        assert gone <= bound


@pytest.mark.parametrize("name", [*SCHEDULED, "pov"])
def test_while_the_price_is_beyond_the_limit_nothing_goes(name: str) -> None:
    prices = ["101" if 20 <= minute < 60 else "99" for minute in range(80)]
    parameters = completed(latest(name), an_order(), duration_minutes=120, **OWN.get(name, {}))

    day = played(latest(name), parameters, a_parent(), bars_of([100] * 80, prices))

    assert Why.PRICE_BEYOND_LIMIT in whys(day)
    assert not [moment for moment, _ in day.sent if at(21) <= moment < at(61)]
    assert [moment for moment, _ in day.sent if moment >= at(61)]


@given(cases(SCHEDULED, max_participation=None, would_price=None))
@settings(max_examples=30)
def test_planned_before_its_start_the_whole_is_planned_again_and_again_the_same(case: Case) -> None:
    algorithm, order = latest(case.name), a_parent(case.lots * case.lot_size, lot_size=case.lot_size)
    market = a_market()
    first = algorithm.plan(order, case.parameters, market=market, market_time=at(0)).slices
    assert sum(each.quantity for each in first) == order.quantity
    done = Decimal(0)
    for number, each in enumerate(first):
        again = a_parent(order.quantity - done, lot_size=case.lot_size, filled_quantity=done)
        plan = algorithm.plan(again, case.parameters, market=market, market_time=each.due_at)
        assert [(e.due_at, e.quantity) for e in plan.slices] == [
            (e.due_at, e.quantity) for e in first[number:]
        ]
        done += each.quantity


@given(cases())
@settings(max_examples=20)
def test_no_decision_depends_on_what_comes_later(case: Case) -> None:
    half = 30
    other = Case(
        case.name,
        case.parameters,
        case.lots,
        case.lot_size,
        case.volumes[:half] + [7] * 15,
        case.prices[:half] + ["99"] * 15,
        case.outages,
    )
    until = at(half)
    first, second = ([s for s in day.sent if s[0] <= until] for day in (case.play(), other.play()))
    assert first == second


def test_a_market_order_in_tokyo_is_done_with_nothing_sent_over_lunch() -> None:
    asked = an_order(TOKYO.open, session=TOKYO, limit_price=None)
    bars = [*bars_of([100] * 150, session=TOKYO)]
    for name in SCHEDULED:
        parameters = completed(latest(name), asked, randomise_time="1", seed=1)
        day = played(
            latest(name),
            parameters,
            a_parent(limit_price=None),
            bars,
            session=TOKYO,
            step=MINUTE,
            outages={140, 149},
        )
        assert day.parent.quantity == 0
        assert all(not at(150, TOKYO) <= moment < at(210, TOKYO) for moment, _ in day.sent)
