"""A client of the API: a token, JSON, and plain HTTP."""

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from qtweb.demo.errors import DemoError

_BASE = "/api/v1"
_TIMEOUT_S = 20.0
_MOST_ITEMS = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, the ETag where there is one, and the JSON."""

    status: int
    etag: str | None
    body: dict[str, Any]

    def __str__(self) -> str:
        code = self.body.get("code")
        return f"{self.status} {code}" if code else str(self.status)


class Client:
    """Acts for the person whose token it has."""

    def __init__(self, port: int, token: str) -> None:
        self._port, self._token = port, token

    def get(self, path: str, **query: str | int) -> Answer:
        """GET below /api/v1. Raises DemoError when nothing answers."""
        return self._request("GET", f"{path}?{urlencode(query)}" if query else path)

    def post(self, path: str, body: dict[str, Any]) -> Answer:
        """POST below /api/v1. Raises DemoError when nothing answers."""
        return self._request("POST", path, body)

    def patch(self, path: str, body: dict[str, Any], *, if_match: str) -> Answer:
        """PATCH what had the ETag `if_match`. Raises DemoError when nothing answers."""
        return self._request("PATCH", path, body, {"If-Match": if_match})

    def order(self, order_id: str) -> dict[str, Any]:
        """The order as it is now."""
        return self.get(f"/orders/{order_id}").body

    def items(self, path: str, **query: str | int) -> list[dict[str, Any]]:
        """All items of a list, page by page. Raises DemoError when one cannot be read."""
        found: list[dict[str, Any]] = []
        following: dict[str, str | int] = {}
        while True:
            page = self.get(path, limit=_MOST_ITEMS, **query, **following)
            if page.status != http.HTTPStatus.OK:
                raise DemoError(f"GET {path} answered {page}: {page.body.get('detail')}")
            found += page.body["items"]
            if page.body["next"] is None:
                return found
            following = {"cursor": page.body["next"]}

    def _request(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_TIMEOUT_S)
        sent = {
            "Authorization": f"Token {self._token}",
            "Content-Type": "application/json",
            **(headers or {}),
        }
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, f"{_BASE}{path}", text, sent)
            response = connection.getresponse()
            return Answer(response.status, response.headers["ETag"], json.loads(response.read() or b"{}"))
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise DemoError(f"{method} {path} has no usable answer: {error!r}") from error
        finally:
            connection.close()
