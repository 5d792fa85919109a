"""Moments in a query: RFC 3339 with its offset, nothing looser."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)


def parse_moment(value: object) -> datetime:
    """Return the moment in UTC that an RFC 3339 text names. Raises ValueError, also for a text without offset."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise ValueError(
            "must be a moment with its offset, for example 2013-10-04T13:30:00Z (a + is sent as %2B)"
        )
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except OverflowError:
        raise ValueError("is out of range") from None


Moment = Annotated[
    datetime, BeforeValidator(parse_moment), WithJsonSchema({"type": "string", "format": "date-time"})
]
"""A moment in UTC."""
