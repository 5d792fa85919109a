"""Stand-in reference data for symbols that a file of bars brings along and the catalogue does not know. Pure."""

import hashlib
import re
from decimal import Decimal

from stdnum import isin

PREFIX = "XF"
"""ISO 6166's prefix for internally assigned numbers: valid in form, never a real security's."""

NO_MARKET = "XXXX"
"""ISO 10383's code for what is on no market."""

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_PLAIN = re.compile(r"[A-Z][A-Z0-9]{0,8}", re.ASCII)
_CENT, _HUNDREDTH_CENT = Decimal("0.01"), Decimal("0.0001")


def stand_in_isin(symbol: str) -> str:
    """Return an ISIN for a symbol that has none here: XF, nine characters, and the Luhn check digit of ISO 6166.

    The nine characters are the symbol filled up with zeros on the left. A symbol that does not fit (longer, lower
    case, with a point, or beginning with a digit) has "1" and eight characters of its SHA-256 instead, so that
    different symbols have different numbers.
    """
    body = symbol if _PLAIN.fullmatch(symbol) else f"1{_digest(symbol)}"
    return str(isin.from_natid(PREFIX, body))


def stand_in_tick(lowest_price: Decimal) -> Decimal:
    """Return the tick that Rule 612 of Regulation NMS allows at a price in dollars: a cent, below 1 USD 0.01 cent."""
    return _CENT if lowest_price >= 1 else _HUNDREDTH_CENT


def _digest(symbol: str) -> str:
    number = int.from_bytes(hashlib.sha256(symbol.encode()).digest())
    characters = []
    for _ in range(8):
        number, digit = divmod(number, len(_DIGITS))
        characters.append(_DIGITS[digit])
    return "".join(characters)
