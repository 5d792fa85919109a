"""What holds for any ticks and any orders under the tick model."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from execution.venues.simulated.conditions import Halt
from execution.venues.simulated.tick_book import Outcome, TickBook, Traded
from execution.venues.simulated.tick_model import Display, Level, TickOrder, join, restated, settled
from execution.venues.simulated.ticks import QuoteTick, Tick, TradeTick
from orders.terms import AUCTIONS, RESTING, Side, TimeInForce
from tests.execution.venues.test_tick_model import CLOSE, OPEN, at

END = 60
"""Seconds after the open in which all that is drawn happens; few, so that much happens at one moment."""
moments = st.integers(0, END).map(at)
prices = st.integers(997, 1003).map(lambda cents: Decimal(cents) / 100)
sizes = st.integers(0, 12).map(lambda units: Decimal(units * 50))


@st.composite
def quotes(draw: st.DrawFn) -> QuoteTick:
    bid, ask = sorted((draw(prices), draw(prices)))
    return QuoteTick(draw(moments), bid, draw(sizes), ask, draw(sizes))


trades = st.builds(
    TradeTick,
    moments,
    prices,
    sizes.map(lambda size: size + 30),
    st.sampled_from(["", "", "", "O", "6", "Z"]),
)


@st.composite
def days(draw: st.DrawFn) -> list[Tick]:
    ticks: list[Tick] = draw(st.lists(st.one_of(quotes(), trades), max_size=30))
    first = QuoteTick(OPEN, Decimal("9.99"), Decimal(300), Decimal("10.01"), Decimal(300))
    return [first, *sorted(ticks, key=lambda tick: tick.at)]


@st.composite
def some_orders(draw: st.DrawFn) -> list[TickOrder]:
    return [_order(draw, number) for number in range(1, draw(st.integers(1, 6)) + 1)]


def _order(draw: st.DrawFn, number: int) -> TickOrder:
    time_in_force = draw(
        st.sampled_from([TimeInForce.DAY] * 4 + [TimeInForce.IOC, TimeInForce.FOK, *AUCTIONS])
    )
    limit_price = draw(st.none() | prices)
    lot = Decimal(draw(st.sampled_from([1, 1, 100])))
    leaves = lot * draw(st.integers(1, 9)) * (1 if lot > 1 else 50)
    is_shown_in_part = limit_price is not None and time_in_force in RESTING and draw(st.booleans())
    return TickOrder(
        number=number,
        side=draw(st.sampled_from(Side)),
        time_in_force=time_in_force,
        limit_price=limit_price,
        display_quantity=min(lot * 100, leaves) if is_shown_in_part else None,
        minimum_quantity=lot if time_in_force in RESTING and draw(st.booleans()) else None,
        leaves=leaves,
        effective_at=at(draw(st.integers(-5, END))),
        session_open=OPEN,
        session_close=CLOSE,
        lot_size=lot,
    )


halts = st.none() | st.builds(
    lambda start, length: Halt(at(start), at(start + length)), st.integers(0, 50), st.integers(1, 20)
)


def outcomes_of(
    orders: list[TickOrder], ticks: list[Tick], halt: Halt | None, cuts: list[datetime] | None = None
) -> list[Outcome]:
    """What happens in a day that is worked in pieces, the book being kept and taken up again after each."""
    done: list[Outcome] = []
    book = TickBook(
        {each.number: replace(each) for each in orders}, None, at(-5), 0, () if halt is None else (halt,)
    )
    for since, until in zip(
        [at(-6), *(cuts or [])], [*(cuts or []), CLOSE + timedelta(hours=1)], strict=True
    ):
        kept = {number: replace(order) for number, order in book.orders.items()}
        book = TickBook(kept, book.display, book.worked_to, book.last_place, book.halts)
        done += book.advance([tick for tick in ticks if since < tick.at <= until], until)
    return done


def fills_of(outcomes: list[Outcome]) -> list[Traded]:
    return [each for each in outcomes if isinstance(each, Traded)]


@given(some_orders(), days(), halts, st.lists(st.integers(-5, END + 5).map(at), max_size=8).map(sorted))
def test_a_book_that_is_taken_up_again_after_any_piece_goes_on_as_if_nothing_had_been(
    orders: list[TickOrder], ticks: list[Tick], halt: Halt | None, cuts: list[datetime]
) -> None:
    assert outcomes_of(orders, ticks, halt, cuts) == outcomes_of(orders, ticks, halt)


@given(some_orders(), days(), days(), halts, st.integers(0, END).map(at))
def test_later_ticks_change_nothing_that_happened_before(
    orders: list[TickOrder], ticks: list[Tick], others: list[Tick], halt: Halt | None, moment: datetime
) -> None:
    changed = [tick for tick in ticks if tick.at <= moment] + [tick for tick in others if tick.at > moment]
    one, other = outcomes_of(orders, ticks, halt), outcomes_of(orders, changed, halt)
    assert [each for each in one if each.at <= moment] == [each for each in other if each.at <= moment]


@given(some_orders(), days(), halts)
def test_every_order_ends_once_and_is_never_filled_beyond_its_quantity_its_limit_or_a_broken_lot(
    orders: list[TickOrder], ticks: list[Tick], halt: Halt | None
) -> None:
    outcomes = outcomes_of(orders, ticks, halt)
    for order in orders:
        own = [each for each in fills_of(outcomes) if each.fill.number == order.number]
        ends = [each for each in outcomes if not isinstance(each, Traded) and each.number == order.number]
        filled = sum(each.fill.quantity for each in own)
        assert filled <= order.leaves
        assert len(ends) == (0 if filled == order.leaves else 1)
        assert all(each.fill.quantity > 0 and each.fill.quantity % order.lot_size == 0 for each in own)
        assert all(order.reaches(each.fill.price) for each in own)
        assert order.time_in_force is not TimeInForce.FOK or filled in (0, order.leaves)


@given(some_orders(), days(), halts)
def test_nothing_fills_before_its_effect_nor_in_a_halt(
    orders: list[TickOrder], ticks: list[Tick], halt: Halt | None
) -> None:
    effects = {order.number: max(order.effective_at, OPEN) for order in orders}
    for each in fills_of(outcomes_of(orders, ticks, halt)):
        assert each.at >= effects[each.fill.number]
        assert halt is None or not halt.start <= each.at < halt.end


@given(some_orders(), days(), halts)
def test_all_orders_together_never_get_more_than_was_printed_and_displayed(
    orders: list[TickOrder], ticks: list[Tick], halt: Halt | None
) -> None:
    """At one moment: not more than its prints, what was displayed before it, and what its quotes display."""
    filled: dict[datetime, Decimal] = {}
    for each in fills_of(outcomes_of(orders, ticks, halt)):
        filled[each.at] = filled.get(each.at, Decimal(0)) + each.fill.quantity
    for moment, quantity in filled.items():
        earlier = [tick for tick in ticks if isinstance(tick, QuoteTick) and tick.at < moment][-1:]
        now = [tick for tick in ticks if tick.at == moment]
        assert quantity <= sum(_supply(tick) for tick in [*earlier, *now])


def _supply(tick: Tick) -> Decimal:
    return tick.size if isinstance(tick, TradeTick) else tick.bid_size + tick.ask_size


@given(some_orders(), st.lists(trades.map(lambda trade: replace(trade, condition="")), max_size=30))
def test_while_the_quote_stands_all_takers_together_get_no_more_than_it_displays(
    orders: list[TickOrder], prints: list[TradeTick]
) -> None:
    ticks: list[Tick] = [
        QuoteTick(OPEN, Decimal("9.99"), Decimal(300), Decimal("10.01"), Decimal(250)),
        *sorted(prints, key=lambda tick: tick.at),
    ]
    printed_at = {tick.at for tick in ticks if isinstance(tick, TradeTick)}
    taken = [each.fill for each in fills_of(outcomes_of(orders, ticks, None)) if each.at not in printed_at]
    sides = {order.number: order.side for order in orders}
    assert sum(fill.quantity for fill in taken if sides[fill.number] is Side.BUY) <= 250
    assert sum(fill.quantity for fill in taken if sides[fill.number] is Side.SELL) <= 300


def resting_alike(order: TickOrder) -> TickOrder:
    """The same order as one that rests whole: display, minimum and lots let others pass by their own rules."""
    return replace(
        order,
        time_in_force=TimeInForce.DAY,
        display_quantity=None,
        minimum_quantity=None,
        lot_size=Decimal(1),
    )


@given(some_orders().map(lambda orders: [resting_alike(order) for order in orders]), days(), halts)
def test_an_earlier_order_at_the_same_limit_is_never_behind_a_later_one(
    orders: list[TickOrder], ticks: list[Tick], halt: Halt | None
) -> None:
    left = {order.number: order.leaves for order in orders}
    by_number = {order.number: order for order in orders}
    for each in fills_of(outcomes_of(orders, ticks, halt)):
        later = by_number[each.fill.number]
        for earlier in orders:
            if _is_ahead(earlier, later, each.at):
                assert left[earlier.number] == 0, "the earlier one was passed over"
        left[later.number] -= each.fill.quantity


def _is_ahead(order: TickOrder, other: TickOrder, moment: datetime) -> bool:
    if order.side is not other.side or order.limit_price != other.limit_price:
        return False
    entered = [(max(each.effective_at, OPEN), each.number) for each in (order, other)]
    return entered[0] < entered[1] and entered[0][0] < moment


@given(some_orders(), days(), halts, st.integers(1, 6))
def test_a_later_order_takes_nothing_from_an_earlier_one_that_is_no_worse(
    orders: list[TickOrder], ticks: list[Tick], halt: Halt | None, number: int
) -> None:
    whole = [resting_alike(order) for order in orders]
    last = replace(whole[-1], effective_at=at(END))
    others = [replace(order, side=last.side, limit_price=last.limit_price) for order in whole[:-1]]
    with_last, without = (fills_of(outcomes_of(each, ticks, halt)) for each in ([*others, last], others))
    assert [each for each in with_last if each.fill.number != last.number] == without


@given(some_orders(), quotes(), quotes())
def test_a_quote_that_looks_only_at_those_it_concerns_does_what_looking_at_all_would(
    orders: list[TickOrder], first: QuoteTick, second: QuoteTick
) -> None:
    results = []
    for is_naive in (False, True):
        display = Display(first.at, Level(first.bid, first.bid_size), Level(first.ask, first.ask_size))
        book = [replace(order, time_in_force=TimeInForce.DAY) for order in orders]
        fills = [join(order, display, order.number) for order in book]
        if is_naive:
            prices = {order.number: order.working_price(display) for order in book}
            display.restate(second)
            fills.append(settled(display, book, prices))
        else:
            fills.append(restated(display, second, book))
        results.append((fills, book, display))
    assert results[0] == results[1]


class NaiveQueue:
    """One order at the best bid while that does not move, reckoned unit by unit from quotes and prints at its price."""

    def __init__(self, leaves: Decimal, ahead: Decimal) -> None:
        self.leaves, self.ahead = leaves, ahead

    def meet(self, tick: Tick) -> None:
        if isinstance(tick, QuoteTick):
            self.ahead = min(self.ahead, tick.bid_size)
            return
        for _ in range(int(tick.size)):
            if self.ahead > 0:
                self.ahead -= 1
            elif self.leaves > 0:
                self.leaves -= 1


def is_at_the_first_bid(tick: Tick) -> bool:
    if isinstance(tick, QuoteTick):
        return tick.bid == Decimal("9.99") < tick.ask
    return tick.price == Decimal("9.99")


@given(days(), st.integers(1, 400).map(Decimal))
def test_the_queue_is_that_of_a_reckoning_unit_by_unit(ticks: list[Tick], quantity: Decimal) -> None:
    later = [tick for tick in ticks[1:] if is_at_the_first_bid(tick) and tick.at > OPEN]
    later = [replace(tick, condition="") if isinstance(tick, TradeTick) else tick for tick in later]
    naive = NaiveQueue(quantity, ahead=Decimal(300))
    for tick in later:
        naive.meet(tick)
    order = TickOrder(
        number=1,
        side=Side.BUY,
        time_in_force=TimeInForce.DAY,
        limit_price=Decimal("9.99"),
        display_quantity=None,
        minimum_quantity=None,
        leaves=quantity,
        effective_at=OPEN,
        session_open=OPEN,
        session_close=CLOSE,
        lot_size=Decimal(1),
    )
    fills = fills_of(outcomes_of([order], [ticks[0], *later], None))
    assert sum(each.fill.quantity for each in fills) == quantity - naive.leaves
