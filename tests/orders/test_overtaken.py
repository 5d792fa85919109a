"""The same request twice at the same moment, held up at the very point where the other one overtakes it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from django.db import IntegrityError, connection

from orders import services
from orders.commands import PlaceOrder
from orders.hooks import hooks
from orders.limit_kinds import LimitKind
from orders.models import Limit, Order
from orders.services import Placement
from tests.world import World

placing = import_module("orders.services.place")  # the package exports a function of this name


def overtaking(world: World, command: PlaceOrder, held_up: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap `held_up`: its first call waits until the same command was placed on another connection."""
    overtaken: list[Placement] = []

    def place_on_another_connection() -> Placement:
        try:
            return services.place(actor=world.trader, command=command)
        finally:
            connection.close()

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if not overtaken:
            overtaken.append(Placement(Order(), created=False))  # the other one is not held up
            with ThreadPoolExecutor(1) as other:
                overtaken.append(other.submit(place_on_another_connection).result())
        return held_up(*args, **kwargs)

    return wrapped


def test_a_request_that_another_overtook_gets_the_other_ones_order(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = committed_world.command()
    held_up = overtaking(committed_world, command, hooks.instruction_validator)
    monkeypatch.setattr(hooks, "instruction_validator", held_up)

    placement = services.place(actor=committed_world.trader, command=command)

    assert not placement.created
    assert placement.order == Order.objects.get()


def test_a_refusal_that_another_overtook_is_the_other_ones_refusal(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    Limit.objects.filter(kind=LimitKind.POSITION_QUANTITY).update(value=Decimal(99))
    command = committed_world.command()
    held_up = overtaking(committed_world, command, placing._keep_rejected)
    monkeypatch.setattr(placing, "_keep_rejected", held_up)

    placement = services.place(actor=committed_world.trader, command=command)

    assert not placement.created
    assert placement.order == Order.objects.get()
    assert placement.order.denial_code == "RISK_POSITION_LIMIT"


def test_a_constraint_that_is_not_about_the_request_itself_is_an_error(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:

    def broken(*_args: Any, **_kwargs: Any) -> None:
        raise IntegrityError("some other constraint")

    monkeypatch.setattr(placing.exposure, "reserve_locked", broken)
    with pytest.raises(IntegrityError, match="some other constraint"):
        world.place()
