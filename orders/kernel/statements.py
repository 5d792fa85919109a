"""Written-out statements where somebody waits for the answer: PostgreSQL prepares each once for a session.

Django's cursors write the values into the text on our side, so that every execution is parsed and planned anew; for a
statement that has a page of joins or a hundred columns this takes longer than executing it.
"""

import re
from collections.abc import Mapping
from typing import Any

from django.db import connection

_VALUE = re.compile(r"%\((\w+)\)s|%%")


class Statement:
    """SQL whose values are named %(so)s. Everything that Django does around a query holds: errors, logs, wrappers.

    PostgreSQL has to know the type of each value from where it stands: write `%(at)s::timestamptz` where it cannot.
    """

    def __init__(self, text: str) -> None:
        places: dict[str, int] = {}
        self._text = _VALUE.sub(lambda found: _place(found, places), text)
        self._names = tuple(places)

    def row(self, values: Mapping[str, Any]) -> Any:
        """Execute it and return the first row, None where there is none. Raises as Django's cursors do."""
        with connection.prepared_cursor() as cursor:  # type: ignore[attr-defined]  # our engine
            cursor.execute(self._text, [values[name] for name in self._names])
            return cursor.fetchone()

    def run(self, values: Mapping[str, Any]) -> int:
        """Execute it and return how many rows it touched."""
        with connection.prepared_cursor() as cursor:  # type: ignore[attr-defined]
            cursor.execute(self._text, [values[name] for name in self._names])
            return int(cursor.rowcount)


def _place(found: re.Match[str], places: dict[str, int]) -> str:
    name = found[1]
    if name is None:
        return "%"
    return f"${places.setdefault(name, len(places) + 1)}"
