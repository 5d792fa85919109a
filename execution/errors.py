"""The errors of execution.

Conflict
├── BarsPresent             STATE_BARS_PRESENT
└── UnknownVenueOrder       STATE_VENUE_ORDER_UNKNOWN
InvalidInput
└── SymbolUnknown           INPUT_SYMBOL_UNKNOWN
"""

from orders.kernel.errors import Conflict, InvalidInput


class BarsPresent(Conflict):
    """Bars of these minutes are loaded already."""

    code = "STATE_BARS_PRESENT"
    advice = "Load minutes that are not there yet: bars are never changed."


class UnknownVenueOrder(Conflict):
    """A venue reported on an order that we never sent."""

    code = "STATE_VENUE_ORDER_UNKNOWN"
    severity = "error"
    advice = "Reconcile with the venue: its record and ours disagree."


class SymbolUnknown(InvalidInput):
    """A file of bars names a symbol that is no instrument of ours."""

    code = "INPUT_SYMBOL_UNKNOWN"
    advice = "Register the instrument first, or take its rows out of the file."
