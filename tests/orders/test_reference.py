"""Reference data and the market clock."""

from decimal import Decimal
from typing import Any

import pytest

from compliance.models import Leaf
from orders import services
from orders.errors import ReplayRefused
from orders.kernel.errors import InvalidInput
from orders.models import Instrument, MarketTime
from tests.world import NOON, SETUP, World


def test_an_isin_with_a_false_check_digit_is_refused(world: World) -> None:
    with pytest.raises(InvalidInput, match="US0378331006"):
        services.register_instrument(
            actor=SETUP,
            symbol="AAPL",
            isin="US0378331006",
            mic="XNAS",
            currency="USD",
            tick_size=Decimal("0.01"),
            lot_size=Decimal(1),
        )

    assert not Instrument.objects.filter(symbol="AAPL").exists()


def test_what_is_registered_again_is_the_same_and_no_second_event(world: World) -> None:
    leaves = Leaf.events.count()

    assert services.register_desk(actor=SETUP, firm=world.firm, code=world.desk.code) == world.desk
    assert Leaf.events.count() == leaves


def test_the_market_clock_of_a_production_system_does_not_jump(world: World, settings: Any) -> None:
    settings.REPLAY_ALLOWED = False
    before = MarketTime.objects.get()

    with pytest.raises(ReplayRefused):
        services.set_market_clock(actor=SETUP, anchor=NOON, speed=Decimal(600))
    assert MarketTime.objects.get().version == before.version
