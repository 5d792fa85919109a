"""The errors of execution.

Conflict
├── BarsPresent             STATE_BARS_PRESENT
├── DeadLetterNotRetryable  STATE_DEAD_LETTER_NOT_RETRYABLE
├── DeadLetterSettled       STATE_DEAD_LETTER_SETTLED
├── QuotesPresent           STATE_QUOTES_PRESENT
├── RunNotUnderWay          STATE_RUN_NOT_UNDER_WAY
├── RunNotPaused            STATE_RUN_NOT_PAUSED
├── TradesPresent           STATE_TRADES_PRESENT
├── StalePrecondition
│   └── StaleParameters     STATE_PARAMETERS_STALE
├── UnknownVenueOrder       STATE_VENUE_ORDER_UNKNOWN
├── VenueBreakClosed        STATE_VENUE_BREAK_CLOSED
└── VenueExists             STATE_VENUE_EXISTS
NotFound
├── RoutingRuleNotFound     RESOURCE_ROUTING_RULE_NOT_FOUND
├── RunNotFound             RESOURCE_RUN_NOT_FOUND
├── DeadLetterNotFound      RESOURCE_DEAD_LETTER_NOT_FOUND
├── TriggerNotFound         RESOURCE_TRIGGER_NOT_FOUND
└── VenueBreakNotFound      RESOURCE_VENUE_BREAK_NOT_FOUND
InvalidInput
└── SymbolUnknown           INPUT_SYMBOL_UNKNOWN
"""

from orders.kernel.errors import Conflict, InvalidInput, NotFound, StalePrecondition


class BarsPresent(Conflict):
    """Bars of these minutes are loaded already."""

    code = "STATE_BARS_PRESENT"
    advice = "Load minutes that are not there yet, or load the file as a correction with its reason."


class DeadLetterNotRetryable(Conflict):
    """Trying again would tell nothing new: the venue's word about the venue order was discarded."""

    code = "STATE_DEAD_LETTER_NOT_RETRYABLE"
    advice = "Settle the venue order with the venue, and discard it here once it is dead there."


class DeadLetterSettled(Conflict):
    """It is no dead letter: somebody settled it, or it settled itself."""

    code = "STATE_DEAD_LETTER_SETTLED"
    advice = "List the dead letters again: nothing was changed."


class QuotesPresent(Conflict):
    """Quotes of these moments are loaded already."""

    code = "STATE_QUOTES_PRESENT"
    advice = (
        "Load quotes that are not there yet, one for an instrument and moment, or load them as a correction."
    )


class TradesPresent(Conflict):
    """Prints with these ids at these moments are loaded already."""

    code = "STATE_TRADES_PRESENT"
    advice = "Load prints that are not there yet, or load the file as a correction with its reason."


class RunNotUnderWay(Conflict):
    """The work on the order is over, being stopped, or paused already."""

    code = "STATE_RUN_NOT_UNDER_WAY"
    advice = "Read the run: only what is under way is paused or changed."


class RunNotPaused(Conflict):
    """Nobody paused the work on the order."""

    code = "STATE_RUN_NOT_PAUSED"
    advice = "Read the run: only what is paused can be resumed."


class StaleParameters(StalePrecondition):
    """Somebody changed the algorithm's parameters since the asker looked."""

    code = "STATE_PARAMETERS_STALE"


class UnknownVenueOrder(Conflict):
    """A venue reported on an order that we never sent."""

    code = "STATE_VENUE_ORDER_UNKNOWN"
    severity = "error"
    advice = "Reconcile with the venue: its record and ours disagree."


class VenueBreakClosed(Conflict):
    """The difference between the venue's record and ours is closed already."""

    code = "STATE_VENUE_BREAK_CLOSED"
    advice = "List the breaks again: nothing was changed."


class VenueExists(Conflict):
    """The venue is registered by another name, or with another calendar."""

    code = "STATE_VENUE_EXISTS"
    advice = "Register it under another code: what was routed by its calendar was routed by that."


class SymbolUnknown(InvalidInput):
    """A file of market data names a symbol that is no instrument of ours."""

    code = "INPUT_SYMBOL_UNKNOWN"
    advice = "Register the instrument first, or take its rows out of the file."


class DeadLetterNotFound(NotFound):
    """No such dead letter within the asker's reach."""

    code = "RESOURCE_DEAD_LETTER_NOT_FOUND"


class TriggerNotFound(NotFound):
    """The order does not wait for the market."""

    code = "RESOURCE_TRIGGER_NOT_FOUND"
    advice = "Ask for orders of the types that wait: stop, stop_limit, market_if_touched, trailing_stop."


class VenueBreakNotFound(NotFound):
    """No such difference to a venue's record within the asker's reach."""

    code = "RESOURCE_VENUE_BREAK_NOT_FOUND"


class RoutingRuleNotFound(NotFound):
    """No rule of this name that holds until further notice, within the asker's reach."""

    code = "RESOURCE_ROUTING_RULE_NOT_FOUND"


class RunNotFound(NotFound):
    """No algorithm works the order: it was rejected, or the desk works it by hand."""

    code = "RESOURCE_RUN_NOT_FOUND"
    advice = "Read the order: its status and its algorithm say why."
