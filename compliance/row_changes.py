"""What a leaf of a row says for reading: each column before and after, side by side. No database here."""

import json
from dataclasses import dataclass
from typing import Any

ABSENT = "-"
"""What stands for a column that a row did not have, because there was no row or the column was empty."""


@dataclass(frozen=True, slots=True)
class ColumnChange:
    """A column with its value before and after, as text."""

    column: str
    before: str
    after: str


def changes_in(entry: str) -> list[ColumnChange]:
    """Return the columns that a leaf's body names, by name; none for what happened without a change.

    What the log only commits to is told as such: two equal commitments of one row and column are of equal values.
    """
    said = json.loads(entry)
    before, after = said.get("before", {}), said.get("after", {})
    return [
        ColumnChange(name, _text(before.get(name)), _text(after.get(name)))
        for name in sorted({*before, *after})
    ]


def _text(value: Any) -> str:
    if value is None:
        return ABSENT
    if isinstance(value, dict):
        [(how, digest)] = value.items()
        return f"{how} {digest[:16]}…"
    return value if isinstance(value, str) else json.dumps(value)
