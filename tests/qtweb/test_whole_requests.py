"""What an application is told of a request, checked by the standard library's own validator of PEP 3333."""

import asyncio
from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import Any
from wsgiref.validate import validator

import pytest

from qtweb import whole_requests
from qtweb.whole_requests import WholeRequests


class Protocol:
    """The web server's side of a request: `parts` come in, the answer is kept. A part of None is silence."""

    def __init__(self, *parts: bytes | None) -> None:
        self._parts = parts
        self.sent: list[Any] = []
        self.unread = len(parts)

    async def __aiter__(self) -> Any:
        for part in self._parts:
            if part is None:
                await asyncio.Event().wait()
            self.unread -= 1
            yield part

    def response_bytes(self, *answer: Any) -> None:
        self.sent.append(answer)

    def response_stream(self, *answer: Any) -> Any:
        async def send_bytes(content: bytes) -> None:
            self.sent.append((*answer, content))

        return SimpleNamespace(send_bytes=send_bytes)


def scope(method: str, path: str, *headers: tuple[str, str]) -> Any:
    class Headers(dict[str, str]):
        def items(self) -> Any:
            return headers

    return SimpleNamespace(
        proto="http",
        method=method,
        path=path,
        query_string="page=2",
        http_version="1.1",
        scheme="http",
        server="127.0.0.1:8000",
        client="127.0.0.1:40000",
        headers=Headers(headers),
    )


def answered(request: Any, protocol: Protocol, application: Any, longest: int = 100) -> Any:
    served = WholeRequests(validator(application), longest_body_bytes=longest)
    asyncio.run(served.__rsgi__(request, protocol))
    ((status, headers, content),) = protocol.sent
    return status, headers, content


def telling(*names: str) -> Any:
    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [f"{name}={environ.get(name)}\n".encode() for name in names]

    return application


def echoing(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    try:
        body = environ["wsgi.input"].read(1000)
    except OSError:
        start_response("400 Bad Request", [("Content-Type", "text/plain")])
        return [b"nothing to read"]
    start_response("201 Created", [("Content-Type", "text/plain")])
    return [body]


def test_an_application_is_told_what_pep_3333_demands() -> None:
    names = (
        "REQUEST_METHOD",
        "PATH_INFO",
        "QUERY_STRING",
        "REMOTE_ADDR",
        "SERVER_PORT",
        "HTTP_COOKIE",
        "HTTP_X_A",
    )
    headers = [("cookie", "a=1"), ("cookie", "b=2"), ("x-a", "1"), ("x-a", "2"), ("host", "h")]

    status, _headers, content = answered(scope("GET", "/ä", *headers), Protocol(), telling(*names))

    assert status == 200
    assert content.decode().splitlines() == [
        "REQUEST_METHOD=GET",
        f"PATH_INFO={'ä'.encode().decode('latin-1')}".replace("=", "=/"),
        "QUERY_STRING=page=2",
        "REMOTE_ADDR=127.0.0.1",
        "SERVER_PORT=8000",
        "HTTP_COOKIE=a=1; b=2",
        "HTTP_X_A=1,2",
    ]


def test_a_header_with_an_underscore_is_not_taken_for_the_one_that_a_proxy_vouches_for() -> None:
    request = scope("GET", "/", ("x_forwarded_proto", "https"))

    assert (
        answered(request, Protocol(), telling("HTTP_X_FORWARDED_PROTO"))[2]
        == b"HTTP_X_FORWARDED_PROTO=None\n"
    )


def test_a_body_that_comes_in_parts_is_read_as_one() -> None:
    protocol = Protocol(b"one ", b"body")

    assert answered(scope("POST", "/", ("content-length", "8")), protocol, echoing) == (
        201,
        [("Content-Type", "text/plain")],
        b"one body",
    )


@pytest.mark.parametrize("parts", [(b"half",), (b"half", None), (None,), ()])
def test_what_of_a_body_did_not_come_in_time_cannot_be_read(
    parts: tuple[bytes | None, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole_requests, "BODY_WITHIN_S", 0.05)

    status, _headers, content = answered(
        scope("POST", "/", ("content-length", "8")), Protocol(*parts), echoing
    )

    assert (status, content) == (400, b"nothing to read")


@pytest.mark.parametrize("header", [("content-length", "101"), ("transfer-encoding", "chunked")])
def test_what_is_too_long_is_answered_first_and_taken_in_afterwards(header: tuple[str, str]) -> None:
    protocol = Protocol(b"x" * 60, b"x" * 60)

    assert answered(scope("POST", "/", header), protocol, echoing)[0] == 400
    assert protocol.unread == 0


def test_what_is_too_long_and_falls_silent_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_requests, "LONGEST_SILENCE_S", 0.05)
    protocol = Protocol(b"x", None, b"x")

    answered(scope("POST", "/", ("content-length", "101")), protocol, echoing)

    assert protocol.unread == 2


def test_no_more_is_taken_in_than_is_owed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_requests, "MOST_LEFT_BYTES", 100)
    protocol = Protocol(b"x" * 60, b"x" * 60, b"x" * 60)

    answered(scope("POST", "/", ("content-length", "180")), protocol, echoing)

    assert protocol.unread == 1


def test_an_answer_is_closed_also_when_it_breaks_off() -> None:
    closed: list[bool] = []

    class Broken:
        def __iter__(self) -> Iterator[bytes]:
            yield b"half"
            raise ValueError("broken")

        def close(self) -> None:
            closed.append(True)

    def application(_environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [])
        return Broken()

    served = WholeRequests(application, longest_body_bytes=100)
    with pytest.raises(ValueError, match="broken"):
        asyncio.run(served.__rsgi__(scope("GET", "/"), Protocol()))
    assert closed == [True]
