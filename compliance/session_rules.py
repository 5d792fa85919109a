"""How long a session lasts, why it ends, and what is kept of where it came from."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from ipaddress import ip_address, ip_network

USE_NOTED_AFTER = timedelta(minutes=1)
"""A use is written down this long after the last that was: no request but one a minute pays for it."""
SEEN_FOR = timedelta(days=7)
"""How long lists show what is over."""
_RANGE_BITS = {4: 24, 6: 48}
_FAMILIES = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrom", "Chrome"),
    ("Safari/", "Safari"),
)
"""What a browser says of itself, in this order: each of the later is said by earlier ones, too."""


class Ending(StrEnum):
    """Why a session is over."""

    SIGNED_OUT = "signed_out"
    REPLACED = "replaced"
    REVOKED = "revoked"
    PASSWORD = "password"  # noqa: S105 - the word for it, no password
    DEACTIVATED = "deactivated"
    IDLE = "idle"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class SessionTimeouts:
    """How long a session lasts without use, and at most."""

    idle: timedelta
    absolute: timedelta


def over_because(
    *, expires_at: datetime, last_used_at: datetime, is_active: bool, now: datetime, idle: timedelta
) -> Ending | None:
    """Return why a session that nobody ended is over (recorded time), None while it goes on."""
    if not is_active:
        return Ending.DEACTIVATED
    if now >= expires_at:
        return Ending.EXPIRED
    return Ending.IDLE if now - last_used_at >= idle else None


def digest_of(key: str) -> str:
    """Return what is kept of a session's key, SHA-256 in hexadecimal: the key is random, 160 bits and more of it."""
    return sha256(key.encode()).hexdigest()


def address_range(address: str) -> str:
    """Return the network that an address is in, 24 bits of IPv4 or 48 of IPv6; "" for what is none."""
    try:
        known = ip_address(address)
    except ValueError:
        return ""
    return str(ip_network((known, _RANGE_BITS[known.version]), strict=False))


def browser_family(user_agent: str) -> str:
    """Return which browser this is, by its own word and without a version: "other" for any less known."""
    return next((family for mark, family in _FAMILIES if mark in user_agent), "other")
