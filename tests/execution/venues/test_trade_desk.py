"""The venue's own desk: trades are taken back and corrected once, and its book follows."""

from decimal import Decimal

import pytest

from execution.venues.errors import VenueProtocolError
from execution.venues.protocol import (
    CancelTrade,
    CorrectTrade,
    Expired,
    Filled,
    MassStatus,
    OrderStatusQuery,
    TradeCanceled,
    TradeCorrected,
)
from execution.venues.simulated.faults import Faults
from execution.venues.simulated.record import VenueRecord
from tests.execution.venues.conftest import Venue, new_order


def test_a_trade_that_is_taken_back_is_open_again_and_filled_from_later_bars_alone(venue: Venue) -> None:
    order = new_order(200)
    venue.desk.answer(order)
    venue.at("13:31:00")
    venue.at("13:40:30")
    [fill] = venue.told(order.client_order_id)
    assert isinstance(fill, Filled)

    venue.desk.answer(CancelTrade(fill.execution_id, "error"))
    venue.at("13:41:59")
    [_, bust] = venue.told(order.client_order_id)
    assert isinstance(bust, TradeCanceled)
    assert (bust.execution_ref_id, bust.cumulative_quantity, bust.leaves_quantity) == (
        fill.execution_id,
        0,
        200,
    )
    venue.at("13:42:00")
    again = venue.told(order.client_order_id)[-1]
    assert isinstance(again, Filled)
    assert again.market_time.minute == 42, "no bar that had begun before fills it"


def test_what_a_bust_opens_after_the_session_expires_at_once(venue: Venue) -> None:
    order = new_order(200)
    venue.desk.answer(order)
    venue.at("13:31:00")
    [fill] = venue.told(order.client_order_id)
    assert isinstance(fill, Filled)
    venue.at("20:05:00")

    venue.desk.answer(CancelTrade(fill.execution_id, "error"))
    venue.at("20:06:00")

    assert isinstance(venue.told(order.client_order_id)[-1], Expired)


def test_a_trade_is_changed_once_and_only_to_terms_that_fit(venue: Venue) -> None:
    order = new_order(200)
    venue.desk.answer(order)
    venue.at("13:31:00")
    [fill] = venue.told(order.client_order_id)
    assert isinstance(fill, Filled)
    for quantity, price in (("201", "10"), ("0.5", "10"), ("1", "10.001")):
        with pytest.raises(VenueProtocolError):
            venue.desk.answer(CorrectTrade(fill.execution_id, Decimal(quantity), Decimal(price), "error"))
    correction = CorrectTrade(fill.execution_id, Decimal(150), Decimal("10.01"), "error")
    change = venue.desk.answer(correction).trade_change  # type: ignore[union-attr]
    assert isinstance(venue.told(order.client_order_id)[-1], TradeCorrected)

    with pytest.raises(VenueProtocolError, match="no trade stands"):
        venue.desk.answer(correction)

    venue.restart()
    answer = venue.desk.answer(MassStatus((order.client_order_id,)))
    [record] = answer.records  # type: ignore[union-attr]
    assert (record.trade_changes, record.order.cumulative_quantity) == ((change,), 150)
    assert [each.execution_id for each in record.executions] == [fill.execution_id]


def test_the_venue_errs_by_its_seed_once_for_each_execution(venue: Venue) -> None:
    faults = Faults(seed=4, bust_share=0.3, correct_share=0.3)
    order = new_order(5000)
    venue.desk.answer(order)
    venue.at("13:50:00")
    fills = len(VenueRecord(venue.path).executions())
    venue.desk.trades.err(faults)
    changes = VenueRecord(venue.path).trade_changes()

    venue.restart()
    venue.desk.trades.err(faults)

    assert VenueRecord(venue.path).trade_changes() == changes
    decided = [kind for number in range(1, fills + 1) if (kind := faults.trade_fate(number))]
    assert [change.kind for change in changes] == decided
    assert {kind.value for kind in decided} == {"cancel", "correct"}
    busted = sum(kind.value == "cancel" for kind in decided)
    status = venue.desk.answer(OrderStatusQuery(order.client_order_id)).order  # type: ignore[union-attr]
    assert status.cumulative_quantity == 200 * (fills - busted)
