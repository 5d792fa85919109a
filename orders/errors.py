"""The errors of orders.

NotFound
├── OrderNotFound           RESOURCE_ORDER_NOT_FOUND
├── AccountNotFound         RESOURCE_ACCOUNT_NOT_FOUND
└── InstrumentNotFound      RESOURCE_INSTRUMENT_NOT_FOUND
Conflict
├── ClientOrderIdUsed       STATE_CLIENT_ORDER_ID_USED
├── OrderNotOpen            STATE_ORDER_NOT_OPEN
├── ReplacePending          STATE_REPLACE_PENDING
├── ExecutionExceedsOrder   STATE_EXECUTION_EXCEEDS_ORDER
└── ReplayRefused           STATE_REPLAY_REFUSED
StalePrecondition
└── StaleTerms              STATE_TERMS_STALE
Refused
├── RiskRefused             the code is the denying check's: RISK_...
├── MarketWithoutCalendar   RULE_MARKET_WITHOUT_CALENDAR
├── MomentPassed            RULE_MOMENT_PASSED
├── QuantityBelowFilled     RULE_QUANTITY_BELOW_FILLED
├── QuantityBelowTerms      RULE_QUANTITY_BELOW_TERMS
├── LimitPriceNotApplicable RULE_LIMIT_PRICE_NOT_APPLICABLE
└── TriggerNotApplicable    RULE_TRIGGER_NOT_APPLICABLE
TooManyRequests
└── TooManyRefusals         RATE_REFUSALS_EXCEEDED
"""

from orders.kernel.errors import Conflict, NotFound, Refused, StalePrecondition, TooManyRequests


class OrderNotFound(NotFound):
    """No such order within the asker's reach."""

    code = "RESOURCE_ORDER_NOT_FOUND"


class AccountNotFound(NotFound):
    """No such account within the asker's reach."""

    code = "RESOURCE_ACCOUNT_NOT_FOUND"
    status = 422
    advice = "Use the code of an account that GET /api/v1/accounts lists for you."


class InstrumentNotFound(NotFound):
    """No such instrument."""

    code = "RESOURCE_INSTRUMENT_NOT_FOUND"
    status = 422
    advice = "Use a symbol that GET /api/v1/instruments lists."


class ClientOrderIdUsed(Conflict):
    """The account already has an order with this client_order_id and other terms."""

    code = "STATE_CLIENT_ORDER_ID_USED"
    advice = "Use a new client_order_id for a new order."


class OrderNotOpen(Conflict):
    """Nothing of the order is left to change."""

    code = "STATE_ORDER_NOT_OPEN"
    advice = "Read the order: its status tells how it ended."


class ReplacePending(Conflict):
    """The order is already being replaced or cancelled."""

    code = "STATE_REPLACE_PENDING"
    advice = "Wait until the pending request is answered, read the order, and decide anew."


class ExecutionExceedsOrder(Conflict):
    """A venue reported more than was ordered."""

    code = "STATE_EXECUTION_EXCEEDS_ORDER"
    severity = "error"
    advice = "Reconcile with the venue: its record and ours disagree."


class ReplayRefused(Conflict):
    """The market clock of a production system does not jump."""

    code = "STATE_REPLAY_REFUSED"
    advice = "Replay market days on a system of its own."


class StaleTerms(StalePrecondition):
    """Somebody changed the order's terms since the asker looked."""

    code = "STATE_TERMS_STALE"


class RiskRefused(Refused):
    """A pre-trade check refused. The instance carries the check's own denial code."""

    code = "RISK_REFUSED"
    category = "risk"
    advice = "Change the order so that it keeps the named limit, or have the limit raised."

    def __init__(self, code: str, detail: str, **facts: object) -> None:
        super().__init__(detail, **facts)
        self.code = code


class MarketWithoutCalendar(Refused):
    """Nobody knows when the instrument's market is open."""

    code = "RULE_MARKET_WITHOUT_CALENDAR"
    advice = (
        "Trade an instrument whose market (MIC) has a calendar, or have the instrument's market corrected."
    )


class MomentPassed(Refused):
    """The moment or day that the order names has passed, or lies too far ahead."""

    code = "RULE_MOMENT_PASSED"
    advice = "Name a moment that is still to come, or choose another time in force."


class QuantityBelowFilled(Refused):
    """More is already filled than the new quantity would allow."""

    code = "RULE_QUANTITY_BELOW_FILLED"
    advice = "Ask for at least the filled quantity, or cancel the rest."


class QuantityBelowTerms(Refused):
    """The new quantity is below the order's display or minimum quantity."""

    code = "RULE_QUANTITY_BELOW_TERMS"
    advice = "Ask for at least the display and the minimum quantity, or cancel and place a new order."


class LimitPriceNotApplicable(Refused):
    """The order has no limit price to amend."""

    code = "RULE_LIMIT_PRICE_NOT_APPLICABLE"
    advice = "Amend what the order has, or cancel and place a limit order."


class TriggerNotApplicable(Refused):
    """The order does not wait for this price, or no longer waits."""

    code = "RULE_TRIGGER_NOT_APPLICABLE"
    advice = "Read the order: its type says which price it waits for, triggered_at whether it still does."


class TooManyRefusals(TooManyRequests):
    """So many requests of this person were refused within a minute that no more are read."""

    code = "RATE_REFUSALS_EXCEEDED"
