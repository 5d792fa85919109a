"""Written-out statements where somebody waits for the answer: PostgreSQL prepares each once for a session.

Django's cursors write the values into the text on our side, so that every execution is parsed and planned anew; for a
statement that has a page of joins or a hundred columns this takes longer than executing it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from orders.kernel.postgresql.base import session

_VALUE = re.compile(r"%\((\w+)\)s|%%")
_NUMBER = re.compile(r"\$(\d+)")


class Statement:
    """SQL whose values are named %(so)s. Everything that Django does around a query holds: errors, logs, wrappers.

    PostgreSQL has to know the type of each value from where it stands: write `%(at)s::timestamptz` where it cannot.
    """

    def __init__(self, text: str) -> None:
        places: dict[str, int] = {}
        self.text = _VALUE.sub(lambda found: _place(found, places), text)
        self._names = tuple(places)

    def row(self, values: Mapping[str, Any]) -> Any:
        """Execute it and return the first row, None where there is none. Raises as Django's cursors do."""
        return session().execute_prepared(self.text, self._in_order(values)).fetchone()

    def rows(self, values: Mapping[str, Any]) -> list[Any]:
        """Execute it and return all rows. Raises as Django's cursors do."""
        return list(session().execute_prepared(self.text, self._in_order(values)).fetchall())

    def run(self, values: Mapping[str, Any]) -> int:
        """Execute it and return how many rows it touched."""
        return session().execute_prepared(self.text, self._in_order(values)).rowcount

    def send(self, values: Mapping[str, Any]) -> None:
        """Execute it at once, or with the others at the end of `together`."""
        send(self.text, self._in_order(values))

    def _in_order(self, values: Mapping[str, Any]) -> list[Any]:
        return [values[name] for name in self._names]


def send(text: str, values: Sequence[Any]) -> None:
    """Execute SQL whose values are $1, $2 and so on: at once, or with the others at the end of `together`."""
    waiting = _waiting.get()
    if waiting is None:
        session().execute_prepared(text, values)
    else:
        waiting.append((text, values))


@contextmanager
def together() -> Iterator[None]:
    """Send what is written in the block as one statement at its end, if nothing was raised.

    So nothing in the block may read what it writes, and nothing may depend on the order of writing, which PostgreSQL
    chooses. Foreign keys and triggers are looked at when all is written; what any of it raises comes out of the block.
    A block inside another one is part of it.
    """
    if _waiting.get() is not None:
        yield
        return
    waiting: list[tuple[str, Sequence[Any]]] = []
    outer = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(outer)
    if waiting:
        text = _as_one(tuple(part for part, _values in waiting))
        send(text, [value for _part, values in waiting for value in values])


_waiting: ContextVar[list[tuple[str, Sequence[Any]]] | None] = ContextVar("waiting", default=None)


@lru_cache(maxsize=64)
def _as_one(texts: tuple[str, ...]) -> str:
    """Return one statement that does what `texts` do: PostgreSQL executes each part of WITH that changes something."""
    parts, taken = [], 0
    for text in texts:
        numbers = [int(number) for number in _NUMBER.findall(text)]
        parts.append(_NUMBER.sub(lambda found, taken=taken: f"${int(found[1]) + taken}", text))  # type: ignore[misc]
        taken += max(numbers, default=0)
    return f"WITH {', '.join(f'part_{n} AS ({part})' for n, part in enumerate(parts))} SELECT 1"


def _place(found: re.Match[str], places: dict[str, int]) -> str:
    name = found[1]
    if name is None:
        return "%"
    return f"${places.setdefault(name, len(places) + 1)}"
