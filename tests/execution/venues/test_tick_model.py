"""The rules of the tick model, one by one, on a book that the test moves tick by tick."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from execution.venues.simulated.conditions import Halt
from execution.venues.simulated.tick_book import AUCTION_WAIT, Ended, TickBook, Traded
from execution.venues.simulated.tick_model import TickOrder
from execution.venues.simulated.ticks import QuoteTick, Tick, TradeTick
from orders.terms import Side, TimeInForce

OPEN = datetime(2013, 10, 4, 13, 30, tzinfo=UTC)
CLOSE = datetime(2013, 10, 4, 20, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return OPEN + timedelta(seconds=seconds)


def quote(seconds: float, bid: str = "10.00 x 300", ask: str = "10.02 x 500") -> QuoteTick:
    (bid_price, bid_size), (ask_price, ask_size) = (map(Decimal, side.split(" x ")) for side in (bid, ask))
    return QuoteTick(at(seconds), bid_price, bid_size, ask_price, ask_size)


def trade(seconds: float, price: str, size: int, condition: str = "") -> TradeTick:
    return TradeTick(at(seconds), Decimal(price), Decimal(size), condition)


def order(
    number: int = 1, limit_price: str | None = None, leaves: int = 1000, *, seconds: float = 1, **terms: Any
) -> TickOrder:
    given = {
        "side": Side.BUY,
        "time_in_force": TimeInForce.DAY,
        "display_quantity": None,
        "minimum_quantity": None,
        "lot_size": Decimal(1),
        **terms,
    }
    return TickOrder(
        number=number,
        limit_price=None if limit_price is None else Decimal(limit_price),
        leaves=Decimal(leaves),
        effective_at=at(seconds),
        session_open=OPEN,
        session_close=CLOSE,
        **given,
    )


def book_of(*orders: TickOrder, halts: tuple[Halt, ...] = ()) -> TickBook:
    return TickBook({each.number: each for each in orders}, None, OPEN - timedelta(seconds=1), 0, halts)


def worked(
    *orders: TickOrder, ticks: list[Tick], until: float = 3600, halts: tuple[Halt, ...] = ()
) -> list[tuple[Any, ...]]:
    """What happens, in order: (second, order, quantity, price) of a fill, (second, order) of an end."""
    return told(book_of(*orders, halts=halts).advance(ticks, at(until)))


def told(outcomes: list[Any]) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    for outcome in outcomes:
        second = (outcome.at - OPEN).total_seconds()
        if isinstance(outcome, Traded):
            found.append((second, outcome.fill.number, int(outcome.fill.quantity), str(outcome.fill.price)))
        else:
            assert isinstance(outcome, Ended)
            found.append((second, outcome.number))
    return found


def test_a_market_order_takes_what_the_standing_quote_displays_at_its_effect() -> None:
    assert worked(order(leaves=200), ticks=[quote(0)]) == [(1, 1, 200, "10.02")]
    assert worked(order(leaves=200, side=Side.SELL), ticks=[quote(0)]) == [(1, 1, 200, "10.00")]


def test_it_takes_one_level_and_again_from_the_next_quote() -> None:
    ticks = [quote(0), quote(5, ask="10.03 x 400"), quote(6, ask="10.04 x 400")]
    assert worked(order(), ticks=ticks) == [(1, 1, 500, "10.02"), (5, 1, 400, "10.03"), (6, 1, 100, "10.04")]


def test_what_we_took_is_gone_while_the_price_stands_and_only_what_is_added_is_new() -> None:
    ticks = [quote(0), quote(5), quote(6, ask="10.02 x 450"), quote(7, ask="10.02 x 700")]
    assert worked(order(leaves=500), order(2, seconds=2), ticks=ticks) == [
        (1, 1, 500, "10.02"),
        (7, 2, 250, "10.02"),
    ]


def test_a_print_of_the_shares_that_we_had_taken_fills_nobody() -> None:
    ticks = [quote(0), trade(2, "10.02", 400), trade(3, "10.02", 300)]
    assert worked(order(leaves=900), ticks=ticks) == [(1, 1, 500, "10.02"), (3, 1, 200, "10.02")]


def test_an_order_does_not_meet_its_effect_s_own_tick_nor_an_earlier_print() -> None:
    early = [quote(0), trade(0.5, "9.99", 900), trade(1, "9.99", 900)]
    assert worked(order(limit_price="10.00"), ticks=early) == []
    assert worked(order(limit_price="10.00"), ticks=[*early, trade(1.001, "9.99", 900)]) == [
        (1.001, 1, 900, "10.00")
    ]


def test_the_quote_of_the_moment_of_its_effect_stands_already() -> None:
    assert worked(order(leaves=10), ticks=[quote(0), quote(1, ask="10.05 x 10")]) == [(1, 1, 10, "10.05")]


def test_an_order_before_the_first_quote_waits_for_it() -> None:
    early = order(leaves=100, seconds=-60, time_in_force=TimeInForce.IOC)
    assert worked(early, ticks=[trade(1, "10.00", 500), quote(2)]) == [(2, 1, 100, "10.02")]


def test_a_passive_order_waits_for_all_that_was_displayed_before_it() -> None:
    ticks = [quote(0), trade(2, "10.00", 200), trade(3, "10.00", 150), trade(4, "10.00", 2000)]
    assert worked(order(limit_price="10.00"), ticks=ticks) == [(3, 1, 50, "10.00"), (4, 1, 950, "10.00")]


def test_a_sell_mirrors_a_buy() -> None:
    ticks = [
        quote(0),
        trade(2, "10.02", 600),
        trade(3, "10.03", 50),
        quote(4, bid="10.02 x 60", ask="10.03 x 9"),
    ]
    sell = order(limit_price="10.02", side=Side.SELL)
    assert worked(sell, ticks=ticks) == [(2, 1, 100, "10.02"), (3, 1, 50, "10.02"), (4, 1, 60, "10.02")]


def test_a_shrinking_display_shortens_the_queue_and_a_growing_one_does_not_lengthen_it() -> None:
    ticks = [quote(0), quote(2, bid="10.00 x 100"), quote(3, bid="10.00 x 900"), trade(4, "10.00", 150)]
    assert worked(order(limit_price="10.00"), ticks=ticks) == [(4, 1, 50, "10.00")]


def test_an_order_that_improves_the_best_has_nobody_ahead() -> None:
    assert worked(order(limit_price="10.01"), ticks=[quote(0), trade(2, "10.01", 50)]) == [
        (2, 1, 50, "10.01")
    ]


def test_an_order_behind_the_best_joins_once_its_price_is_the_best() -> None:
    ticks = [
        quote(0),
        trade(2, "9.99", 500),
        quote(3, bid="9.99 x 400"),
        trade(4, "9.99", 500),
    ]
    assert worked(order(limit_price="9.99"), ticks=ticks) == [(4, 1, 100, "9.99")]


def test_a_print_through_the_price_fills_at_the_orders_own_price_whatever_was_ahead() -> None:
    assert worked(order(limit_price="9.99"), ticks=[quote(0), trade(2, "9.98", 70)]) == [(2, 1, 70, "9.99")]


def test_nobody_is_ahead_once_the_best_of_the_side_has_fallen_behind_the_price() -> None:
    ticks = [quote(0), quote(2, bid="9.99 x 500"), trade(3, "10.00", 20)]
    assert worked(order(limit_price="10.00"), ticks=ticks) == [(3, 1, 20, "10.00")]


def test_a_quote_that_comes_to_a_resting_order_pays_the_orders_price() -> None:
    ticks = [quote(0), quote(2, bid="9.97 x 100", ask="9.98 x 40")]
    assert worked(order(limit_price="10.00"), ticks=ticks) == [(2, 1, 40, "10.00")]


def test_the_better_limit_comes_first_and_among_equals_the_earlier() -> None:
    orders = [order(1, "10.00"), order(2, "10.00", seconds=2), order(3, "10.01", leaves=60, seconds=3)]
    ticks = [quote(0), trade(4, "9.99", 1100)]
    assert worked(*orders, ticks=ticks) == [(4, 3, 60, "10.01"), (4, 1, 1000, "10.00"), (4, 2, 40, "10.00")]


def test_units_of_others_between_two_of_ours_trade_between_them() -> None:
    first, second = order(1, "10.00", leaves=100), order(2, "10.00", leaves=100, seconds=3)
    ticks = [quote(0), quote(2, bid="10.00 x 700"), trade(4, "10.00", 790), trade(5, "10.00", 30)]
    assert worked(first, second, ticks=ticks) == [(4, 1, 100, "10.00"), (5, 2, 20, "10.00")]


def test_buys_and_sells_share_a_print_and_the_nearer_side_comes_first() -> None:
    orders = [order(1, "10.02", leaves=80, side=Side.SELL), order(2, "10.02", leaves=80)]
    ticks = [quote(0, bid="10.01 x 1", ask="10.05 x 1"), trade(2, "10.02", 100)]
    assert worked(*orders, ticks=ticks) == [(2, 2, 80, "10.02"), (2, 1, 20, "10.02")]


def test_our_own_fills_leave_others_in_the_queue_whom_the_print_would_have_met() -> None:
    first, second = order(1, "10.00", leaves=50), order(2, "10.00", seconds=4)
    ticks = [quote(0), quote(2, bid="10.00 x 700"), trade(3, "10.00", 350), trade(5, "10.00", 400)]
    assert worked(first, second, ticks=ticks) == [(3, 1, 50, "10.00")]


def test_immediate_or_cancel_takes_once_and_is_over() -> None:
    ioc = order(leaves=800, time_in_force=TimeInForce.IOC)
    assert worked(ioc, ticks=[quote(0), quote(2, ask="10.02 x 900")]) == [(1, 1, 500, "10.02"), (1, 1)]
    beyond = order(limit_price="10.01", time_in_force=TimeInForce.IOC)
    assert worked(beyond, ticks=[quote(0)]) == [(1, 1)]


def test_fill_or_kill_takes_all_from_one_level_or_nothing() -> None:
    assert worked(order(leaves=500, time_in_force=TimeInForce.FOK), ticks=[quote(0)]) == [
        (1, 1, 500, "10.02")
    ]
    assert worked(order(leaves=501, time_in_force=TimeInForce.FOK), ticks=[quote(0)]) == [(1, 1)]


def test_the_first_execution_is_at_least_the_minimum_and_later_ones_need_not_be() -> None:
    least = order(limit_price="10.01", minimum_quantity=Decimal(100))
    ticks = [quote(0), trade(2, "10.00", 99), trade(3, "10.00", 100), trade(4, "10.00", 5)]
    assert worked(least, ticks=ticks) == [(3, 1, 100, "10.01"), (4, 1, 5, "10.01")]


def test_a_print_fills_what_is_displayed_and_the_next_part_queues_behind_all_others() -> None:
    shown = order(1, "10.00", leaves=250, display_quantity=Decimal(100))
    other = order(2, "10.00", leaves=100, seconds=2)
    ticks = [quote(0), trade(3, "10.00", 400), trade(4, "10.00", 400), trade(5, "9.99", 400)]
    assert worked(shown, other, ticks=ticks) == [
        (3, 1, 100, "10.00"),
        (4, 2, 100, "10.00"),
        (4, 1, 100, "10.00"),
        (5, 1, 50, "10.00"),
    ]


def test_taking_is_not_held_to_the_displayed_part() -> None:
    assert worked(order(limit_price="10.02", display_quantity=Decimal(10)), ticks=[quote(0)]) == [
        (1, 1, 500, "10.02")
    ]


def test_quantities_are_whole_lots() -> None:
    ticks = [quote(0), trade(2, "10.01", 199), trade(3, "10.01", 99)]
    assert worked(order(limit_price="10.01", lot_size=Decimal(100)), ticks=ticks) == [(2, 1, 100, "10.01")]


@pytest.mark.parametrize("condition", ["W", "@ZT", "4", "M"])
def test_a_print_that_no_resting_order_could_have_met_fills_nobody(condition: str) -> None:
    assert worked(order(limit_price="10.00"), ticks=[quote(0), trade(2, "9.90", 900, condition)]) == []
    assert worked(order(limit_price="10.00"), ticks=[quote(0), trade(2, "9.90", 900, "@FI")]) != []


def test_the_opening_print_fills_the_orders_for_the_opening_and_cancels_the_rest() -> None:
    at_open = order(1, leaves=300, seconds=-60, time_in_force=TimeInForce.OPG)
    too_low = order(2, "9.90", seconds=-60, time_in_force=TimeInForce.OPG)
    second = order(3, "10.00", leaves=300, seconds=-60, time_in_force=TimeInForce.OPG)
    ticks = [quote(0), trade(1, "9.95", 50), trade(2, "9.95", 500, "O"), trade(3, "9.80", 500)]
    assert worked(at_open, too_low, second, ticks=ticks) == [
        (2, 1, 300, "9.95"),
        (2, 3, 200, "9.95"),
        (2, 2),
        (2, 3),
    ]


def test_an_auction_is_over_for_an_order_that_takes_effect_with_its_print() -> None:
    late = order(1, seconds=2, time_in_force=TimeInForce.CLS)
    assert worked(late, ticks=[trade(2, "9.95", 500, "6")]) == []


def test_what_rests_at_a_strictly_better_limit_takes_part_in_an_auction_at_its_price() -> None:
    better, equal = order(1, "10.00", leaves=100), order(2, "9.95", leaves=100)
    assert worked(better, equal, ticks=[quote(0), trade(2, "9.95", 500, "O")]) == [(2, 1, 100, "9.95")]


def test_the_closing_print_may_come_after_the_close_but_not_for_ever() -> None:
    closing = (CLOSE - OPEN).total_seconds()
    at_close = order(1, leaves=300, time_in_force=TimeInForce.CLS)
    ticks = [quote(0), quote(closing - 1, ask="9.99 x 900"), trade(closing + 4, "10.01", 200, "6")]
    assert worked(at_close, ticks=ticks, until=closing + 5) == [
        (closing + 4, 1, 200, "10.01"),
        (closing + 4, 1),
    ]
    late = order(1, time_in_force=TimeInForce.CLS)
    wait = AUCTION_WAIT.total_seconds()
    assert worked(late, ticks=[quote(0)], until=closing + wait) == [(closing + wait, 1)]


def test_what_rests_ends_with_the_session_and_meets_no_tick_after_it() -> None:
    closing = (CLOSE - OPEN).total_seconds()
    ticks = [quote(0), trade(closing, "9.00", 900)]
    assert worked(order(limit_price="10.00"), ticks=ticks, until=closing + 9) == [(closing, 1)]


def test_in_a_halt_nothing_fills_and_places_are_kept() -> None:
    halt = Halt(at(2), at(10))
    ticks = [quote(0), trade(3, "9.90", 900), quote(4, bid="10.00 x 10"), trade(11, "10.00", 50)]
    assert worked(order(limit_price="10.00"), ticks=ticks, halts=(halt,)) == [(11, 1, 40, "10.00")]


def test_when_a_halt_is_over_orders_meet_the_quote_that_stands() -> None:
    halt = Halt(at(2), at(10))
    ticks = [quote(0), quote(4, bid="9.95 x 10", ask="9.98 x 30")]
    assert worked(order(limit_price="10.00"), order(2, seconds=5), ticks=ticks, halts=(halt,)) == [
        (10, 1, 30, "9.98")
    ]


def test_an_immediate_order_in_a_halt_is_cancelled_and_others_wait_for_its_end() -> None:
    halt = Halt(at(0), at(10))
    ioc = order(1, seconds=3, time_in_force=TimeInForce.IOC)
    assert worked(ioc, order(2, leaves=9, seconds=3), ticks=[quote(0)], halts=(halt,)) == [
        (3, 1),
        (10, 2, 9, "10.02"),
    ]


def test_the_quote_of_the_day_before_is_not_taken() -> None:
    book = book_of(order(leaves=100))
    book.advance([quote(0)], at(60))
    monday = order(2, leaves=100)
    days = timedelta(days=3)
    monday.effective_at, monday.session_open, monday.session_close = at(1) + days, OPEN + days, CLOSE + days
    later = TickBook({2: monday}, book.display, book.worked_to, book.last_place, ())
    assert later.advance([], OPEN + days + timedelta(minutes=1)) == []
    (fill,) = later.advance([quote(days.total_seconds() + 90)], OPEN + days + timedelta(minutes=2))
    assert isinstance(fill, Traded)
    assert fill.at == at(90) + days
