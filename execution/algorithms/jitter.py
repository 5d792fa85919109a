"""Chance that can be repeated: the same seed draws the same numbers, whenever and in whatever order. Pure."""

from decimal import Decimal
from hashlib import blake2b

_BYTES = 4
_NUMBERS: int = 256**_BYTES


def drawn(seed: int, purpose: str, number: int) -> Decimal:
    """Return a number from 0 up to, not including, 1: uniform, and its own for every purpose and number."""
    digest = blake2b(f"{seed} {purpose} {number}".encode(), digest_size=_BYTES).digest()
    return Decimal(int.from_bytes(digest)) / _NUMBERS


def varied(share: Decimal, seed: int, number: int) -> Decimal:
    """Return the factor of a size that is to vary by up to `share` (0 to 1) to either side."""
    return 1 + share * (2 * drawn(seed, "size", number) - 1)


def derived_seed(*known: object) -> int:
    """Return a seed for what is known of an order: the same for the same, without a pattern in what differs."""
    return int.from_bytes(blake2b(repr(known).encode(), digest_size=_BYTES).digest())
