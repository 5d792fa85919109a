"""An override lets the refused terms be placed once by their trader, in time, past the denials that it names."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from multiprocessing.queues import Queue
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders import services
from orders.errors import OverrideNotFound, OverrideNotUsable
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.limit_kinds import LimitKind
from orders.models import Order, Override, RiskDecision
from orders.permissions import OVERRIDE_LIMITS, VIEW_ORDERS
from orders.risk.figures import Outcome
from orders.services.place import Placement
from orders.states import OrderStatus
from tests.orders.test_concurrency import FORK, run_processes
from tests.world import NOON, SETUP, TRADING, World, person

TOO_LARGE = {"quantity": "10001", "limit_price": "100"}


def override_of(world: World, refused: Order, *codes: str) -> Override:
    officer = person(f"officer-{uuid4().hex[:6]}", world.firm, (VIEW_ORDERS, OVERRIDE_LIMITS))
    return services.grant_override(
        actor=officer, order_id=refused.pk, codes=list(codes), expires_in_minutes=15, reason="client's size"
    )


def place_by(world: World, override: Override, actor: Actor | None = None, **changes: Any) -> Placement:
    command = world.command(**{**TOO_LARGE, "override": str(override.pk), **changes})
    return services.place(actor=actor or world.trader, command=command)


def told(kept: RiskDecision) -> list[dict[str, Any]]:
    """What a kept decision says of more than that it passed."""
    return [each for each in kept.findings if isinstance(each, dict)]


@pytest.fixture
def override(world: World) -> Override:
    return override_of(world, world.place(**TOO_LARGE), "RISK_ORDER_QUANTITY")


def test_the_decision_tells_what_was_overridden(world: World, override: Override) -> None:
    placed = place_by(world, override)

    (kept,) = RiskDecision.objects.filter(order=placed.order)
    (waived,) = [each for each in told(kept) if each["outcome"] == Outcome.OVERRIDDEN]
    assert (placed.order.status, kept.is_admitted) == (OrderStatus.NEW, True)
    assert (waived["code"], waived["with_order"], waived["limit"]["value"]) == (
        "RISK_ORDER_QUANTITY",
        "10001",
        "10000",
    )


def test_the_next_limit_to_bind_is_none_that_was_overridden(world: World, override: Override) -> None:
    placed = place_by(world, override)

    assert placed.decision
    assert placed.decision.tightest
    assert placed.decision.tightest.check == LimitKind.POSITION_QUANTITY


def test_the_same_request_again_is_answered_and_uses_nothing(world: World, override: Override) -> None:
    command = world.command(**TOO_LARGE, override=str(override.pk))

    first, again = (services.place(actor=world.trader, command=command) for _ in range(2))

    assert (first.created, again.created, again.order.pk) == (True, False, first.order.pk)


def test_it_is_used_once(world: World, override: Override) -> None:
    place_by(world, override)

    with pytest.raises(OverrideNotUsable, match="has been used"):
        place_by(world, override)


def test_it_expires(world: World, override: Override) -> None:
    Override.objects.filter(pk=override.pk).update(expires_at=recorded_now() - timedelta(seconds=1))

    with pytest.raises(OverrideNotUsable, match="has expired"):
        place_by(world, override)


def test_it_is_nobody_elses(world: World, override: Override) -> None:
    colleague = person("colleague", world.desk, TRADING)

    with pytest.raises(OverrideNotFound):
        place_by(world, override, colleague)
    with pytest.raises(OverrideNotFound):
        place_by(world, Override(pk=uuid4()))


@pytest.mark.parametrize(
    ("changes", "differing"),
    [
        ({"quantity": "10002"}, "quantity"),
        ({"side": "sell"}, "side"),
        ({"limit_price": "99"}, "limit_price"),
        ({"type": "market", "limit_price": None}, "type, limit_price"),
        ({"algorithm": {"name": "manual"}}, "algorithm"),
    ],
)
def test_it_is_for_the_refused_terms_alone(
    world: World, override: Override, changes: dict[str, Any], differing: str
) -> None:
    with pytest.raises(OverrideNotUsable, match=f"other terms: {differing}$"):
        place_by(world, override, **changes)


SPREAD = {"name": "twap", "parameters": {"duration_minutes": 60, "slices": 6}}
LATER = NOON + timedelta(minutes=5)


def spread_over(**parameters: Any) -> dict[str, Any]:
    return {"algorithm": {"name": "twap", "parameters": parameters}}


@pytest.fixture
def of_a_spread(world: World) -> Override:
    """Leave for an order that was to be worked from noon on, in six parts within an hour; five minutes ago."""
    refused = world.place(**TOO_LARGE, algorithm=SPREAD)
    services.set_market_clock(actor=SETUP, anchor=LATER, paused=True)
    return override_of(world, refused, "RISK_ORDER_QUANTITY")


@pytest.mark.parametrize(
    "told",
    [
        {"algorithm": SPREAD},
        spread_over(end="2013-10-04T17:00:00Z", slices=6),
        spread_over(start="2013-10-04T16:00:00Z", end="2013-10-04T17:00:00Z", slices=6),
    ],
    ids=["the same request", "what is left of it", "as the refused order has it"],
)
def test_the_same_schedule_may_begin_later(world: World, of_a_spread: Override, told: dict[str, Any]) -> None:
    assert place_by(world, of_a_spread, **told).order.status == OrderStatus.NEW


@pytest.mark.parametrize(
    "told",
    [
        spread_over(end="2013-10-04T17:00:00Z", slices=1),
        spread_over(duration_minutes=1, slices=6),
        spread_over(end="2013-10-04T16:06:00Z", slices=6),
        spread_over(start="2013-10-04T16:59:00Z", end="2013-10-04T17:00:00Z", slices=6),
        spread_over(end="2013-10-04T17:00:00Z", interval_minutes=10),
    ],
    ids=["at one blow", "in a minute", "sooner", "at the end of it", "in other parts"],
)
def test_leave_for_a_schedule_is_not_leave_for_another(
    world: World, of_a_spread: Override, told: dict[str, Any]
) -> None:
    with pytest.raises(OverrideNotUsable, match=r"other terms: algorithm's parameters$"):
        place_by(world, of_a_spread, **told)


def test_a_denial_that_it_does_not_name_still_refuses_and_leaves_it_unused(world: World) -> None:
    override = override_of(world, world.place(quantity="20001"), "RISK_ORDER_QUANTITY")

    refused = place_by(world, override, quantity="20001").order

    override.refresh_from_db()
    assert (refused.status, refused.denial_code) == (OrderStatus.REJECTED, "RISK_POSITION_LIMIT")
    assert override.used_at is None


@pytest.mark.parametrize(
    ("kind", "of_the_account", "of_the_firm"),
    [
        (LimitKind.ORDER_MINIMUM_QUANTITY, "500", "400"),
        (LimitKind.GROSS_NOTIONAL, "5000", "6000"),
    ],
)
def test_leave_to_pass_one_limit_is_not_leave_to_pass_another_by_the_same_code(
    world: World, kind: LimitKind, of_the_account: str, of_the_firm: str
) -> None:
    own = services.register_limit(actor=SETUP, kind=kind, value=Decimal(of_the_account), holder=world.account)
    refused = world.place()
    override = override_of(world, refused, refused.denial_code)
    firms = services.register_limit(actor=SETUP, kind=kind, value=Decimal(of_the_firm), holder=world.firm)

    again = place_by(world, override, quantity="100")

    override.refresh_from_db()
    assert (again.order.denial_code, override.used_at) == (refused.denial_code, None)
    (kept,) = RiskDecision.objects.filter(order=again.order)
    outcomes = {each["limit"]["id"]: each["outcome"] for each in told(kept) if each["check"] == kind}
    assert outcomes == {str(own.pk): Outcome.OVERRIDDEN, str(firms.pk): Outcome.DENIED}


def test_a_refusal_names_all_that_an_override_would_have_to_waive(world: World) -> None:
    refused = world.place(quantity="20001")

    (kept,) = RiskDecision.objects.filter(order=refused)
    denied = [each["code"] for each in told(kept) if each["outcome"] == Outcome.DENIED]
    assert denied == ["RISK_ORDER_QUANTITY", "RISK_POSITION_LIMIT"]
    assert place_by(world, override_of(world, refused, *denied), quantity="20001").order.status == "new"


def test_a_preview_by_it_tells_what_it_would_waive_and_uses_nothing(world: World, override: Override) -> None:
    command = world.command(**TOO_LARGE, override=str(override.pk))

    decision = services.preview(actor=world.trader, command=command)

    override.refresh_from_db()
    assert decision.is_admitted
    assert Outcome.OVERRIDDEN in {each.outcome for each in decision.findings}
    assert override.used_at is None


def test_a_preview_by_it_locks_nothing(world: World, override: Override) -> None:
    command = world.command(**TOO_LARGE, override=str(override.pk))

    with CaptureQueriesContext(connection) as queries:
        assert services.preview(actor=world.trader, command=command).is_admitted

    assert not [query for query in queries if "UPDATE" in query["sql"]]


def test_what_one_override_let_pass_the_next_one_can_too(world: World, override: Override) -> None:
    services.register_limit(
        actor=SETUP, kind=LimitKind.GROSS_NOTIONAL, value=Decimal(500_000), holder=world.desk
    )
    again = place_by(world, override).order
    assert again.denial_code == "RISK_GROSS_LIMIT"

    both = override_of(world, again, "RISK_ORDER_QUANTITY", "RISK_GROSS_LIMIT")

    assert place_by(world, both).order.status == OrderStatus.NEW


def use(world: World, terms: dict[str, str], outcomes: "Queue[str]") -> None:
    try:
        outcomes.put(
            str(
                services.place(
                    actor=world.trader, command=world.command(**terms, client_order_id=uuid4().hex)
                ).order.status
            )
        )
    except OverrideNotUsable:
        outcomes.put("used")


def test_of_many_who_use_it_at_once_one_does(committed_world: World) -> None:
    world = committed_world
    override = override_of(world, world.place(**TOO_LARGE), "RISK_ORDER_QUANTITY")

    command = {**TOO_LARGE, "override": str(override.pk)}
    outcomes: Queue[str] = FORK.Queue()

    run_processes([partial(use, world, command, outcomes)] * 4)

    assert sorted(outcomes.get(timeout=60) for _ in range(4)) == ["new", "used", "used", "used"]
    override.refresh_from_db()
    assert Order.objects.get(pk=override.used_by_id).status == "new"
