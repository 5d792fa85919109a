"""A throttle is let go by a named person, who may do so where the limit is held; the record of it stays."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from compliance.models import Leaf
from orders import services
from orders.errors import ThrottleNotFound
from orders.kernel.context import Actor, NotAPerson
from orders.kernel.errors import NotPermitted
from orders.limit_kinds import LimitKind
from orders.models import Limit, ThrottleReset, User
from orders.permissions import RESET_THROTTLES, VIEW_LIMITS
from tests.tokens import EVERYTHING
from tests.world import SETUP, World, person


def throttle(holder: Any, kind: LimitKind = LimitKind.REPEATED_EXECUTIONS) -> Limit:
    return services.register_limit(actor=SETUP, kind=kind, value=Decimal(3), holder=holder)


def supervisor(scope: Any, name: str = "supervisor") -> Actor:
    return person(name, scope, (VIEW_LIMITS, RESET_THROTTLES))


@pytest.mark.parametrize("scope", ["firm", "desk", "account"])
def test_who_may_reset_throttles_of_the_holder_does_and_it_is_kept_with_a_leaf(
    world: World, scope: str
) -> None:
    limit, actor = throttle(getattr(world, scope)), supervisor(getattr(world, scope))

    reset = services.reset_throttle(actor=actor, limit_id=limit.pk, reason="the loop is mended")

    kept = ThrottleReset.objects.get()
    assert (kept, kept.limit, kept.reset_by_id, kept.reason) == (
        reset,
        limit,
        actor.user_id,
        "the loop is mended",
    )
    leaf = Leaf.objects.get(action="ThrottleWasReset")
    assert (leaf.object_type, leaf.object_id, leaf.actor) == ("limit", str(limit.pk), actor.reference)
    assert str(reset.pk) in str(leaf.body)
    assert "the loop is mended" not in str(leaf.body)


def test_who_only_sees_the_throttle_and_who_does_not_even_see_it_leave_it_as_it_is(world: World) -> None:
    limit = throttle(world.firm)

    with pytest.raises(NotPermitted):
        services.reset_throttle(
            actor=person("onlooker", world.firm, (VIEW_LIMITS,)), limit_id=limit.pk, reason="please"
        )
    with pytest.raises(ThrottleNotFound):
        services.reset_throttle(actor=supervisor(world.desk), limit_id=limit.pk, reason="please")
    assert not ThrottleReset.objects.exists()


def test_a_traders_throttle_takes_the_permission_everywhere(world: World) -> None:
    limit = throttle(User.objects.get(pk=world.trader.user_id))
    reset = services.reset_throttle(actor=supervisor(world.firm), limit_id=limit.pk, reason="known")
    assert reset.limit == limit

    # The trader sees it, and has no say in it.
    with pytest.raises(NotPermitted):
        services.reset_throttle(actor=world.trader, limit_id=limit.pk, reason="my own")


def test_another_kind_an_ended_one_and_none_at_all_are_no_throttle(world: World) -> None:
    actor = supervisor(world.firm)
    other_kind = throttle(world.desk, LimitKind.ORDERS_PER_MINUTE)
    ended = throttle(world.desk)
    Limit.objects.filter(pk=ended.pk).update(ended_at="2026-03-02T12:00:00Z")

    for limit_id in (other_kind.pk, ended.pk, uuid4()):
        with pytest.raises(ThrottleNotFound):
            services.reset_throttle(actor=actor, limit_id=limit_id, reason="please")


def test_a_process_is_nobody_by_name(world: World) -> None:
    with pytest.raises(NotAPerson):
        services.reset_throttle(actor=SETUP, limit_id=throttle(world.desk).pk, reason="nightly")


def client_of(actor: Actor) -> APIClient:
    client = APIClient()
    client.force_authenticate(User.objects.get(pk=actor.user_id), EVERYTHING)
    return client


def test_the_api_answers_with_the_record(world: World) -> None:
    limit, actor = throttle(world.desk), supervisor(world.desk)

    answer = client_of(actor).post(f"/api/v1/limits/{limit.pk}/reset", {"reason": "mended"}, format="json")

    assert answer.status_code == 201
    found = answer.json()
    assert (found["limit_id"], found["reset_by"], found["reason"]) == (
        str(limit.pk),
        str(actor.user_id),
        "mended",
    )


def test_the_api_asks_for_a_reason_and_hides_what_is_hidden(world: World) -> None:
    limit = throttle(world.desk)
    address = f"/api/v1/limits/{limit.pk}/reset"

    without = client_of(supervisor(world.desk)).post(address, {}, format="json")
    hidden = client_of(supervisor(world.other_desk, "other")).post(address, {"reason": "x"}, format="json")

    assert (without.status_code, without.json()["errors"][0]["pointer"]) == (400, "/reason")
    assert (hidden.status_code, hidden.json()["code"]) == (404, "RESOURCE_THROTTLE_NOT_FOUND")
