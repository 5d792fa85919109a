"""Identifiers: UUIDv7 (RFC 9562), so that the order of creation is the order of the index."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Return a fresh UUIDv7 of this process."""
    return uuid7()


def made_at(identifier: UUID) -> datetime:
    """Return when a UUIDv7 was made (recorded time), to the millisecond before: RFC 9562, section 5.7."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=identifier.int >> 80)


def first_made_at(moment: datetime) -> UUID:
    """Return what no UUIDv7 that is made at `moment` (recorded time) or later comes before."""
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return UUID(int=(since // timedelta(milliseconds=1)) << 80)
