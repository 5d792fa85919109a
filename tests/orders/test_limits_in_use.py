"""How much of a limit is used, as the list of limits shows it."""

from decimal import Decimal
from typing import Any

import pytest

from orders.limit_kinds import LimitKind
from orders.limit_reads import add_use, holder_keys, limits_to_watch
from orders.models import Limit
from orders.models.reference import AssetClass
from orders.services import register_limit
from tests.orders.fills import fill
from tests.world import SETUP, World


def used(world: World, limit: Limit) -> Decimal | None:
    found: Any = limits_to_watch(world.risk_officer).get(pk=limit.pk)
    add_use([found])
    return found.use and found.use.used


def limit_of(kind: LimitKind, holder: Any, subject: Any = None) -> Limit:
    return register_limit(actor=SETUP, kind=kind, value=Decimal(10_000_000), holder=holder, subject=subject)


@pytest.mark.parametrize("whose", ["account", "desk", "firm"])
def test_a_position_limit_shows_the_largest_position_with_open_orders(world: World, whose: str) -> None:
    holder = getattr(world, whose)
    limits = [
        limit_of(LimitKind.POSITION_QUANTITY, holder, subject)
        for subject in (None, world.instrument, AssetClass.EQUITY, AssetClass.BOND)
    ]
    fill(world.place(quantity="4000"), "1000")
    world.place(quantity="500", side="sell")

    assert [used(world, limit) for limit in limits] == [4000, 4000, 4000, 0]


@pytest.mark.parametrize("whose", ["account", "desk", "firm"])
def test_exposure_shows_what_the_holder_has_at_worst(world: World, whose: str) -> None:
    holder = getattr(world, whose)
    fill(world.place(quantity="400"), "100")
    kinds = (LimitKind.GROSS_NOTIONAL, LimitKind.NET_NOTIONAL, LimitKind.DAY_LOSS, LimitKind.ORDER_QUANTITY)
    gross, net, loss, per_order = (limit_of(kind, holder) for kind in kinds)

    assert used(world, gross) == 40_000
    assert used(world, net) == 40_000
    assert used(world, loss) is None
    assert used(world, per_order) is None


def test_credit_shows_what_is_missing_in_cash(world: World) -> None:
    limit = limit_of(LimitKind.CREDIT_NOTIONAL, world.desk)
    assert used(world, limit) == 0

    assert world.place(quantity="400").status == "new"

    assert used(world, limit) == 40_000


def test_the_list_can_be_narrowed_to_each_holder(world: World) -> None:
    limit_of(LimitKind.GROSS_NOTIONAL, world.firm)
    limit_of(LimitKind.ORDER_QUANTITY, None, AssetClass.BOND)

    keys = holder_keys(world.risk_officer)

    assert keys[:3] == ["0 firm ATLAS", "2 account ALPHA", "2 account BETA"]
    assert keys[-1] == "4 everybody"
    assert holder_keys(world.nobody) == []
