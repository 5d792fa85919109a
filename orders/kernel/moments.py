"""Moments and days of a market, as a request gives them: RFC 3339 in, RFC 3339 with Z out. Pure."""

import re
from datetime import UTC, date, datetime, time
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)


def parse_moment(value: Any) -> datetime:
    """Return the aware UTC moment that `value` spells. Raises ValueError for anything but RFC 3339."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    if not isinstance(value, str) or _RFC_3339.fullmatch(value) is None:
        raise ValueError(
            "must be a moment with its offset, for example 2013-10-07T13:30:00Z (in an address a + is sent as %2B)"
        )
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("must be a moment between the years 1 and 9999 in UTC") from error


def moment_text(moment: datetime) -> str:
    """Return RFC 3339 in UTC with Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


Moment = Annotated[
    datetime,
    BeforeValidator(parse_moment),
    PlainSerializer(moment_text, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2013-10-07T13:30:00Z"]}),
]
"""A moment in UTC."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def parse_day(value: Any) -> date:
    """Return the date that `value` spells. Raises ValueError for anything but YYYY-MM-DD (RFC 3339 full-date)."""
    if type(value) is date:
        return value
    if not isinstance(value, str) or _DAY.fullmatch(value) is None:
        raise ValueError('must be a date, for example "2013-10-07"')
    return date.fromisoformat(value)


MarketDay = Annotated[
    date,
    BeforeValidator(parse_day),
    PlainSerializer(date.isoformat, return_type=str),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2013-10-07"]}),
]
"""A day of a market, by the date of its own zone."""


def first_moment_of(day: date) -> datetime:
    """Return when a day of UTC begins."""
    return datetime.combine(day, time.min, UTC)


def last_moment_of(day: date) -> datetime:
    """Return the last microsecond of a day of UTC."""
    return datetime.combine(day, time.max, UTC)
