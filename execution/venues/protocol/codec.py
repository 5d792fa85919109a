"""Between frozen dataclasses and JSON lines, strictly: how each type looks on the wire."""

import json
import re
from collections.abc import Callable, Hashable
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints
from uuid import UUID

from execution.venues.errors import VenueProtocolError
from orders.kernel.money import DECIMAL_PATTERN, decimal_text

T = TypeVar("T")

_DECIMAL = re.compile(DECIMAL_PATTERN, re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", re.ASCII)
_TEXT_LIMIT = 1000


def decode_line(line: bytes) -> dict[str, Any]:
    """The JSON object of one line; raises VenueProtocolError for anything else, a repeated field included."""
    try:
        value = json.loads(line.decode("utf-8"), object_pairs_hook=_unique)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise VenueProtocolError(f"not a line of JSON in UTF-8: {error}") from error
    if not isinstance(value, dict):
        raise VenueProtocolError("a message is a JSON object")
    return value


def encode_line(message: dict[str, Any]) -> bytes:
    """One line with its line feed."""
    return json.dumps(message, separators=(",", ":"), ensure_ascii=True).encode() + b"\n"


def encode(value: object) -> Any:
    """What JSON holds for a value of the protocol: decimals and ids as strings, times in RFC 3339 with Z."""
    if is_dataclass(value):
        return {field.name: encode(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [encode(item) for item in value]
    for shape, to_wire in _TO_WIRE.items():
        if isinstance(value, shape):
            return to_wire(value)
    raise TypeError(f"{type(value).__name__} has no form in the protocol")


def encode_time(moment: datetime) -> str:
    """RFC 3339 in UTC; raises ValueError for a naive time, which could mean anything."""
    if moment.tzinfo is None:
        raise ValueError("a time of the protocol is aware")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def decode(shape: type[T], message: dict[str, Any]) -> T:
    """An instance of the dataclass `shape`; raises VenueProtocolError with the field's name."""
    hints = _hints(cast("Hashable", shape))
    if message.keys() != hints.keys():
        wrong = sorted(message.keys() ^ hints.keys())
        raise VenueProtocolError(f"{shape.__name__}: missing or unknown fields: {', '.join(wrong)[:200]}")
    values = {name: _value(hint, message[name], f"{shape.__name__}.{name}") for name, hint in hints.items()}
    return shape(**values)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    message = dict(pairs)
    if len(message) != len(pairs):
        raise VenueProtocolError("a field is given twice")
    return message


_TO_WIRE: dict[type, Callable[[Any], str | int | None]] = {
    Decimal: decimal_text,
    datetime: encode_time,
    StrEnum: lambda word: str(word.value),
    UUID: str,
    str: str,
    int: int,
    type(None): lambda _: None,
}


@cache
def _hints(shape: Any) -> dict[str, Any]:
    hints = get_type_hints(shape)
    return {field.name: hints[field.name] for field in fields(shape)}


def _value(hint: Any, raw: Any, where: str) -> Any:
    if isinstance(hint, UnionType):
        if raw is None:
            return None
        hint = next(part for part in get_args(hint) if part is not type(None))
    if get_origin(hint) is tuple:
        if not isinstance(raw, list):
            raise VenueProtocolError(f"{where}: a list is expected")
        return tuple(_value(get_args(hint)[0], item, where) for item in raw)
    if is_dataclass(hint) and isinstance(hint, type):
        if not isinstance(raw, dict):
            raise VenueProtocolError(f"{where}: an object is expected")
        return decode(hint, raw)
    if hint is int:
        if type(raw) is not int or not 0 <= raw < 2**63:
            raise VenueProtocolError(f"{where}: a whole number from 0 is expected")
        return raw
    if not isinstance(raw, str) or not 0 < len(raw) <= _TEXT_LIMIT or not _is_storable(raw):
        raise VenueProtocolError(f"{where}: a string is expected")
    return _from_text(hint, raw, where)


def _is_storable(text: str) -> bool:
    """Whether a database can keep it: neither NUL nor half of a character."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _from_text(hint: Any, raw: str, where: str) -> Any:
    try:
        if hint is Decimal and _DECIMAL.fullmatch(raw):
            return Decimal(raw)
        if hint is datetime and _TIME.fullmatch(raw):
            return datetime.fromisoformat(raw)
        if hint is UUID and str(UUID(raw)) == raw:
            return UUID(raw)
        if hint is str:
            return raw
        if issubclass(hint, StrEnum):
            return hint(raw)
    except ValueError as error:
        raise VenueProtocolError(f"{where}: {raw[:60]!r} is no {hint.__name__}") from error
    raise VenueProtocolError(f"{where}: {raw[:60]!r} is no {hint.__name__}")
