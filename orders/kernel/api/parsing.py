"""Strict JSON (RFC 8259, narrowed as I-JSON, RFC 7493): what two readers could read differently is refused."""

import json
from collections.abc import Mapping
from math import isfinite
from typing import IO, Any, NoReturn

from rest_framework.parsers import BaseParser

from orders.kernel.errors import InvalidInput, TooLarge

MAX_BODY_BYTES = 65_536
MAX_DEPTH = 16
MAX_INTEGER = 2**53 - 1
"""The largest integer that every JSON reader keeps exactly (RFC 7493, 2.2)."""


class StrictJSONParser(BaseParser):
    """Reads a body of at most 65,536 bytes that is one JSON object. Raises InvalidInput and TooLarge."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        return parse_object(_read(stream, parser_context or {}))


def _read(stream: IO[bytes], context: Mapping[str, Any]) -> bytes:
    """Return the body, looking at its declared length first so that a large one is not even read."""
    request = context.get("request")
    declared = request.META.get("CONTENT_LENGTH") if request is not None else None
    if declared and int(declared) > MAX_BODY_BYTES:
        raise TooLarge(f"the body is longer than {MAX_BODY_BYTES} bytes")
    try:
        body = stream.read(MAX_BODY_BYTES + 1)
    except OSError as error:
        raise InvalidInput("the body ended before its declared length") from error
    if len(body) > MAX_BODY_BYTES:
        raise TooLarge(f"the body is longer than {MAX_BODY_BYTES} bytes")
    return body


def parse_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object that `body` spells in UTF-8.

    Raises InvalidInput for anything else: other top-level values, names given twice, NaN and infinities, numbers
    that readers round differently, nesting deeper than 16, and text that PostgreSQL cannot store (U+0000, lone
    surrogates).
    """
    try:
        value = json.loads(
            body.decode("utf-8"), object_pairs_hook=_object, parse_constant=_constant, parse_float=_float
        )
    except UnicodeDecodeError as error:
        raise InvalidInput("the body is not UTF-8") from error
    except RecursionError as error:
        raise InvalidInput(f"the body nests deeper than {MAX_DEPTH}") from error
    except ValueError as error:
        raise InvalidInput(f"the body is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise InvalidInput("the body must be a JSON object")
    _examine(value, 1)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise InvalidInput("a name is given twice in one object")
    return members


def _constant(word: str) -> NoReturn:
    raise InvalidInput(f"{word} is not JSON")


def _float(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise InvalidInput("a number is too large")
    return number


def _examine(value: Any, depth: int) -> None:
    if isinstance(value, str):
        _examine_text(value)
    elif isinstance(value, int) and abs(value) > MAX_INTEGER:
        raise InvalidInput("an integer is too large for JSON: send it as a string")
    elif isinstance(value, dict | list):
        if depth > MAX_DEPTH:
            raise InvalidInput(f"the body nests deeper than {MAX_DEPTH}")
        for part in [*value, *value.values()] if isinstance(value, dict) else value:
            _examine(part, depth + 1)


def _examine_text(text: str) -> None:
    if "\0" in text:
        raise InvalidInput("the character U+0000 cannot be kept")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidInput("half of a surrogate pair is not a character")
