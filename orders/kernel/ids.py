"""Identifiers: UUIDv7 (RFC 9562), so that the order of creation is the order of the index."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Return a fresh UUIDv7 of this process."""
    return uuid7()
