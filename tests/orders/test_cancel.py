"""Cancelling an order. Nothing of these orders is at a venue yet, so a cancel is confirmed at once."""

import pytest

from orders import services
from orders.commands import CancelOrder
from orders.errors import OrderNotFound, OrderNotOpen
from orders.kernel.errors import NotPermitted
from orders.models import Order, OrderRequest, OrderRevision, Position, Replacement
from tests.orders.fills import fill
from tests.world import World


def cancel(world: World, order: Order, reason: str | None = None) -> Order:
    return services.cancel(actor=world.trader, order_id=order.pk, command=CancelOrder(reason=reason))


def test_a_cancelled_order_gives_its_exposure_back(world: World) -> None:
    order = cancel(world, world.place())

    assert (order.status, order.leaves_quantity) == ("canceled", 0)
    assert Position.objects.get().open_buy_quantity == 0


def test_the_reason_is_kept(world: World) -> None:
    order = cancel(world, world.place(), reason="client changed its mind")

    requested = OrderRevision.objects.get(order=order, event="CancelRequested")
    assert requested.facts["details"]["reason"] == "client changed its mind"
    assert requested.actor == world.trader.reference


def test_a_partly_filled_order_keeps_its_fills(world: World) -> None:
    order = world.place()
    fill(order, "40")

    assert cancel(world, order).status == "canceled"
    assert Position.objects.get().net_quantity == 40


def test_asking_again_while_it_is_pending_changes_nothing(world: World) -> None:
    order = world.place(algorithm={"name": "manual"})
    first = cancel(world, order)

    assert cancel(world, order).version == first.version


def test_what_has_ended_is_not_cancelled(world: World) -> None:
    order = cancel(world, world.place())

    with pytest.raises(OrderNotOpen):
        cancel(world, order)


def test_who_may_not_see_an_order_does_not_find_it(world: World) -> None:
    order = world.place()

    with pytest.raises(OrderNotFound):
        services.cancel(actor=world.stranger, order_id=order.pk, command=CancelOrder())


def test_who_may_only_look_does_not_cancel(world: World) -> None:
    order = world.place()

    with pytest.raises(NotPermitted):
        services.cancel(actor=world.auditor, order_id=order.pk, command=CancelOrder())


def test_a_cancel_of_what_was_filled_while_its_replace_was_pending_comes_too_late(world: World) -> None:
    order = world.place()
    # What the rows look like while the venue has not let go of the old terms.
    Order.objects.filter(pk=order.pk).update(status="pending_replace")
    request = OrderRequest.objects.create(
        order=order,
        account=order.account,
        kind="replace",
        client_order_id="smaller",
        orig_client_order_id=order.client_order_id,
        digest="",
        recorded_at=order.recorded_at,
    )
    Replacement.objects.create(
        request=request, order=order, terms_revision=2, quantity=80, recorded_at=order.recorded_at
    )
    fill(order, "100")

    assert cancel(world, order).status == "filled"
    assert OrderRevision.objects.filter(order=order).order_by("version").last().event == "CancelRejected"
    assert not OrderRequest.objects.filter(state="pending").exists()
