"""The same request twice at the same moment, held up at the very point where the other one overtakes it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from django.db import IntegrityError, connection

from orders import services
from orders.commands import AmendOrder, PlaceOrder
from orders.errors import ClientOrderIdUsed, RiskRefused
from orders.limit_kinds import LimitKind
from orders.models import Limit, Order, OrderRequest, OrderRevision, Refusal
from orders.services import Placement
from tests.orders.held_up import PATIENCE_S, HeldUp, await_waiting, sessions
from tests.orders.test_override_use import TOO_LARGE, override_of
from tests.world import World

# The package exports functions of these names.
placing, amending = (import_module(f"orders.services.{name}") for name in ("place", "amend"))


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


def placed_twice_at_once(
    world: World, command: PlaceOrder, monkeypatch: pytest.MonkeyPatch
) -> tuple[Placement, Placement]:
    """Place the command, and again while the first is not committed yet."""
    under_way = HeldUp(placing.judge_exposure)
    monkeypatch.setattr(placing, "judge_exposure", under_way)
    with sessions(2) as start:
        first = start(lambda: services.place(actor=world.trader, command=command))
        assert under_way.reached.wait(PATIENCE_S)
        again = start(lambda: services.place(actor=world.trader, command=command))
        await_waiting()
        under_way.let_go.set()
        return first.result(PATIENCE_S), again.result(PATIENCE_S)


def test_a_request_that_another_overtook_gets_the_other_ones_order(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, again = placed_twice_at_once(committed_world, committed_world.command(), monkeypatch)

    assert (first.created, again.created) == (True, False)
    assert first.order == again.order == Order.objects.get()


def test_a_request_by_an_override_that_another_overtook_gets_the_other_ones_order(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = committed_world
    override = override_of(world, world.place(**TOO_LARGE), "RISK_ORDER_QUANTITY")
    command = world.command(**TOO_LARGE, override=str(override.pk))

    first, again = placed_twice_at_once(world, command, monkeypatch)

    assert (first.created, again.created) == (True, False)
    assert first.order == again.order == Order.objects.get(status="new")
    override.refresh_from_db()
    assert override.used_by == first.order
    assert not Refusal.objects.exists()


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


AMENDMENT = AmendOrder.model_validate({"quantity": "10001", "client_order_id": "mine"})


def refused_amendment(world: World, order: Order) -> RiskRefused:
    with pytest.raises(RiskRefused) as refused:
        services.amend(actor=world.trader, order_id=order.pk, command=AMENDMENT, expected_revision=1)
    return refused.value


def test_a_refused_amendment_that_another_overtook_is_refused_as_the_other_was(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, order = committed_world, committed_world.place()
    overtaken = HeldUp(amending._keep_refusal)
    monkeypatch.setattr(amending, "_keep_refusal", overtaken)

    with sessions(1) as start:
        first = start(lambda: refused_amendment(world, order))
        assert overtaken.reached.wait(PATIENCE_S)
        again = refused_amendment(world, order)
        overtaken.let_go.set()

    for each in (first.result(PATIENCE_S), again):
        assert (each.code, each.facts["order_id"]) == ("RISK_ORDER_QUANTITY", str(order.pk))
    assert str(first.result()) == str(again)
    assert OrderRequest.objects.get().denial_code == "RISK_ORDER_QUANTITY"
    assert OrderRevision.objects.filter(event="AmendmentRefused").count() == 1


def test_a_refused_amendment_whose_id_a_placement_took_is_told_so(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, order = committed_world, committed_world.place()
    overtaken = HeldUp(amending._keep_refusal)
    monkeypatch.setattr(amending, "_keep_refusal", overtaken)

    with sessions(1) as start:
        amended = start(
            lambda: services.amend(
                actor=world.trader, order_id=order.pk, command=AMENDMENT, expected_revision=1
            )
        )
        assert overtaken.reached.wait(PATIENCE_S)
        assert world.place(client_order_id="mine").status == "new"
        overtaken.let_go.set()

        with pytest.raises(ClientOrderIdUsed):
            amended.result(PATIENCE_S)
    assert not OrderRequest.objects.exists()


def test_a_constraint_that_is_not_about_the_request_itself_is_an_error(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:

    def broken(*_args: Any, **_kwargs: Any) -> None:
        raise IntegrityError("some other constraint")

    monkeypatch.setattr(placing.exposure, "reserve_locked", broken)
    with pytest.raises(IntegrityError, match="some other constraint"):
        world.place()
