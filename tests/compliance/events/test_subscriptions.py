"""Two persons agree to what leaves the house; one stops it, lets it go on, and has it made again."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pydantic import BaseModel

from compliance.commands import OperateSubscription
from compliance.courier import COURIER
from compliance.errors import (
    ApprovalOutdated,
    DeliveryNotFound,
    DeliveryUnderWay,
    PluginUnusable,
    SubscriptionGoesOn,
    SubscriptionNotFound,
    SubscriptionStopped,
    SubscriptionUnfit,
)
from compliance.models import EventDelivery, EventSubscription, Leaf
from compliance.month_reads import months_away
from compliance.plugins.retries import MOST_ATTEMPTS
from compliance.services.approvals import approve
from compliance.services.archives import archive_month
from compliance.services.deliveries import NEVER_ENDED, claim, record_delivered, record_failure, record_gone
from compliance.services.fan_out import fan_out
from compliance.services.repeat_deliveries import repeat_delivery, repeat_parked
from compliance.services.sign_checkpoint import sign_checkpoint
from compliance.services.subscriptions import resume_subscription, stop_subscription
from orders.kernel.clock import recorded_now
from orders.kernel.context import process_actor
from orders.kernel.errors import NotPermitted
from tests.compliance.events.subscribing import HEARD, LATER, Listener, People, as_found
from tests.compliance.log import indexed, integrate, record
from tests.compliance.months import open_next_month
from tests.conftest import CommittedDatabase
from tests.world import World

WHY = OperateSubscription(reason="looked into it")
LEASE = timedelta(seconds=35)


@pytest.fixture
def people(world: World) -> People:
    return People(world)


def _last_leaf() -> Leaf:
    return Leaf.events.latest("id")


def _follow(row: EventSubscription) -> None:
    """Sequence what there is, and fan it out."""
    integrate()
    while fan_out(subscription_id=row.pk, recorded_at=recorded_now()):
        pass


def _claim(row: EventSubscription, **changes: Any) -> list[Any]:
    terms = {"most": 10, "recorded_at": recorded_now(), "lease": LEASE, **changes}
    return claim(subscription_id=row.pk, **terms)


def test_what_is_agreed_to_hears_from_then_on(people: People) -> None:
    record("before")
    integrate()
    row = people.subscribe()
    record("after")
    _follow(row)

    (claimed,) = _claim(row)

    assert claimed.delivery.entry["object"]["id"] == "after"
    assert (claimed.delivery.event, claimed.delivery.attempt) == (HEARD, 1)
    assert claimed.parameters == {
        "url": "https://receiver.example/in",
        "secret_name": "DESK",
        "timeout_s": 10,
    }


def test_nothing_is_heard_before_another_person_agrees(people: People) -> None:
    approval = people.ask()

    with pytest.raises(NotPermitted):
        approve(actor=people.operator, approval_id=approval.pk, reason="mine")

    assert not EventSubscription.objects.exists()


def test_it_may_begin_in_the_past_of_the_log(people: People) -> None:
    record("one", "two")
    integrate()
    row = people.subscribe(from_sequence=0)
    _follow(row)

    assert [each.delivery.entry["object"]["id"] for each in _claim(row)] == ["one", "two"]


def test_other_terms_of_the_same_name_go_on_where_it_is(people: People) -> None:
    first = people.subscribe()
    record("heard")
    _follow(first)
    where = EventSubscription.objects.get().next_sequence

    changed = people.subscribe(events=["OrderPlaced", "OrderCanceled", "OrderPlaced"])

    assert (changed.pk, changed.version, changed.next_sequence) == (first.pk, 2, where)
    assert changed.events == ["OrderCanceled", "OrderPlaced"]
    assert _last_leaf().action == "SubscriptionSet"


def test_an_approval_dies_where_the_subscription_has_changed_since(people: People) -> None:
    people.subscribe()
    late = people.ask(events=["OrderPlaced"])
    people.subscribe(events=["OrderCanceled"])

    with pytest.raises(ApprovalOutdated):
        approve(actor=people.officer, approval_id=late.pk, reason="late")


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"plugin": "nobody"}, PluginUnusable, "no plugin nobody"),
        ({"events": ["OrderPlaced", "OrderEaten"]}, SubscriptionUnfit, "OrderEaten"),
        ({"from_sequence": 10_000}, SubscriptionUnfit, "not so long"),
        ({"parameters": {"url": "ftp://x", "secret_name": "A"}}, SubscriptionUnfit, "url"),
        (
            {"parameters": {"url": "https://u:p@x.example/", "secret_name": "A"}},
            SubscriptionUnfit,
            "password",
        ),
        ({"parameters": {"url": "https://x.example/?key=1", "secret_name": "A"}}, SubscriptionUnfit, "query"),
        (
            {"parameters": {"url": "https://x.example/", "secret_name": "whsec_x"}},
            SubscriptionUnfit,
            "secret_name",
        ),
    ],
)
def test_what_cannot_be_is_refused_when_it_is_asked_for(
    people: People, changes: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        people.ask(**changes)


def test_parameters_that_the_log_cannot_keep_are_refused(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Ratio(BaseModel):
        share: float

    listener = Listener()
    listener.Parameters = Ratio  # type: ignore[assignment]
    known = as_found(ratio=listener)
    monkeypatch.setattr("compliance.services.subscriptions.found_plugins", lambda: known)

    with pytest.raises(SubscriptionUnfit, match="float has no canonical form"):
        people.ask(plugin="ratio", parameters={"share": 0.5})


def test_what_has_begun_has_no_other_beginning(people: People) -> None:
    people.subscribe()
    with pytest.raises(SubscriptionUnfit, match="has begun"):
        people.ask(from_sequence=0)


def test_who_may_not_everywhere_may_not(world: World, people: People) -> None:
    row = people.subscribe()
    people.operator = world.trader
    with pytest.raises(NotPermitted):
        people.ask(name="mine")
    with pytest.raises(NotPermitted):
        stop_subscription(actor=world.auditor, subscription_id=row.pk, command=WHY)


def test_what_stands_still_delivers_nothing_and_misses_nothing(people: People) -> None:
    row = people.subscribe()
    stop_subscription(actor=people.operator, subscription_id=row.pk, command=WHY)
    record("meanwhile")
    _follow(row)
    assert (_claim(row), EventDelivery.objects.count()) == ([], 0)
    with pytest.raises(SubscriptionStopped):
        stop_subscription(actor=people.operator, subscription_id=row.pk, command=WHY)

    resume_subscription(actor=people.operator, subscription_id=row.pk, command=WHY)
    _follow(row)

    assert [each.delivery.entry["object"]["id"] for each in _claim(row)] == ["meanwhile"]
    with pytest.raises(SubscriptionGoesOn):
        resume_subscription(actor=people.operator, subscription_id=row.pk, command=WHY)
    assert [each.action for each in Leaf.events.order_by("-id")[:1]] == ["SubscriptionResumed"]
    with pytest.raises(SubscriptionNotFound):
        resume_subscription(actor=people.operator, subscription_id=uuid4(), command=WHY)


def test_what_is_claimed_is_anothers_only_after_the_lease(people: People) -> None:
    row = people.subscribe()
    record("once")
    _follow(row)
    (first,) = _claim(row)

    assert _claim(row) == []
    (second,) = _claim(row, recorded_at=recorded_now() + LEASE)

    assert (second.delivery.id, second.delivery.attempt) == (first.delivery.id, 2)
    # The first comes back after all: it failed, which is no word on the second; or it was made, which is one.
    record_failure(delivery_id=first.delivery_id, attempt=1, error="late", recorded_at=LATER)
    assert EventDelivery.objects.get().last_error == ""
    record_delivered(delivery_id=first.delivery_id, recorded_at=recorded_now())
    record_failure(delivery_id=second.delivery_id, attempt=2, error="too late", recorded_at=LATER)
    assert EventDelivery.objects.get().state == "delivered"


def test_what_fails_too_often_is_parked_with_its_error_and_made_again_under_its_id(people: People) -> None:
    row = people.subscribe()
    record("unwanted")
    _follow(row)
    at, waits = recorded_now(), []
    for _ in range(MOST_ATTEMPTS):
        (claimed,) = _claim(row, recorded_at=at)
        attempt = claimed.delivery.attempt
        record_failure(delivery_id=claimed.delivery_id, attempt=attempt, error="no", recorded_at=at)
        due = EventDelivery.objects.get().next_attempt_at
        waits.append(None if due is None else (due - at).total_seconds())
        at = due or at

    parked = EventDelivery.objects.get()
    assert (parked.state, parked.attempts, parked.last_error) == ("parked", MOST_ATTEMPTS, "no")
    assert waits[-1] is None
    for wait, usual in zip(waits[:-1], (5, 20, 80, 320, 1280, 5120, 20480, 21600), strict=True):
        assert wait is not None
        assert 0.8 * usual <= wait <= 1.2 * usual
    assert _claim(row, recorded_at=LATER) == []

    assert repeat_parked(actor=people.operator, subscription_id=row.pk, command=WHY) == 1

    (again,) = _claim(row)
    assert (again.delivery_id, again.delivery.attempt) == (parked.pk, 1)
    assert json.loads(_last_leaf().body)["facts"]["number"] == 1
    assert repeat_parked(actor=people.operator, subscription_id=row.pk, command=WHY) == 0


def test_a_delivery_of_which_no_attempt_comes_to_an_end_is_parked(people: People) -> None:
    row = people.subscribe()
    record("deadly")
    _follow(row)
    at = recorded_now()
    for _ in range(MOST_ATTEMPTS):
        assert len(_claim(row, recorded_at=at)) == 1
        at += LEASE

    assert _claim(row, recorded_at=at) == []
    assert (EventDelivery.objects.get().state, EventDelivery.objects.get().last_error) == (
        "parked",
        NEVER_ENDED,
    )


def test_one_delivery_is_made_again_whether_it_was_made_or_parked_but_not_while_it_waits(
    people: People,
) -> None:
    row = people.subscribe()
    record("again")
    _follow(row)
    (claimed,) = _claim(row)
    with pytest.raises(DeliveryUnderWay):
        repeat_delivery(actor=people.operator, delivery_id=claimed.delivery_id, command=WHY)
    record_delivered(delivery_id=claimed.delivery_id, recorded_at=recorded_now())

    repeat_delivery(actor=people.operator, delivery_id=claimed.delivery_id, command=WHY)

    assert [each.delivery.id for each in _claim(row)] == [claimed.delivery.id]
    with pytest.raises(DeliveryNotFound):
        repeat_delivery(actor=people.operator, delivery_id=uuid4(), command=WHY)


def test_a_subscriber_that_is_gone_stops_its_subscription_once_and_the_delivery_waits(people: People) -> None:
    row = people.subscribe()
    record("one", "two")
    _follow(row)
    for claimed in _claim(row):
        record_gone(
            actor=COURIER,
            delivery_id=claimed.delivery_id,
            attempt=claimed.delivery.attempt,
            error="410",
            recorded_at=recorded_now(),
        )

    record_gone(  # of a delivery that another attempt is at meanwhile
        actor=COURIER, delivery_id=claimed.delivery_id, attempt=7, error="late", recorded_at=LATER
    )
    stopped = EventSubscription.objects.get()
    assert (stopped.stopped_because, stopped.version) == ("410", 2)
    assert Leaf.events.filter(action="SubscriptionEndedByPlugin").count() == 1
    resume_subscription(actor=people.operator, subscription_id=row.pk, command=WHY)
    assert len(_claim(row)) == 2


def test_nothing_begins_in_a_month_that_is_archived_when_asked_or_when_agreed(
    committed_world: World, committed_database: CommittedDatabase, tmp_path: Path
) -> None:
    people = People(committed_world)
    ended, _begun = open_next_month(committed_database)
    asked = people.ask(name="early", from_sequence=0)
    indexed()
    sign_checkpoint()
    archive_month(actor=process_actor("archivist"), month=ended, folder=tmp_path)
    first = months_away()[0].end_sequence

    with pytest.raises(SubscriptionUnfit, match=f"{ended:%Y-%m} are archived: begin at entry {first}"):
        approve(actor=people.officer, approval_id=asked.pk, reason="it may leave the house")
    with pytest.raises(SubscriptionUnfit, match="are archived"):
        people.ask(from_sequence=first - 1)
    assert people.subscribe(from_sequence=first).next_sequence == first
