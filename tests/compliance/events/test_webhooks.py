"""Webhooks to a real receiver in another process, by couriers that are processes too, and may be killed."""

import base64
import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from standardwebhooks import Webhook as OutsideVerifier

from compliance.commands import OperateSubscription
from compliance.models import EventDelivery, EventSubscription
from compliance.services.subscriptions import resume_subscription
from orders.kernel.clock import recorded_now
from tests.compliance.events.subscribing import HEARD, People
from tests.compliance.log import integrate, record
from tests.conftest import CommittedDatabase
from tests.execution.site import Site, wait_until
from tests.world import World

OLD, NEW = ("whsec_" + base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2))
COURIER = [sys.executable, "manage.py", "event_courier"]


class Receiving:
    """The receiver's side: what came, and how it answers from now on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def answers(self, status: int, *, seconds: float = 0.0) -> None:
        part = self.folder / "answer.part"
        part.write_text(f"{status} {seconds}")
        part.rename(self.folder / "answer")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{(self.folder / 'port').read_text()}/in"

    @property
    def came(self) -> list[dict[str, Any]]:
        requests = self.folder / "requests"
        return [json.loads(line) for line in requests.read_text().splitlines()] if requests.exists() else []

    @property
    def ids(self) -> list[str]:
        return [each["headers"]["webhook-id"] for each in self.came]


@pytest.fixture
def people(committed_world: World) -> People:
    return People(committed_world)


@pytest.fixture
def site(committed_database: CommittedDatabase, tmp_path: Path) -> Iterator[Site]:
    site = Site(committed_database, tmp_path)
    site.environment |= {"QTWEB_WEBHOOK_INNER_HOSTS": "127.0.0.1", "WEBHOOK_SECRET_DESK": f"{NEW} {OLD}"}
    yield site
    site.stop()


@pytest.fixture
def receiving(people: People, site: Site, tmp_path: Path) -> Receiving:
    receiving = Receiving(tmp_path)
    receiving.answers(200)
    site.run("receiver", [sys.executable, "-m", "tests.compliance.events.receiver", str(tmp_path)])
    wait_until((tmp_path / "port").exists, "the receiver listens")
    return receiving


def _subscribe(
    people: People, receiving: Receiving, *, timeout_s: int = 20, **changes: Any
) -> EventSubscription:
    parameters = {"url": receiving.url, "secret_name": "DESK", "timeout_s": timeout_s}
    return people.subscribe(parameters=parameters, **changes)


def _tell(*names: str) -> None:
    record(*names)
    integrate()


def _delivered() -> int:
    return EventDelivery.objects.filter(state="delivered").count()


def _try_now() -> None:
    """As if the time to the next attempt had passed."""
    EventDelivery.objects.filter(state="waiting").update(next_attempt_at=recorded_now())


def test_every_event_comes_once_though_two_couriers_work_and_anybody_can_verify_it(
    people: People, site: Site, receiving: Receiving
) -> None:
    _subscribe(people, receiving)
    for name in ("first", "second"):
        site.run(name, COURIER)

    for batch in range(5):
        _tell(*(f"thing-{batch}-{number}" for number in range(8)))

    wait_until(lambda: _delivered() == 40, "all are delivered")
    assert site.is_running("first")
    assert site.is_running("second")
    told = [json.loads(each["body"])["data"]["entry"]["object"]["id"] for each in receiving.came]
    assert sorted(told) == sorted(f"thing-{batch}-{number}" for batch in range(5) for number in range(8))
    assert len(set(receiving.ids)) == 40
    for each in receiving.came:
        for secret in (OLD, NEW):  # while one takes the other's place, either opens it
            assert OutsideVerifier(secret).verify(each["body"], each["headers"])["type"] == HEARD
    assert {each["headers"]["host"] for each in receiving.came} == {receiving.url.split("/")[2]}


def test_a_courier_killed_between_call_and_record_loses_nothing_and_tells_it_under_the_same_id(
    people: People, site: Site, receiving: Receiving
) -> None:
    _subscribe(people, receiving)
    receiving.answers(200, seconds=5)
    site.run("courier", COURIER)
    _tell("precious")
    wait_until(lambda: len(receiving.came) == 1, "the message is under way")

    site.kill("courier")

    assert EventDelivery.objects.get().state == "waiting"
    receiving.answers(200)
    EventDelivery.objects.update(next_attempt_at=recorded_now() - timedelta(seconds=1))  # the lease has ended
    site.run("another", COURIER)
    wait_until(lambda: _delivered() == 1, "another delivers it")
    assert receiving.ids == [str(EventDelivery.objects.get().pk)] * 2
    assert EventDelivery.objects.get().attempts == 2


def test_what_fails_is_slow_redirects_or_is_down_is_tried_again_with_its_error(
    people: People, site: Site, receiving: Receiving
) -> None:
    _subscribe(people, receiving, timeout_s=2)
    site.run("courier", COURIER)
    receiving.answers(500)
    _tell("troubled")

    def failed(attempt: int, words: str) -> None:
        wait_until(
            lambda: EventDelivery.objects.filter(attempts=attempt, last_error__contains=words).exists(),
            f"attempt {attempt} says {words}",
        )

    failed(1, "answered 500")
    receiving.answers(302)
    _try_now()
    failed(2, "answered 302")
    receiving.answers(200, seconds=4)
    _try_now()
    failed(3, "ReadTimeoutError")
    site.kill("receiver")
    _try_now()
    failed(4, "NewConnectionError")
    assert not (receiving.folder / "followed").exists()
    assert len(set(receiving.ids)) == 1


def test_a_receiver_that_is_gone_stops_its_subscription_and_no_other(
    people: People, site: Site, receiving: Receiving
) -> None:
    gone = _subscribe(people, receiving)
    receiving.answers(410)
    site.run("courier", COURIER)
    _tell("unwanted")

    wait_until(
        lambda: EventSubscription.objects.filter(stopped_because__contains="410").exists(), "it is stopped"
    )

    receiving.answers(200)
    _subscribe(people, receiving, name="other")
    _tell("wanted")
    wait_until(lambda: _delivered() == 1, "the other goes on")
    resume_subscription(
        actor=people.operator, subscription_id=gone.pk, command=OperateSubscription(reason="they are back")
    )
    wait_until(lambda: _delivered() == 3, "what it missed is delivered")


def test_a_courier_outlives_a_database_that_goes_away(
    people: People, site: Site, receiving: Receiving, committed_database: CommittedDatabase
) -> None:
    _subscribe(people, receiving)
    site.environment["QTWEB_CONNECT_TIMEOUT_S"] = "2"
    site.run("courier", COURIER)
    _tell("before")
    wait_until(lambda: _delivered() == 1, "it works")

    with committed_database.away():
        wait_until(lambda: "the database does not answer" in site.log("courier"), "the courier notices")
    connection.close()
    _tell("after")

    wait_until(lambda: _delivered() == 2, "it works again", seconds=30)
    assert site.is_running("courier")
