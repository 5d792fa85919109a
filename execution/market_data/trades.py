"""Prints, as files have them: symbol,time,price,size and, where the market tells them, trade_id and condition.

The time is RFC 3339 with its offset, or UTC in a column timestamp_utc. Rows without a trade_id come in order of time
within a symbol: they are numbered within their moment, #1, #2 and so on, so that the same file is known again.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

_TRADE_ID = re.compile(r"[!-~]{1,64}", re.ASCII)
_CONDITION = re.compile(r"[!-~]{0,16}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Trade:
    """`size` units of one symbol changed hands at `price` per unit at the moment `at` (aware UTC)."""

    symbol: str
    at: datetime
    price: Decimal
    size: Decimal
    trade_id: str = ""
    condition: str = ""


def can_be_trade_id(text: str) -> bool:
    """Tell whether the text can be a market's id of a print: up to 64 printable characters; # is for our own."""
    return _TRADE_ID.fullmatch(text) is not None and not text.startswith("#")


def can_be_condition(text: str) -> bool:
    """Tell whether the text can be a market's code of a print: up to 16 printable characters, or none."""
    return _CONDITION.fullmatch(text) is not None
