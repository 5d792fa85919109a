"""A refused order is placed once by leave of another person: for its terms, for these denials, for a while."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from compliance.models import Leaf
from orders.errors import (
    OrderNotFound,
    OrderNotRefused,
    OverrideCodesUnfit,
    OverrideGrantedAlready,
    OverrideOwnOrder,
)
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.errors import NotPermitted
from orders.models import Order, Override
from orders.permissions import OVERRIDE_LIMITS, VIEW_ORDERS
from orders.services import grant_override, place
from tests.world import SETUP, TRADING, World, person

CODE = "RISK_ORDER_QUANTITY"
TOO_LARGE = {"quantity": "10001"}


@pytest.fixture
def refused(world: World) -> Order:
    order = world.place(**TOO_LARGE)
    assert order.denial_code == CODE
    return order


@pytest.fixture
def officer(world: World) -> Actor:
    return person("officer", world.firm, (VIEW_ORDERS, OVERRIDE_LIMITS))


def granted(actor: Actor, order: Order, **changes: Any) -> Override:
    given = {"codes": [CODE], "expires_in_minutes": 15, "reason": "the client's own size", **changes}
    return grant_override(actor=actor, order_id=order.pk, **given)


def test_another_person_lets_the_trader_place_it_once(world: World, refused: Order, officer: Actor) -> None:
    override = granted(officer, refused)

    again = place(actor=world.trader, command=world.command(**TOO_LARGE, override=str(override.pk))).order

    assert again.status == "new"
    override.refresh_from_db()
    assert (override.used_by_id, override.codes) == (again.pk, [CODE])
    assert override.trader_id == world.trader.user_id
    assert world.place(**TOO_LARGE).status == "rejected"


def test_the_log_names_who_granted_it_and_for_whom(refused: Order, officer: Actor) -> None:
    override = granted(officer, refused)

    leaf = Leaf.events.get(object_id=str(override.pk))
    assert (leaf.action, leaf.actor) == ("OverrideGranted", officer.reference)
    assert str(refused.pk) in leaf.body and str(override.trader_id) in leaf.body
    assert "client's own size" not in leaf.body


def test_it_expires_after_the_minutes_that_were_given(refused: Order, officer: Actor) -> None:
    override = granted(officer, refused, expires_in_minutes=480)

    assert override.expires_at - override.recorded_at == timedelta(hours=8)


@pytest.mark.parametrize(
    "changes",
    [
        {"expires_in_minutes": 481},
        {"expires_in_minutes": 0},
        {"codes": []},
        {"codes": ["not a code"]},
        {"reason": ""},
    ],
)
def test_what_is_no_override_is_refused(refused: Order, officer: Actor, changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        granted(officer, refused, **changes)


def test_the_trader_does_not_override_their_own_refusal(world: World) -> None:
    trader = person("dealer", world.desk, (*TRADING, OVERRIDE_LIMITS))
    order = place(actor=trader, command=world.command(**TOO_LARGE)).order

    with pytest.raises(OverrideOwnOrder):
        granted(trader, order)


def test_overriding_takes_the_right_on_the_account(world: World, refused: Order) -> None:
    with pytest.raises(NotPermitted):
        granted(world.head, refused)
    with pytest.raises(OrderNotFound):
        granted(world.stranger, refused)
    with pytest.raises(OrderNotFound):
        granted(SETUP, refused)


def test_only_what_refused_the_order_and_may_be_waived_is_waived(
    world: World, refused: Order, officer: Actor
) -> None:
    for codes in (["RISK_GROSS_LIMIT"], [CODE, "RISK_RESTRICTED"], ["RISK_NOT_PERMITTED"]):
        with pytest.raises(OverrideCodesUnfit) as error:
            granted(officer, refused, codes=codes)
        assert CODE in error.value.facts["waivable"]


def test_an_order_that_was_admitted_needs_no_override(world: World, officer: Actor) -> None:
    with pytest.raises(OrderNotRefused):
        granted(officer, world.place())


def test_there_is_one_override_at_a_time(refused: Order, officer: Actor) -> None:
    first = granted(officer, refused)
    with pytest.raises(OverrideGrantedAlready) as error:
        granted(officer, refused)
    assert error.value.facts == {"override_id": str(first.pk)}

    Override.objects.filter(pk=first.pk).update(expires_at=recorded_now())
    assert granted(officer, refused).pk != first.pk
