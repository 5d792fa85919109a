"""The whole API as its schema tells it, and a client that authenticates as every client does."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from orders.kernel.context import Actor
from orders.models import User
from tests.conftest import CommittedDatabase
from tests.ports import reserved_port
from tests.qtweb.api.web_server import serving
from tests.tokens import token_for
from tests.world import World


def token_of(actor: Actor) -> str:
    """The secret of a new token of `actor`."""
    _token, secret = token_for(User.objects.get(pk=actor.user_id))
    return secret


@pytest.fixture
def token(committed_world: World) -> str:
    """The trader's, in a committed world."""
    return token_of(committed_world.trader)


@pytest.fixture
def port(committed_database: CommittedDatabase, tmp_path: Path) -> Iterator[int]:
    """Where the web server serves the test's own database."""
    log = tmp_path / "web.log"
    with reserved_port() as chosen, serving(chosen, committed_database.environment, log):
        yield chosen


def client_with_token(actor: Actor) -> APIClient:
    """A client that acts for `actor` by a token."""
    return APIClient(headers={"Authorization": f"Token {token_of(actor)}"})


@dataclass(frozen=True)
class Operation:
    """A method on a path of the schema. `body` is the JSON schema of what it reads, None where it reads nothing."""

    method: str
    path: str
    body: dict[str, Any] | None
    query: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def url(self, **parts: object) -> str:
        """The address with its parts filled in: those given, and ids of nothing for the rest."""
        known = {"sequence": 0, **parts}
        return re.sub(r"\{(\w+)\}", lambda part: str(known.get(part[1], uuid4())), self.path)


def api_schema() -> dict[str, Any]:
    """The schema of everything that is served."""
    return SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-any-return, no-untyped-call]


def operations() -> list[Operation]:
    """Every operation of the schema."""
    schema = api_schema()
    return [
        Operation(
            method.upper(),
            path,
            _body(schema, operation),
            tuple(at["name"] for at in operation.get("parameters", ()) if at["in"] == "query"),
        )
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]


def _body(schema: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any] | None:
    if "requestBody" not in operation:
        return None
    reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    return schema["components"]["schemas"][reference.rsplit("/", 1)[1]]  # type: ignore[no-any-return]


@pytest.fixture
def trader(world: World) -> APIClient:
    """Trades for ALPHA."""
    return client_with_token(world.trader)


MEMBERS = {
    "type": str,
    "title": str,
    "status": int,
    "detail": str,
    "code": str,
    "category": str,
    "severity": str,
    "advice": str,
    "correlation_id": str,
}


def assert_problem(answer: Any, *statuses: int) -> dict[str, Any]:
    """Assert that `answer` is a problem document with one of the statuses (any 4xx by default), and return it."""
    allowed = statuses or range(400, 500)
    asked = f"{answer.request['REQUEST_METHOD']} {answer.request['PATH_INFO']}"
    assert answer.status_code in allowed, f"{asked}: {answer.status_code} {answer.content[:500]!r}"
    assert answer["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    for member, kind in MEMBERS.items():
        assert isinstance(problem[member], kind) and problem[member], member
    assert problem["status"] == answer.status_code
    assert re.fullmatch(r"[A-Z]+(_[A-Z]+)+", problem["code"])
    assert problem["correlation_id"] == answer["X-Correlation-Id"]
    return problem
