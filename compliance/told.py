"""What a leaf tells a person, read out of its body: what was changed from what to what, and what else it says. Pure.

A body is read as it stands: keys that this version does not know are shown like those that it does, and a body that is
no entry of this log tells nothing, because a forged leaf must not keep the others from being read.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from compliance.verify import said_by

_ASIDE = ("door", "on_behalf_of", "source", "where_from", "service", "reason", "market_time")
"""What is said beside the facts, in the order in which it is shown."""
_SHOWN_ELSEWHERE = frozenset(
    {"action", "actor", "correlation_id", "object", "recorded_at", "facts", "before", "after"}
)


@dataclass(frozen=True)
class Change:
    """A column's value before and after, as text; None where there was none."""

    column: str
    before: str | None
    after: str | None

    @property
    def is_change(self) -> bool:
        """Whether the two differ."""
        return self.before != self.after


@dataclass(frozen=True)
class Told:
    """What was changed, and what else is said: names and texts."""

    changes: tuple[Change, ...]
    aside: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]


def readable(body: str) -> str:
    """Return the body indented for reading; one that is no entry of this log as it is."""
    said = said_by(body)
    return body if said is None else json.dumps(_spelt(said), indent=2, ensure_ascii=False)


def said_in(body: str) -> dict[str, Any]:
    """Return what the body says, by name; nothing of one that is no entry of this log.

    Half a surrogate, which JSON can spell and UTF-8 cannot, is shown by its code.
    """
    said: dict[str, Any] = _spelt(said_by(body) or {})
    return said


def told_by(body: str) -> Told:
    """Return what the body of a leaf tells; `before` and `after` stand in its facts or beside them."""
    said = said_in(body)
    facts = _mapping(said.get("facts"))
    before = {**_mapping(facts.get("before")), **_mapping(said.get("before"))}
    after = {**_mapping(facts.get("after")), **_mapping(said.get("after"))}
    others = sorted(set(said) - _SHOWN_ELSEWHERE - set(_ASIDE))
    return Told(
        changes=tuple(_changes(before, after, _text)),
        aside=tuple(
            (name, _text(said[name])) for name in (*_ASIDE, *others) if said.get(name) not in (None, "")
        ),
        facts=tuple(_flat({name: facts[name] for name in facts if name not in ("before", "after")})),
    )


def row_changes(body: str) -> tuple[Change, ...]:
    """Return the columns that a row's leaf names. A digest is shortened: equal ones of a column are of equal values."""
    said = said_in(body)
    return tuple(_changes(_mapping(said.get("before")), _mapping(said.get("after")), spelled))


def _changes(
    before: Mapping[str, Any], after: Mapping[str, Any], spelled: Callable[[Any], str]
) -> Iterator[Change]:
    for column in dict.fromkeys((*before, *after)):
        was, became = (
            None if each.get(column) is None else spelled(each[column]) for each in (before, after)
        )
        yield Change(column, was, became)


def spelled(value: Any) -> str:
    """Return a column's value as text, "" for none. A digest is shortened: equal ones are of equal values."""
    match value:
        case None:
            return ""
        case {"committed": str(digest)} | {"sha256": str(digest)}:
            return f"{next(iter(value))} {digest[:16]}…"
    return _text(value)


def _flat(facts: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in facts.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{name}.")
        elif value not in (None, "", []):
            yield f"{above}{name}", _text(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _spelt(value: Any) -> Any:
    match value:
        case str():
            return value.encode(errors="backslashreplace").decode()
        case dict():
            return {_spelt(name): _spelt(item) for name, item in value.items()}
        case list():
            return [_spelt(item) for item in value]
    return value


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
