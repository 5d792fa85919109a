from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from execution.venues.errors import VenueProtocolError
from execution.venues.protocol import (
    MOST_CANCELS,
    MOST_NEW_ORDERS,
    Accepted,
    Canceled,
    CancelOrder,
    CancelRejected,
    Executions,
    Expired,
    Filled,
    MassCancel,
    MassCancelAnswer,
    NewOrders,
    NewOrdersAnswer,
    OrderStatusQuery,
    Rejected,
    Subscribe,
    parse_request,
    serialise_request,
)
from execution.venues.simulated.rows import StoredOrder
from execution.venues.simulated.server import REQUEST_LIMIT_BYTES
from execution.venues.simulated.store import Store, StoreInUseError
from orders.terms import TimeInForce
from tests.execution.venues.conftest import OPEN, Venue, flat_bar, new_order


def test_an_order_is_accepted_and_reported(venue: Venue) -> None:
    order = new_order()
    answer = venue.desk.answer(order)
    assert (answer.answer, answer.order.state, answer.order.leaves_quantity) == ("accepted", "new", 500)
    (report,) = venue.reports()
    assert isinstance(report, Accepted)
    assert (report.sequence, report.client_order_id, report.model) == (1, order.client_order_id, "bar")
    assert report.market_time == OPEN


def test_an_order_fills_from_the_first_bar_that_starts_at_its_arrival_or_later(venue: Venue) -> None:
    venue.at("13:30:01")
    order = new_order()
    venue.desk.answer(order)
    venue.at("13:31:00")
    assert venue.told(order.client_order_id) == []
    venue.at("13:31:59")
    assert venue.told(order.client_order_id) == []
    venue.at("13:32:00")
    (fill,) = venue.told(order.client_order_id)
    assert isinstance(fill, Filled)
    assert (fill.quantity, fill.cumulative_quantity, fill.leaves_quantity) == (200, 200, 300)
    assert fill.market_time == OPEN + timedelta(minutes=2)


def test_what_a_bar_does_not_fill_carries_to_the_next(venue: Venue) -> None:
    order = new_order()
    venue.desk.answer(order)
    venue.at("13:40:00")
    fills = venue.told(order.client_order_id)
    assert [fill.quantity for fill in fills] == [200, 200, 100]
    assert [fill.leaves_quantity for fill in fills] == [300, 100, 0]
    status = venue.desk.answer(OrderStatusQuery(order.client_order_id)).order
    assert (status.state, status.cumulative_quantity, status.leaves_quantity) == ("filled", 500, 0)
    executions = venue.desk.answer(Executions(order.client_order_id)).executions
    assert [execution.execution_id for execution in executions] == [fill.execution_id for fill in fills]


def test_two_orders_share_a_bar_in_order_of_arrival(venue: Venue) -> None:
    first, second = new_order(150), new_order(150)
    venue.desk.answer(first)
    venue.desk.answer(second)
    venue.at("13:31:00")
    assert [fill.quantity for fill in venue.told(first.client_order_id)] == [150]
    assert [fill.quantity for fill in venue.told(second.client_order_id)] == [50]


def test_the_same_id_again_has_no_effect_and_tells_the_state_of_the_first(venue: Venue) -> None:
    order = new_order()
    venue.desk.answer(order)
    venue.at("13:31:00")
    before = venue.reports()
    again = venue.desk.answer(new_order(9_999, client_order_id=order.client_order_id))
    assert (again.answer, again.order.quantity, again.order.cumulative_quantity) == ("duplicate", 500, 200)
    assert venue.reports() == before


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        ({"symbol": "XYZ"}, "unknown_symbol"),
        ({"quantity": Decimal("1.5")}, "lot_size"),
        ({"limit_price": "10.005"}, "tick_size"),
    ],
)
def test_an_order_that_cannot_trade_here_is_rejected(
    venue: Venue, terms: dict[str, object], reason: str
) -> None:
    order = new_order(**terms)
    answer = venue.desk.answer(order)
    assert (answer.answer, answer.order.state, answer.order.reason) == ("rejected", "rejected", reason)
    (report,) = venue.reports()
    assert isinstance(report, Rejected)
    assert venue.desk.answer(order).answer == "duplicate"
    assert venue.desk.answer(CancelOrder(order.client_order_id)).answer == "too_late"


def test_a_cancel_is_pending_until_the_next_tick_and_then_reported(venue: Venue) -> None:
    order = new_order()
    venue.desk.answer(order)
    assert venue.desk.answer(CancelOrder(order.client_order_id)).answer == "pending"
    assert venue.desk.answer(CancelOrder(order.client_order_id)).answer == "pending"
    venue.at("13:30:30")
    (report,) = venue.told(order.client_order_id)
    assert isinstance(report, Canceled)
    assert (report.reason, report.cumulative_quantity) == ("cancel_request", 0)
    assert venue.desk.answer(CancelOrder(order.client_order_id)).answer == "too_late"
    venue.at("13:40:00")
    assert len(venue.told(order.client_order_id)) == 1


def test_an_order_that_fills_before_its_cancel_is_decided_has_the_cancel_rejected(venue: Venue) -> None:
    order = new_order(100)
    venue.desk.answer(order)
    assert venue.desk.answer(CancelOrder(order.client_order_id)).answer == "pending"
    venue.at("13:31:00")
    fill, decision = venue.told(order.client_order_id)
    assert isinstance(fill, Filled)
    assert isinstance(decision, CancelRejected)
    assert decision.reason == "order_ended"


def test_a_pending_cancel_survives_a_restart(venue: Venue) -> None:
    order = new_order()
    venue.desk.answer(order)
    venue.desk.answer(CancelOrder(order.client_order_id))
    venue.restart()
    venue.at("13:30:01")
    assert isinstance(venue.told(order.client_order_id)[0], Canceled)


def test_an_id_canceled_before_its_order_came_is_voided_for_ever(venue: Venue) -> None:
    order = new_order()
    voided = venue.desk.answer(CancelOrder(order.client_order_id))
    assert (voided.answer, voided.order.state) == ("voided", "voided")
    assert venue.desk.answer(CancelOrder(order.client_order_id)).answer == "voided"
    venue.restart()
    assert venue.desk.answer(OrderStatusQuery(order.client_order_id)).order.state == "voided"
    late = venue.desk.answer(order)
    assert (late.answer, late.order.reason) == ("rejected", "voided")
    venue.at("13:40:00")
    assert venue.desk.answer(Executions(order.client_order_id)).executions == ()


def test_an_unknown_id_is_unknown_and_has_no_executions(venue: Venue) -> None:
    stranger = uuid4()
    assert venue.desk.answer(OrderStatusQuery(stranger)).order.state == "unknown"
    assert venue.desk.answer(Executions(stranger)).executions == ()
    assert venue.desk.answer(OrderStatusQuery(stranger)).order.state == "unknown"


def test_an_immediate_order_lives_for_its_first_bar_only(venue: Venue) -> None:
    order = new_order(time_in_force=TimeInForce.IOC)
    venue.desk.answer(order)
    venue.at("13:40:00")
    fill, rest = venue.told(order.client_order_id)
    assert isinstance(fill, Filled)
    assert isinstance(rest, Canceled)
    assert (rest.reason, rest.cumulative_quantity) == ("immediate_or_cancel", 200)
    assert rest.market_time == OPEN + timedelta(minutes=1)


def test_an_immediate_order_whose_limit_its_first_bar_does_not_reach_is_canceled(venue: Venue) -> None:
    order = new_order(limit_price="9.99", time_in_force=TimeInForce.IOC)
    venue.desk.answer(order)
    venue.bars[1] = flat_bar(OPEN + timedelta(minutes=1), "9.00")
    venue.at("13:40:00")
    (rest,) = venue.told(order.client_order_id)
    assert isinstance(rest, Canceled)


def test_an_order_before_the_open_waits_for_it_and_takes_no_extended_bar(venue: Venue) -> None:
    venue.bars.insert(0, flat_bar(OPEN - timedelta(minutes=5)))
    venue.at("13:00:00")
    order = new_order(200)
    venue.desk.answer(order)
    venue.at("13:30:59")
    assert venue.told(order.client_order_id) == []
    venue.at("13:31:00")
    (fill,) = venue.told(order.client_order_id)
    assert fill.market_time == OPEN + timedelta(minutes=1)


def test_a_day_order_expires_at_the_close_after_the_last_bar_filled(venue: Venue) -> None:
    venue.at("19:58:30")
    order = new_order(500)
    venue.desk.answer(order)
    venue.bars.append(flat_bar(OPEN + timedelta(minutes=390)))
    venue.at("20:30:00")
    fill, end = venue.told(order.client_order_id)
    assert isinstance(fill, Filled)
    assert isinstance(end, Expired)
    assert (end.cumulative_quantity, end.market_time) == (200, OPEN + timedelta(minutes=390))


def test_an_immediate_order_that_meets_no_bar_is_canceled_at_the_close(venue: Venue) -> None:
    venue.at("19:59:30")
    order = new_order(time_in_force=TimeInForce.IOC)
    venue.desk.answer(order)
    venue.at("20:00:00")
    assert isinstance(venue.told(order.client_order_id)[0], Canceled)


def test_an_order_after_the_close_belongs_to_the_next_session(venue: Venue) -> None:
    venue.at("21:00:00")
    order = new_order(100)
    venue.desk.answer(order)
    monday = OPEN + timedelta(days=3)
    venue.bars.append(flat_bar(monday))
    venue.now = monday + timedelta(minutes=1)
    venue.book.advance()
    assert isinstance(venue.told(order.client_order_id)[0], Filled)


def test_bars_that_ended_while_the_venue_was_down_are_worked_once_and_in_order(venue: Venue) -> None:
    venue.bars += [flat_bar(OPEN + timedelta(minutes=m), symbol="IBM") for m in range(390)]
    spy, ibm = new_order(100_000), new_order(100_000, symbol="IBM")
    venue.desk.answer(spy)
    venue.desk.answer(ibm)
    venue.at("13:31:00")
    venue.restart()
    venue.at("13:35:00")
    venue.restart()
    venue.at("13:35:00")
    fills = [report for report in venue.reports() if isinstance(report, Filled)]
    minutes = [OPEN + timedelta(minutes=minute) for minute in range(1, 6)]
    assert [fill.market_time for fill in fills] == [minute for minute in minutes for _ in (spy, ibm)]
    assert {fill.quantity for fill in fills} == {200}


def test_an_order_whose_session_closed_while_the_venue_was_down_gets_nothing_of_the_next(
    venue: Venue,
) -> None:
    friday, monday = new_order(100_000), new_order(100_000)
    venue.desk.answer(friday)
    venue.now = OPEN + timedelta(hours=8)
    venue.desk.answer(monday)
    venue.bars.append(flat_bar(OPEN + timedelta(days=3)))
    venue.restart()
    venue.now = OPEN + timedelta(days=3, minutes=5)
    venue.book.advance()
    *fills, end = venue.told(friday.client_order_id)
    assert isinstance(end, Expired)
    assert (len(fills), end.cumulative_quantity) == (390, 390 * 200)
    assert [fill.quantity for fill in venue.told(monday.client_order_id)] == [200]


def test_an_order_behind_the_bars_already_worked_is_rejected_rather_than_left_hanging(venue: Venue) -> None:
    venue.desk.answer(new_order(10_000))
    venue.at("15:00:00")
    venue.at("14:00:00")
    answer = venue.desk.answer(new_order())
    assert (answer.answer, answer.order.reason) == ("rejected", "market_time_went_back")


def test_a_source_that_gives_a_bar_not_yet_over_is_refused_and_nothing_is_kept(venue: Venue) -> None:
    venue.desk.answer(new_order())
    venue.bars_between = lambda *asked: venue.bars  # type: ignore[method-assign]
    venue.restart()
    before = venue.reports()
    with pytest.raises(ValueError, match="others than asked"):
        venue.at("13:31:00")
    assert venue.reports() == before


def test_the_stores_reports_are_numbered_without_a_gap(venue: Venue) -> None:
    for _ in range(5):
        venue.desk.answer(new_order())
    venue.at("14:00:00")
    assert [report.sequence for report in venue.reports()] == list(range(1, len(venue.reports()) + 1))


def test_a_subscription_beyond_the_last_report_speaks_of_another_store(venue: Venue) -> None:
    venue.desk.answer(new_order())
    assert venue.desk.answer(Subscribe(1)).last_sequence == 1
    with pytest.raises(VenueProtocolError, match="another store"):
        venue.desk.answer(Subscribe(2))


def test_a_second_venue_on_the_same_store_is_refused(venue: Venue) -> None:
    with pytest.raises(StoreInUseError):
        Store(venue.path)


def test_ids_of_two_stores_never_meet(venue: Venue, tmp_path) -> None:
    other = Venue(tmp_path / "other.sqlite3")
    mine, theirs = (place.desk.answer(new_order()).order.venue_order_id for place in (venue, other))
    other.store.close()
    assert mine != theirs


def test_fill_or_kill_is_canceled_whole_after_its_first_bar(venue: Venue) -> None:
    fits, does_not = (new_order(quantity, time_in_force=TimeInForce.FOK) for quantity in (200, 201))
    venue.desk.answer(does_not)
    venue.desk.answer(fits)
    venue.at("13:32:00")
    (fill,) = venue.told(fits.client_order_id)
    assert isinstance(fill, Filled)
    assert fill.leaves_quantity == 0
    (end,) = venue.told(does_not.client_order_id)
    assert isinstance(end, Canceled)
    assert (end.reason, end.cumulative_quantity) == ("fill_or_kill", 0)


def test_an_order_at_the_opening_fills_in_the_first_bar_and_the_rest_is_canceled(venue: Venue) -> None:
    venue.at("13:00:00")
    order = new_order(300, time_in_force=TimeInForce.OPG)
    venue.desk.answer(order)
    venue.bars[0] = flat_bar(OPEN, "9.90")
    venue.at("13:40:00")
    fill, rest = venue.told(order.client_order_id)
    assert isinstance(fill, Filled)
    assert isinstance(rest, Canceled)
    assert (fill.quantity, fill.price, rest.reason) == (200, Decimal("9.90"), "opening_auction_over")


def test_an_order_for_the_opening_that_comes_after_it_is_rejected(venue: Venue) -> None:
    venue.at("13:30:00")
    answer = venue.desk.answer(new_order(time_in_force=TimeInForce.OPG))
    assert (answer.answer, answer.order.reason) == ("rejected", "opening_auction_over")
    venue.at("20:00:00")
    assert venue.desk.answer(new_order(time_in_force=TimeInForce.OPG)).answer == "accepted", "the next one"


def test_an_order_at_the_close_fills_in_the_last_bar_and_the_rest_is_canceled(venue: Venue) -> None:
    order = new_order(300, time_in_force=TimeInForce.CLS)
    venue.desk.answer(order)
    venue.bars[389] = flat_bar(OPEN + timedelta(minutes=389), "10.10")
    venue.at("19:59:59")
    assert venue.told(order.client_order_id) == []
    venue.at("20:00:00")
    fill, rest = venue.told(order.client_order_id)
    assert isinstance(fill, Filled)
    assert isinstance(rest, Canceled)
    assert (fill.quantity, fill.price, rest.reason) == (200, Decimal("10.10"), "closing_auction_over")


def test_a_last_minute_without_a_trade_is_no_closing_auction(venue: Venue) -> None:
    order = new_order(300, time_in_force=TimeInForce.CLS)
    venue.desk.answer(order)
    del venue.bars[389]
    venue.at("20:00:00")
    (rest,) = venue.told(order.client_order_id)
    assert isinstance(rest, Canceled)


def test_a_displayed_order_fills_clip_by_clip_across_a_restart(venue: Venue) -> None:
    order = new_order(500, "10.00", display_quantity=Decimal(80))
    venue.desk.answer(order)
    venue.at("13:31:00")
    venue.restart()
    venue.at("13:40:00")
    fills = venue.told(order.client_order_id)
    assert [fill.quantity for fill in fills] == [80, 80, 40, 80, 80, 40, 80, 20]
    assert fills[-1].leaves_quantity == 0


def test_a_minimum_that_no_bar_reaches_waits_and_is_over_after_the_first_fill(venue: Venue) -> None:
    order = new_order(500, minimum_quantity=Decimal(300))
    venue.desk.answer(order)
    venue.bars[2] = flat_bar(OPEN + timedelta(minutes=2), volume=1500)
    venue.at("13:40:00")
    assert [fill.quantity for fill in venue.told(order.client_order_id)] == [300, 200]


@pytest.mark.parametrize(
    "terms", [{"display_quantity": Decimal("1.5")}, {"minimum_quantity": Decimal("1.5")}]
)
def test_broken_lots_are_rejected_wherever_they_are_asked_for(
    venue: Venue, terms: dict[str, Decimal]
) -> None:
    assert venue.desk.answer(new_order(500, "10.00", **terms)).order.reason == "lot_size"


def test_a_half_day_ends_at_one_in_new_york(venue: Venue) -> None:
    opened = datetime(2024, 7, 3, 13, 30, tzinfo=UTC)
    venue.now, venue.bars = opened, [flat_bar(opened + timedelta(minutes=m)) for m in range(390)]
    order = new_order(1_000_000)
    venue.desk.answer(order)
    venue.at("20:00:00")
    *fills, end = venue.told(order.client_order_id)
    assert isinstance(end, Expired)
    assert (len(fills), f"{end.market_time:%H:%M}") == (210, "17:00")


def test_a_mass_cancel_is_as_many_cancels_answered_in_their_order(venue: Venue) -> None:
    live, ended, unseen = new_order(), new_order(limit_price="9.995"), uuid4()
    venue.desk.answer(live)
    venue.desk.answer(ended)

    answer = venue.desk.answer(MassCancel((unseen, live.client_order_id, ended.client_order_id)))

    assert isinstance(answer, MassCancelAnswer)
    assert [each.answer for each in answer.answers] == ["voided", "pending", "too_late"]
    assert venue.desk.answer(MassCancel((live.client_order_id,))).answers[0].answer == "pending"  # type: ignore[union-attr]


@pytest.mark.parametrize("ids", [0, 501])
def test_a_mass_cancel_names_1_to_500_orders(ids: int) -> None:
    with pytest.raises(VenueProtocolError, match="1 to 500"):
        MassCancel(tuple(uuid4() for _ in range(ids)))


def test_a_mass_cancel_names_no_order_twice() -> None:
    twice = uuid4()
    with pytest.raises(VenueProtocolError, match="given twice"):
        MassCancel((twice, twice))


def test_the_largest_mass_cancel_is_a_line_that_the_venue_reads() -> None:
    request = MassCancel(tuple(uuid4() for _ in range(MOST_CANCELS)))

    line = serialise_request("r" * 64, request)

    assert len(line) <= REQUEST_LIMIT_BYTES
    assert parse_request(line).request == request


def test_one_refused_and_one_known_already_do_not_disturb_the_others_of_a_message(venue: Venue) -> None:
    known, refused, first, last = new_order(), new_order(limit_price="9.995"), new_order(), new_order()
    venue.desk.answer(known)

    answer = venue.desk.answer(NewOrders((first, refused, known, last)))

    assert isinstance(answer, NewOrdersAnswer)
    assert [each.answer for each in answer.answers] == ["accepted", "rejected", "duplicate", "accepted"]
    assert [each.order.client_order_id for each in answer.answers] == [
        each.client_order_id for each in (first, refused, known, last)
    ]
    again = venue.desk.answer(NewOrders((first, last)))
    assert {each.answer for each in again.answers} == {"duplicate"}  # type: ignore[union-attr]
    assert len(venue.reports()) == 4


def test_a_message_of_orders_has_one_effect_or_none(venue: Venue, monkeypatch: pytest.MonkeyPatch) -> None:
    taken, failing = new_order(), new_order()
    add_order = venue.store.add_order

    def full_disk(order: StoredOrder) -> StoredOrder:
        if order.request == failing:
            raise OSError("no space left")
        return add_order(order)

    monkeypatch.setattr(venue.store, "add_order", full_disk)
    with pytest.raises(OSError, match="no space"):
        venue.desk.answer(NewOrders((taken, failing)))

    assert venue.reports() == []
    assert venue.desk.answer(OrderStatusQuery(taken.client_order_id)).order.state == "unknown"


@pytest.mark.parametrize("orders", [0, MOST_NEW_ORDERS + 1])
def test_a_message_has_1_to_50_orders(orders: int) -> None:
    with pytest.raises(VenueProtocolError, match="1 to 50"):
        NewOrders(tuple(new_order() for _ in range(orders)))


def test_a_message_has_no_order_twice() -> None:
    twice = new_order()
    with pytest.raises(VenueProtocolError, match="given twice"):
        NewOrders((twice, twice))


def test_the_largest_message_of_orders_is_a_line_that_the_venue_reads() -> None:
    most = Decimal("999999999999.99999999")
    order = new_order(limit_price="1")
    largest = replace(
        order, symbol="S" * 32, quantity=most, limit_price=most, display_quantity=most, minimum_quantity=None
    )
    request = NewOrders(tuple(replace(largest, client_order_id=uuid4()) for _ in range(MOST_NEW_ORDERS)))

    line = serialise_request("r" * 64, request)

    assert len(line) <= REQUEST_LIMIT_BYTES
    assert parse_request(line).request == request
