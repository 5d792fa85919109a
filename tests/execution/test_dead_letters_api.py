"""Dead letters in the API: listed page by page, retried and discarded with a reason, each refusal by its code."""

from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from execution.models import Run
from orders.kernel.clock import recorded_now
from orders.permissions import SETTLE_OPERATIONS, VIEW_OPERATIONS, VIEW_ORDERS
from tests.orders.api.conftest import client_of
from tests.world import World, person

URL = "/api/v1/dead_letters"
WHY = {"reason": "the algorithm is back"}


@pytest.fixture
def operator(world: World) -> APIClient:
    return client_of(person("operator", world.desk, (VIEW_ORDERS, VIEW_OPERATIONS, SETTLE_OPERATIONS)))


def dead_runs(world: World, number: int) -> list[Run]:
    """So many orders that could not be planned, oldest first."""
    for _ in range(number):
        world.place()
    Run.objects.update(dead_lettered_at=recorded_now(), attempts=5, last_error="UnknownAlgorithm: gone")
    return list(Run.objects.order_by("pk"))


def test_dead_letters_come_in_pages_oldest_row_first(world: World, operator: APIClient) -> None:
    runs = dead_runs(world, 3)

    first = operator.get(URL, {"limit": "2"}).json()
    second = operator.get(URL, {"limit": "2", "cursor": first["next"]}).json()

    assert [row["id"] for row in (*first["items"], *second["items"])] == [str(run.pk) for run in runs]
    assert second["next"] is None
    told = {
        name: first["items"][0][name] for name in ("kind", "order_id", "subject", "attempts", "may_settle")
    }
    assert told == {
        "kind": "run",
        "order_id": str(runs[0].order_id),
        "subject": "Plan of direct",
        "attempts": 5,
        "may_settle": True,
    }
    assert operator.get(URL, {"cursor": "spoilt"}).json()["code"] == "INPUT_CURSOR"


@pytest.mark.parametrize(("act", "status"), [("retry", "new"), ("discard", "canceled")])
def test_a_dead_letter_is_settled_once(world: World, operator: APIClient, act: str, status: str) -> None:
    (run,) = dead_runs(world, 1)
    url = f"{URL}/{run.pk}/{act}"

    done = operator.post(url, WHY, format="json")

    assert (done.status_code, done.json()) == (
        200,
        {"id": str(run.pk), "kind": "run", "order_id": str(run.order_id)},
    )
    assert operator.get(f"/api/v1/orders/{run.order_id}").json()["status"] == status
    again = operator.post(url, WHY, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "STATE_DEAD_LETTER_SETTLED")


def test_who_may_not_is_told_so_and_who_may_not_see_is_told_nothing(
    world: World, operator: APIClient
) -> None:
    (run,) = dead_runs(world, 1)
    watcher = client_of(person("watcher", world.desk, (VIEW_ORDERS, VIEW_OPERATIONS)))

    refused = watcher.post(f"{URL}/{run.pk}/retry", WHY, format="json")
    hidden = client_of(world.stranger).post(f"{URL}/{run.pk}/retry", WHY, format="json")
    absent = operator.post(f"{URL}/{uuid4()}/discard", WHY, format="json")

    assert (refused.status_code, refused.json()["code"]) == (403, "AUTH_NOT_PERMITTED")
    assert {answer.json()["code"] for answer in (hidden, absent)} == {"RESOURCE_DEAD_LETTER_NOT_FOUND"}
    assert operator.post(f"{URL}/{run.pk}/retry", {"reason": " "}, format="json").status_code == 400


def test_the_list_takes_a_fixed_number_of_queries(
    world: World, operator: APIClient, django_assert_num_queries: object
) -> None:
    dead_runs(world, 4)

    with django_assert_num_queries(5):  # type: ignore[operator]
        assert len(operator.get(URL).json()["items"]) == 4
