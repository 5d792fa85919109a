"""Commands: what a person or a client may ask for. The one validation for every door."""

import hashlib
import json
import unicodedata
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from orders.combinations import HUNDRED_PERCENT, Misfit, misfits
from orders.kernel.moments import MarketDay, Moment
from orders.kernel.money import Money, Percent, Price, Quantity, SignedMoney
from orders.terms import KillSwitchScope, OrderType, Side, TimeInForce

Code = Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$")]
ClientOrderId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]*$")]
_UNSEEN = frozenset({"Cc", "Zl", "Zp"})
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""What lets a line read otherwise than it was written (Unicode's explicit bidirectional formatting)."""


def legible(text: str) -> str:
    """Return the text. Raises ValueError unless it is one line of which a person can read something."""
    if any(unicodedata.category(each) in _UNSEEN or each in _TURNING for each in text):
        raise ValueError("must be one line without control characters")
    if not any(each.isprintable() and not each.isspace() for each in text):
        raise ValueError("must say something")
    return text


Reason = Annotated[
    str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$"), AfterValidator(legible)
]
"""Why a person does something: it is kept, and read by others."""


LONGEST_PARAMETERS = 4_096
"""How long an algorithm's parameters may be, in characters of JSON: they are kept with the order and in its trail."""


def bounded_parameters(parameters: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters. Raises ValueError for more than are kept."""
    if len(json.dumps(parameters)) > LONGEST_PARAMETERS:
        raise ValueError(f"must be at most {LONGEST_PARAMETERS} characters of JSON")
    return parameters


LONGEST_OVERRIDE_MINUTES = 480
"""Eight hours: leave to place what was refused is for this day, and no rule by another name."""


class Command(BaseModel):
    """Base: frozen, and every unknown field is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def digest(self) -> str:
        """Return the SHA-256 of the command in canonical JSON: the same request again has the same digest."""
        return _digest(self.model_dump(mode="json"))


def _digest(said: dict[str, Any]) -> str:
    body = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(body.encode()).hexdigest()


class AlgorithmInstruction(Command):
    """How the order is to be worked. Opaque to this app: execution validates it inside admission."""

    name: Code
    parameters: Annotated[dict[str, Any], AfterValidator(bounded_parameters)] = Field(default_factory=dict)


class PlaceOrder(Command):
    """Place an order. Which terms go together stands in orders/combinations.py.

    `expires_on` is the last day of a gtd order, by the market's own date. Before `effective_at` (market time, FIX
    EffectiveTime) nothing of the order is sent. `display_quantity` is how much of a resting order is shown at once,
    `minimum_quantity` how large its first execution is at least. `stop_price` is what the market has to reach first;
    that of a trailing stop follows the market at `trail_price` (currency) or `trail_percent`.

    Instead of a `quantity` it may say for how much money, in the instrument's currency: `cash_quantity` becomes as
    many whole lots as it buys at the limit price, or at the last price of the market.

    `override` names the leave that another person gave to place once what was refused, on the same terms.
    """

    account: Code
    client_order_id: ClientOrderId
    symbol: Code
    side: Side
    type: OrderType
    time_in_force: TimeInForce = TimeInForce.DAY
    quantity: Quantity | None = None
    cash_quantity: Money | None = None
    limit_price: Price | None = None
    stop_price: Price | None = None
    trail_price: Price | None = None
    trail_percent: Percent | None = None
    display_quantity: Quantity | None = None
    minimum_quantity: Quantity | None = None
    expires_on: MarketDay | None = None
    effective_at: Moment | None = None
    algorithm: AlgorithmInstruction | None = None
    override: UUID | None = None

    def digest(self) -> str:
        """Return the request's digest: without an override it is what it was before there were any."""
        return _digest(self.model_dump(mode="json", exclude=None if self.override else {"override"}))

    @model_validator(mode="after")
    def _terms_fit_each_other(self) -> "PlaceOrder":
        if found := misfits(self):
            raise ValidationError.from_exception_data(type(self).__name__, [_line(each) for each in found])
        return self

    @model_validator(mode="after")
    def _quantity_or_cash(self) -> "PlaceOrder":
        if (self.quantity is None) == (self.cash_quantity is None):
            raise ValueError("give either quantity or cash_quantity")
        return self


def _line(misfit: Misfit) -> InitErrorDetails:
    """Return the error at the field itself, as if the field's own validation had found it."""
    return InitErrorDetails(
        type=PydanticCustomError("misfit", "{detail}", {"detail": misfit.detail}),
        loc=(misfit.field,),
        input=None,
    )


class AmendOrder(Command):
    """Replace an open order's quantity (the new total, what is filled included), its prices, or several of them.

    `stop_price`, `trail_price` and `trail_percent` can be replaced until the market has triggered the order.
    `client_order_id` is the request's own, a new link of the order's chain: the same request again under it changes
    nothing. `orig_client_order_id` is the link that it follows, where the asker wants that checked. `reason` is kept
    in the trail.
    """

    quantity: Quantity | None = None
    limit_price: Price | None = None
    stop_price: Price | None = None
    trail_price: Price | None = None
    trail_percent: Percent | None = None
    client_order_id: ClientOrderId | None = None
    orig_client_order_id: ClientOrderId | None = None
    reason: Reason | None = None

    @model_validator(mode="after")
    def _something_changes(self) -> "AmendOrder":
        if not self.given():
            raise ValueError("give quantity, limit_price, stop_price, trail_price or trail_percent")
        if self.trail_price is not None and self.trail_percent is not None:
            raise ValueError("give trail_price or trail_percent, not both")
        if self.trail_percent is not None and self.trail_percent >= HUNDRED_PERCENT:
            raise ValueError("trail_percent must be below 100")
        return self

    def given(self) -> dict[str, Decimal]:
        """Return the terms that are asked for, by their names."""
        terms = {name: getattr(self, name) for name in AMENDABLE}
        return {name: value for name, value in terms.items() if value is not None}


AMENDABLE = ("quantity", "limit_price", "stop_price", "trail_price", "trail_percent")
"""The terms that an amendment may replace."""


class CancelOrder(Command):
    """Cancel what is left of an order; ids and `reason` as for an amendment."""

    client_order_id: ClientOrderId | None = None
    orig_client_order_id: ClientOrderId | None = None
    reason: Reason | None = None


class EngageKillSwitch(Command):
    """Stop all orders of one firm, desk, account, trader, algorithm or instrument.

    `target` is its id, or its code, login name, algorithm or symbol.
    """

    scope: KillSwitchScope
    target: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]+$")]
    reason: Reason


class ResetThrottle(Command):
    """Let a throttled algorithm be used again; `reason` says why it may be, and is kept."""

    reason: Reason


class DeskAnswer(StrEnum):
    """What a desk can answer for an order that it works by hand (orders.services.desk)."""

    ACCEPT = "accept"
    REJECT = "reject"
    ACKNOWLEDGE_REQUEST = "acknowledge_request"
    CONFIRM_REQUEST = "confirm_request"
    REJECT_REQUEST = "reject_request"
    CANCEL = "cancel"
    DONE_FOR_DAY = "done_for_day"
    RESTATE = "restate"
    STOP = "stop"
    TRIGGER = "trigger"


class RejectWord(StrEnum):
    """The desk's own reasons not to follow a request: FIX CxlRejReason 2 and 99."""

    BROKER_OPTION = "broker_option"
    OTHER = "other"


class RestatementWord(StrEnum):
    """Why a quantity is stated anew: FIX ExecRestatementReason 0, 1, 2 and 5."""

    CORPORATE_ACTION = "corporate_action"
    RENEWAL = "renewal"
    VERBAL_CHANGE = "verbal_change"
    PARTIAL_DECLINE = "partial_decline"


class AnswerOrder(Command):
    """The desk's answer. `client_order_id` names the request that is answered, the oldest that waits where none is.

    `quantity` is what is restated or guaranteed, in units; `price` what is guaranteed, or what an order for cash is
    converted at.
    """

    answer: DeskAnswer
    client_order_id: ClientOrderId | None = None
    quantity: Quantity | None = None
    price: Price | None = None
    reject_reason: RejectWord = RejectWord.OTHER
    restatement_reason: RestatementWord = RestatementWord.VERBAL_CHANGE
    reason: Reason | None = None

    @model_validator(mode="after")
    def _quantity_where_it_is_needed(self) -> "AnswerOrder":
        if self.quantity is None and self.answer in (DeskAnswer.RESTATE, DeskAnswer.STOP):
            raise ValueError(f"to {self.answer} takes a quantity")
        return self


class RecordCash(Command):
    """Record cash that came into an account (`amount` in the firm's currency) or left it (negative).

    `reference` names the movement for whoever made it, and is unique in the account.
    """

    account: Code
    amount: SignedMoney
    reference: ClientOrderId


class GrantOverride(Command):
    """Let a refused order be placed once past these denial codes, within so many minutes, and say why."""

    codes: Annotated[list[Code], Field(min_length=1, max_length=32)]
    expires_in_minutes: Annotated[int, Field(strict=True, ge=1, le=LONGEST_OVERRIDE_MINUTES)]
    reason: Reason


class ChangeState(Command):
    """Halt or resume an instrument, a market or an account, and say why."""

    state: Annotated[str, Field(min_length=1, max_length=16, pattern=r"^[a-z_]+$")]
    reason: Reason
