"""Strict JSON: what two readers could read differently is refused."""

import json
from contextlib import suppress
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.kernel.api.parsing import MAX_BODY_BYTES, MAX_DEPTH, MAX_INTEGER, StrictJSONParser, parse_object
from orders.kernel.errors import InvalidInput, TooLarge


def nested(depth: int) -> bytes:
    return b'{"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"1",
        b"{",
        b"{}{}",
        b"{'a': 1}",
        b'{"a": 1,}',
        b'\xef\xbb\xbf{"a": 1}',
        b'{"a": 1, "a": 1}',
        b'{"a": {"b": 1, "b": 2}}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1e400}',
        b'{"a": ' + str(MAX_INTEGER + 1).encode() + b"}",
        b'{"a": -' + b"9" * 5_000 + b"}",
        b'{"a": "\xff"}',
        '{"a": "ü"}'.encode("latin-1"),
        '{"a": 1}'.encode("utf-16"),
        b'{"a": "\\u0000"}',
        b'{"\\u0000": 1}',
        b'{"a": "\x00"}',
        b'{"a": "\\ud800"}',
        b'{"\\udfff": 1}',
        b'{"a": ["\\ud800x"]}',
        nested(MAX_DEPTH + 1),
        nested(30_000),
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    ],
    ids=lambda body: repr(body[:24]),
)
def test_what_is_not_one_plain_object_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInput):
        parse_object(body)


def test_what_is_within_the_bounds_is_read() -> None:
    pair = b'{"a": "\\ud83d\\ude00", "n": [1.5, -1, true, null, ' + str(MAX_INTEGER).encode() + b"]}"

    assert parse_object(pair) == {"a": "\U0001f600", "n": [1.5, -1, True, None, MAX_INTEGER]}
    assert parse_object(nested(MAX_DEPTH))["a"] is not None


def test_a_body_is_read_to_its_bound_and_no_further() -> None:
    endless = BytesIO(b'{"a": "' + b"x" * MAX_BODY_BYTES * 2)

    with pytest.raises(TooLarge):
        StrictJSONParser().parse(endless)

    assert endless.tell() == MAX_BODY_BYTES + 1


def test_a_client_that_hangs_up_is_an_error_of_its_own() -> None:
    class Broken(BytesIO):
        def read(self, *_: Any) -> bytes:
            raise OSError("connection reset")

    with pytest.raises(InvalidInput):
        StrictJSONParser().parse(Broken())


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=20,
)


@given(_JSON)
def test_whatever_is_sent_is_read_as_it_was_meant_or_refused(value: Any) -> None:
    try:
        read = parse_object(json.dumps(value).encode())
    except InvalidInput:
        return
    assert read == value
    json.dumps(read, allow_nan=False, ensure_ascii=False).encode()


@given(st.binary(max_size=200))
def test_bytes_are_read_or_refused_and_nothing_else(body: bytes) -> None:
    with suppress(InvalidInput):
        assert isinstance(parse_object(body), dict)
