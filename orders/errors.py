"""The errors of orders.

NotFound
├── OrderNotFound           RESOURCE_ORDER_NOT_FOUND
├── ExecutionNotFound       RESOURCE_EXECUTION_NOT_FOUND
├── AccountNotFound         RESOURCE_ACCOUNT_NOT_FOUND
├── InstrumentNotFound      RESOURCE_INSTRUMENT_NOT_FOUND
├── PositionNotFound        RESOURCE_POSITION_NOT_FOUND
├── MarketNotFound          RESOURCE_MARKET_NOT_FOUND
├── OverrideNotFound        RESOURCE_OVERRIDE_NOT_FOUND
├── KillSwitchNotFound      RESOURCE_KILL_SWITCH_NOT_FOUND
├── KillSwitchTargetNotFound RESOURCE_KILL_SWITCH_TARGET_NOT_FOUND
└── ThrottleNotFound        RESOURCE_THROTTLE_NOT_FOUND
NotPermitted
└── OverrideOwnOrder        AUTH_OVERRIDE_OWN_ORDER
InvalidInput
├── CashFileError           INPUT_CASH_FILE
└── RatesFileError          INPUT_RATES_FILE
Conflict
├── ClientOrderIdUsed       STATE_CLIENT_ORDER_ID_USED
├── OrderNotOpen            STATE_ORDER_NOT_OPEN
├── ReplacePending          STATE_REPLACE_PENDING
├── ChainMoved              STATE_CHAIN_MOVED
├── OrderNotManual          STATE_ORDER_NOT_MANUAL
├── AnswerNotAsked          STATE_ANSWER_NOT_ASKED
├── ExecutionExceedsOrder   STATE_EXECUTION_EXCEEDS_ORDER
├── ExecutionNotInForce     STATE_EXECUTION_NOT_IN_FORCE
├── LimitExists             STATE_LIMIT_EXISTS
├── OrderNotRefused         STATE_ORDER_NOT_REFUSED
├── OverrideGrantedAlready  STATE_OVERRIDE_GRANTED
├── StateUnchanged          STATE_UNCHANGED
├── CashReferenceUsed       STATE_CASH_REFERENCE_USED
├── KillSwitchEngagedAlready STATE_KILL_SWITCH_ENGAGED
├── KillSwitchNotLiftable   STATE_KILL_SWITCH_NOT_LIFTABLE
└── ReplayRefused           STATE_REPLAY_REFUSED
StalePrecondition
└── StaleTerms              STATE_TERMS_STALE
Refused
├── RiskRefused             the code is the denying check's: RISK_...
├── MarketWithoutCalendar   RULE_MARKET_WITHOUT_CALENDAR
├── MomentPassed            RULE_MOMENT_PASSED
├── QuantityBelowFilled     RULE_QUANTITY_BELOW_FILLED
├── PriceOffTick            RULE_PRICE_OFF_TICK
├── SplitNotExact           RULE_SPLIT_NOT_EXACT
├── CashBelowOneLot         RULE_CASH_BELOW_ONE_LOT
├── ReasonNotApplicable     RULE_REASON_NOT_APPLICABLE
├── QuantityBelowTerms      RULE_QUANTITY_BELOW_TERMS
├── LimitPriceNotApplicable RULE_LIMIT_PRICE_NOT_APPLICABLE
├── TriggerNotApplicable    RULE_TRIGGER_NOT_APPLICABLE
├── OverrideCodesUnfit      RULE_OVERRIDE_CODES
├── PasswordUnfit           RULE_PASSWORD
└── OverrideNotUsable       RULE_OVERRIDE_NOT_USABLE
TooManyRequests
└── TooManyRefusals         RATE_REFUSALS_EXCEEDED
"""

from orders.kernel.errors import (
    Conflict,
    DomainError,
    InvalidInput,
    NotFound,
    NotPermitted,
    Refused,
    StalePrecondition,
    TooManyRequests,
)
from orders.reports import CancelRejectReason


class OrderNotFound(NotFound):
    """No such order within the asker's reach."""

    code = "RESOURCE_ORDER_NOT_FOUND"


class ExecutionNotFound(NotFound):
    """No such execution within the asker's reach."""

    code = "RESOURCE_EXECUTION_NOT_FOUND"


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


class PositionNotFound(NotFound):
    """No such position within the asker's reach."""

    code = "RESOURCE_POSITION_NOT_FOUND"


class CashFileError(InvalidInput):
    """A file of cash movements cannot be used. `errors` has a sentence for each wrong line."""

    code = "INPUT_CASH_FILE"
    advice = "Correct the named lines and load the whole file again: nothing of it was kept."

    def __init__(self, errors: list[str]) -> None:
        super().__init__("; ".join(errors), errors=errors)
        self.errors = errors


class KillSwitchNotFound(NotFound):
    """No such kill switch within the asker's reach."""

    code = "RESOURCE_KILL_SWITCH_NOT_FOUND"


class KillSwitchTargetNotFound(NotFound):
    """No such firm, desk, account, trader, algorithm or instrument within the asker's reach."""

    code = "RESOURCE_KILL_SWITCH_TARGET_NOT_FOUND"
    status = 422
    advice = "Name an id, code, login name, symbol or algorithm that is one: nothing has been stopped."


class ThrottleNotFound(NotFound):
    """No such limit of repeated executions within the asker's reach."""

    code = "RESOURCE_THROTTLE_NOT_FOUND"
    advice = "Name a limit of the kind repeated_executions that you may see and that is not ended."


class RatesFileError(InvalidInput):
    """A file of exchange rates cannot be used. `errors` has a sentence for each wrong line."""

    code = "INPUT_RATES_FILE"
    advice = "Correct the named lines and load the whole file again: nothing of it was kept."

    def __init__(self, errors: list[str]) -> None:
        super().__init__("; ".join(errors), errors=errors)
        self.errors = errors


class ClientOrderIdUsed(Conflict):
    """The account has used this client_order_id already, for something else."""

    code = "STATE_CLIENT_ORDER_ID_USED"
    advice = "Use a new client_order_id for every order and every request to replace or cancel one."


class OrderNotOpen(Conflict):
    """Nothing of the order is left to change."""

    code = "STATE_ORDER_NOT_OPEN"
    advice = "Read the order: its status tells how it ended."


class ReplacePending(Conflict):
    """The order is already being replaced or cancelled."""

    code = "STATE_REPLACE_PENDING"
    advice = "Wait until the pending request is answered, read the order, and decide anew."


class ChainMoved(Conflict):
    """The request follows an id that is not the last of the order's chain which was not rejected."""

    code = "STATE_CHAIN_MOVED"
    advice = "Read the order: a request follows the last client_order_id that was not rejected."


class OrderNotManual(Conflict):
    """An algorithm works the order: the desk does not answer for it."""

    code = "STATE_ORDER_NOT_MANUAL"
    advice = "Answer only for orders that were placed with the algorithm manual."


class AnswerNotAsked(Conflict):
    """Nothing is waiting for this answer."""

    code = "STATE_ANSWER_NOT_ASKED"
    advice = (
        "Read the order: its status tells which answers it takes, and its requests which are outstanding."
    )


class ExecutionExceedsOrder(Conflict):
    """A venue reported more than was ordered."""

    code = "STATE_EXECUTION_EXCEEDS_ORDER"
    severity = "error"
    advice = "Reconcile with the venue: its record and ours disagree."


class ExecutionNotInForce(Conflict):
    """The execution was busted or corrected already."""

    code = "STATE_EXECUTION_NOT_IN_FORCE"
    advice = "Read the order's executions: only the last of a chain can be corrected or busted."


class LimitExists(Conflict):
    """There is a limit of this kind for exactly this scope already. `limit_id` names it."""

    code = "STATE_LIMIT_EXISTS"
    advice = "Propose a change of the limit that limit_id names, or end it first."


class CashReferenceUsed(Conflict):
    """The reference belongs to another movement of cash in the account."""

    code = "STATE_CASH_REFERENCE_USED"
    advice = "Give the movement a reference of its own; what was wrong is followed by its opposite."


class KillSwitchEngagedAlready(Conflict):
    """One kill switch at a time stops the same firm, desk, account, trader, algorithm or instrument."""

    code = "STATE_KILL_SWITCH_ENGAGED"
    advice = "Read the kill switch that is engaged: it stops everything in this scope already."


class KillSwitchNotLiftable(Conflict):
    """The kill switch was lifted already, or open orders in its scope have not been asked to be canceled yet."""

    code = "STATE_KILL_SWITCH_NOT_LIFTABLE"
    advice = (
        "Read the kill switch: it can be lifted once its orders have been asked to be canceled, and once."
    )


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


class NoExchangeRate(Refused):
    """No exchange rate leads from the instrument's currency to the firm's."""

    code = "RULE_NO_EXCHANGE_RATE"
    advice = "Have an exchange rate between the two currencies recorded, then ask again."


class OverrideNotFound(NotFound):
    """No such override for this trader."""

    code = "RESOURCE_OVERRIDE_NOT_FOUND"
    status = 422
    advice = "Use the id of an override that was granted to you, or place the order without one."


class OverrideOwnOrder(NotPermitted):
    """The trader of an order does not override its refusal."""

    code = "AUTH_OVERRIDE_OWN_ORDER"
    advice = "Have another person with the right to override limits decide."


class OrderNotRefused(Conflict):
    """The order was not refused by a check."""

    code = "STATE_ORDER_NOT_REFUSED"
    advice = "Name an order that is rejected."


class OverrideGrantedAlready(Conflict):
    """The refused order has an override that is neither used nor expired. `override_id` names it."""

    code = "STATE_OVERRIDE_GRANTED"
    advice = "Let the trader use the override that override_id names, or wait until it has expired."


class PasswordUnfit(Refused):
    """The password is too short, commonly used, or too much like the login name."""

    code = "RULE_PASSWORD"
    advice = "Take a longer one, such as several words; no kind of character is asked for."


class OverrideCodesUnfit(Refused):
    """A code did not refuse the order, or may never be waived. `waivable` lists those that can be."""

    code = "RULE_OVERRIDE_CODES"
    advice = "Name codes of the list waivable; states, restrictions and missing permissions are never waived."


class StateUnchanged(Conflict):
    """It has this state already."""

    code = "STATE_UNCHANGED"
    advice = "Read it again: somebody was faster, or nothing is to be done."


class MarketNotFound(NotFound):
    """No such market within the asker's reach."""

    code = "RESOURCE_MARKET_NOT_FOUND"
    status = 422
    advice = "Use the MIC of a market of an instrument that GET /api/v1/instruments lists."


class OverrideNotUsable(Refused):
    """The override is used, has expired, or was given for other terms."""

    code = "RULE_OVERRIDE_NOT_USABLE"
    advice = "Place the very terms that were refused, once and in time, or ask for another override."


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


class PriceOffTick(Refused):
    """The price of an execution is not a multiple of the instrument's tick."""

    code = "RULE_PRICE_OFF_TICK"
    advice = "Give a multiple of the instrument's tick_size."


class SplitNotExact(Refused):
    """The corporate action would leave a price or quantity that eight decimal places do not hold."""

    code = "RULE_SPLIT_NOT_EXACT"
    advice = "Cancel the order and place it anew under the new terms."


class CashBelowOneLot(Refused):
    """The money buys less than one lot at this price."""

    code = "RULE_CASH_BELOW_ONE_LOT"
    advice = "Give more cash_quantity, or place the order by quantity."


class ReasonNotApplicable(Refused):
    """The reason for a rejection states a fact that is none."""

    code = "RULE_REASON_NOT_APPLICABLE"
    advice = "Give 2 (broker option) or 99 (other): the house itself states the others."


class TooManyRefusals(TooManyRequests):
    """So many requests of this person were refused within a minute that no more are read."""

    code = "RATE_REFUSALS_EXCEEDED"


_CANCEL_REJECT_REASONS: dict[type[DomainError], CancelRejectReason] = {
    OrderNotFound: CancelRejectReason.UNKNOWN_ORDER,
    OrderNotOpen: CancelRejectReason.TOO_LATE,
    ReplacePending: CancelRejectReason.ALREADY_PENDING,
    ClientOrderIdUsed: CancelRejectReason.DUPLICATE_ID,
}


def cancel_reject_reason(error: DomainError) -> CancelRejectReason:
    """Return the reason that a cancel reject (FIX message 9) gives when `error` refuses a request."""
    return _CANCEL_REJECT_REASONS.get(type(error), CancelRejectReason.OTHER)
