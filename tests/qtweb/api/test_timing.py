"""The API when rows are held, the database is away, or the answer is lost: 503 and nothing half done, then all well."""

import json
import os
import re
import signal
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client

from compliance.models import Leaf
from orders.models import Order, Position
from qtweb.embedded.instance import Instance
from qtweb.embedded.supervisor import Supervisor
from tests.conftest import CommittedDatabase
from tests.orders.api.conftest import order_body
from tests.ports import reserved_port
from tests.qtweb.api.web_server import ORDERS, PATIENCE_S, get, post, serving, until

METRICS_TOKEN = "a-token-for-prometheus"
BEARER = {"Authorization": f"Bearer {METRICS_TOKEN}"}


def test_a_row_that_another_session_holds_is_database_busy_and_the_same_request_succeeds_later(
    port: int, token: str, committed_database: CommittedDatabase
) -> None:
    assert post(port, token, order_body())[0] == 201
    body, leaves = order_body(), Leaf.objects.count()
    with committed_database.as_application() as other, other.transaction():
        other.execute("SELECT 1 FROM orders_position FOR UPDATE")
        status, headers, problem = post(port, token, body)

        assert (status, problem["code"]) == (503, "DATABASE_BUSY")
        assert int(headers["Retry-After"]) > 0
        assert not Order.objects.filter(client_order_id=body["client_order_id"]).exists()
        assert Leaf.objects.count() == leaves

    status, _headers, order = post(port, token, body)
    assert status == 201
    assert post(port, token, body)[2]["id"] == order["id"]
    assert Order.objects.filter(client_order_id=body["client_order_id"]).count() == 1
    assert Position.objects.get().open_buy_quantity == 200


def figures(port: int) -> str:
    """What Prometheus reads."""
    status, _headers, body = get(port, "/metrics", **BEARER)
    assert status == 200
    return body.decode()


def state_of(port: int, breaker: str) -> str:
    """The state of a breaker in the process that is worst off."""
    found = re.search(rf'qtweb_breaker_state{{breaker="{breaker}",state="(\w+)"}} 1.0', figures(port))
    assert found is not None
    return found[1]


def processes_that_opened(port: int) -> int:
    """How many processes' breakers around the database are open or half open."""
    shown = r'^qtweb_breaker_open_until_timestamp_seconds{breaker="database",pid="\d+"} [1-9]'
    return len(re.findall(shown, figures(port), re.MULTILINE))


def post_many(port: int, token: str, body: dict[str, object]) -> set[tuple[int, str | None]]:
    """Send the order eight times at once; every status, with its code."""
    with ThreadPoolExecutor(8) as clients:
        told = clients.map(lambda _: post(port, token, body), range(8))
        return {(status, answer.get("code")) for status, _headers, answer in told}


def test_every_process_opens_its_breaker_on_a_database_that_is_away_and_closes_it_again(
    committed_database: CommittedDatabase, token: str, tmp_path: Path
) -> None:
    (tmp_path / "metrics").mkdir()
    environment = {
        **committed_database.environment,
        "METRICS_TOKEN": METRICS_TOKEN,
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "metrics"),
        "QTWEB_CONNECT_TIMEOUT_S": "2",
    }
    log, body = tmp_path / "web.log", order_body()
    connections.close_all()
    with reserved_port() as port, serving(port, environment, log, workers=2):
        assert post(port, token, order_body())[0] == 201
        with committed_database.away():
            while processes_that_opened(port) < 2:
                assert post_many(port, token, body) == {(503, "SYSTEM_UNAVAILABLE")}
            until(lambda: "not asked: " in says(port, token, body, log), log)
            assert 1 <= int(post(port, token, body)[1]["Retry-After"]) <= 5
            ready = json.loads(get(port, "/health/ready")[2])["breakers"]["database"]
            assert (ready["state"] in ("open", "half_open"), ready["failures"] >= 5) == (True, True)
            assert get(port, "/health/live")[0] == 200
        until(lambda: post(port, token, body)[0] in (200, 201), log)
        until(lambda: post_many(port, token, body) and state_of(port, "database") == "closed", log)

    assert Order.objects.filter(client_order_id=body["client_order_id"]).count() == 1


def says(port: int, token: str, body: dict[str, object], log: Path) -> str:
    """What the server has logged, after one more order was refused."""
    assert post(port, token, body)[0] == 503
    return log.read_text()


@pytest.mark.parametrize(
    ("token", "status"), [("", 401), ("Bearer wrong", 401), (f"Bearer {METRICS_TOKEN}", 200)]
)
def test_metrics_are_for_who_has_the_token(
    client: Client, monkeypatch: pytest.MonkeyPatch, token: str, status: int
) -> None:
    monkeypatch.setattr(settings.ENVIRONMENT, "metrics_token", METRICS_TOKEN)

    answer = client.get("/metrics", headers={"Authorization": token})

    assert answer.status_code == status
    assert (b"qtweb_breaker_state" in answer.content) == (status == 200)


def test_without_a_token_there_are_no_metrics(client: Client) -> None:
    assert client.get("/metrics").status_code == 404


def request_line(port: int, token: str, body: dict[str, object]) -> bytes:
    """A whole request, as it goes over the wire."""
    content = json.dumps(body)
    head = [
        f"POST {ORDERS} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        f"Authorization: Token {token}",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
    ]
    return ("\r\n".join(head) + "\r\n\r\n" + content).encode()


def is_placed(body: dict[str, object]) -> bool:
    return Order.objects.filter(client_order_id=body["client_order_id"]).exists()


@pytest.mark.parametrize("server_dies", [False, True])
def test_a_client_that_lost_the_answer_asks_again_and_gets_the_first_order(
    committed_database: CommittedDatabase, token: str, tmp_path: Path, server_dies: bool
) -> None:
    body, log = order_body(), tmp_path / "web.log"
    with reserved_port() as port:
        with serving(port, committed_database.environment, log) as server:
            with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as client:
                client.sendall(request_line(port, token, body))
                until(lambda: is_placed(body), log)
                if server_dies:
                    os.killpg(server.pid, signal.SIGKILL)
                    server.wait(PATIENCE_S)
            # The client has gone without having read a byte.
            if not server_dies:
                assert_first_order(port, token, body)
        if server_dies:
            with serving(port, committed_database.environment, log):
                assert_first_order(port, token, body)


def assert_first_order(port: int, token: str, body: dict[str, object]) -> None:
    status, _headers, order = post(port, token, body)
    assert (status, order["id"]) == (200, str(Order.objects.get().pk))
    assert Leaf.objects.filter(action="OrderPlaced").count() == 1


def database_part(port: int) -> str:
    return str(json.loads(get(port, "/health/ready")[2])["parts"]["database"])


def test_connections_that_a_restart_of_postgresql_broke_cost_no_request(tmp_path: Path) -> None:
    log, anew = tmp_path / "web.log", {"DJANGO_SETTINGS_MODULE": "tests.qtweb.api.readiness_found_anew"}
    with (
        Supervisor(Instance.temporary()) as supervisor,
        reserved_port() as port,
        serving(port, supervisor.instance.child_environment() | anew, log),
    ):
        with ThreadPoolExecutor(4) as clients:
            assert set(clients.map(lambda _: database_part(port), range(40))) == {"ok"}
        end(supervisor._children.pop())
        supervisor.start_services()

        assert [database_part(port) for _ in range(20)] == ["ok"] * 20


def end(services: "subprocess.Popen[bytes]") -> None:
    services.terminate()
    services.wait(PATIENCE_S)
