"""Reads of positions as they are worth: at a moment, in the currency of instrument, account and firm.

Now they come from the positions' own rows; at another moment, or as they were known at another, from the executions
in force. No rate and no price is ever guessed: what cannot be said is None, and `missing` says why.
"""

from orders.valuation.desks import DeskResult, results_by_desk
from orders.valuation.reads import as_of, lot_rows_of, rates_at, reckoned_then, trades_of, valued
from orders.valuation.worth import AsOf, Gains, ValuedPosition, Worth

__all__ = [
    "AsOf",
    "DeskResult",
    "Gains",
    "ValuedPosition",
    "Worth",
    "as_of",
    "lot_rows_of",
    "rates_at",
    "reckoned_then",
    "results_by_desk",
    "trades_of",
    "valued",
]
