"""What happens to orders, in the past tense."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from orders.kernel.events import Event
from orders.kernel.money import decimal_text
from orders.reports import ExecType


def _text(value: object) -> object:
    if isinstance(value, Decimal):
        return decimal_text(value)
    return value.isoformat() if isinstance(value, date) else value


@dataclass(frozen=True, kw_only=True)
class OrderEvent(Event):
    """A fact about one order. `before` and `after` hold the columns that changed, `details` what caused it.

    `exec_type` is what an execution report of it says (FIX tag 150), None where there is none.
    """

    object_type: ClassVar[str] = "order"
    exec_type: ClassVar[ExecType | None] = None

    order_id: UUID
    account_id: UUID
    before: dict[str, Any]
    after: dict[str, Any]
    details: dict[str, Any]

    def facts(self) -> dict[str, Any]:
        return {
            "account_id": str(self.account_id),
            "before": {name: _text(value) for name, value in self.before.items()},
            "after": {name: _text(value) for name, value in self.after.items()},
            "details": {name: _text(value) for name, value in self.details.items()},
        }


class OrderPlaced(OrderEvent):
    """The order was admitted: every check passed and its exposure is reserved."""

    exec_type = ExecType.NEW


class OrderAccepted(OrderEvent):
    """The desk took the order on."""

    exec_type = ExecType.NEW


class OrderRejected(OrderEvent):
    """The order was refused by a pre-trade check or by the desk, and is kept as rejected."""

    exec_type = ExecType.REJECTED


class ReplaceRequested(OrderEvent):
    """Someone asked for new terms."""


class ReplaceAcknowledged(OrderEvent):
    """The desk is working on a request for new terms; the order is pending replace."""

    exec_type = ExecType.PENDING_REPLACE


class OrderReplaced(OrderEvent):
    """The new terms are in force."""

    exec_type = ExecType.REPLACED


class ReplaceRejected(OrderEvent):
    """The old terms stay: the replace was refused, withdrawn, or came too late."""


class AmendmentRefused(OrderEvent):
    """A pre-trade check refused new terms; the order is as it was."""


class CancelRequested(OrderEvent):
    """Someone asked to cancel what is left."""


class CancelAcknowledged(OrderEvent):
    """The desk is working on a request to cancel; the order is pending cancel."""

    exec_type = ExecType.PENDING_CANCEL


class OrderCanceled(OrderEvent):
    """Nothing is left to be filled."""

    exec_type = ExecType.CANCELED


class CancelRejected(OrderEvent):
    """The cancel came too late, or was refused."""


class OrderExpired(OrderEvent):
    """The order's time in force ended."""

    exec_type = ExecType.EXPIRED


class OrderDoneForDay(OrderEvent):
    """Nothing more is filled today."""

    exec_type = ExecType.DONE_FOR_DAY


class OrderRestated(OrderEvent):
    """The desk states the order's quantity anew: renewed, reduced, increased by word, or split."""

    exec_type = ExecType.RESTATED


class OrderTriggered(OrderEvent):
    """The market reached what the order waited for: it works from here on."""

    exec_type = ExecType.TRIGGERED


class OrderStopped(OrderEvent):
    """An execution is guaranteed at a price, and not yet made."""

    exec_type = ExecType.STOPPED


class ExecutionApplied(OrderEvent):
    """A fill was booked on the order and its position."""

    exec_type = ExecType.TRADE


class ExecutionCorrected(OrderEvent):
    """A fill has another quantity or price than was reported."""

    exec_type = ExecType.TRADE_CORRECT


class ExecutionBusted(OrderEvent):
    """A fill was taken back."""

    exec_type = ExecType.TRADE_CANCEL


@dataclass(frozen=True, kw_only=True)
class InstructionRefused(Event):
    """A request to place an order failed before its account and instrument were known.

    `account` and `symbol` are codes that exist, and empty for whatever else was typed: that is the row's.
    """

    object_type: ClassVar[str] = "refusal"

    code: str
    account: str
    symbol: str

    def facts(self) -> dict[str, Any]:
        return {"code": self.code, "account": self.account, "symbol": self.symbol}


@dataclass(frozen=True, kw_only=True)
class LimitEvent(Event):
    """A fact about a limit, by approval. `scope` names the columns of its scope that are set, ids as text.

    `before` and `after` are its terms: value as text, percent of the warning, effective dates; None where it has none.
    """

    object_type: ClassVar[str] = "limit"

    kind: str
    scope: dict[str, str]
    approval_id: UUID
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None

    def facts(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "scope": self.scope,
            "approval_id": str(self.approval_id),
            "before": self.before,
            "after": self.after,
        }


class LimitSet(LimitEvent):
    """A new limit is in force from its effective date on."""


class LimitChanged(LimitEvent):
    """A limit has other terms."""


class LimitEnded(LimitEvent):
    """A limit is in force no longer."""


@dataclass(frozen=True, kw_only=True)
class KillSwitchEvent(Event):
    """A fact about a kill switch: `target_id` is the row that it stops, or the algorithm's name."""

    object_type: ClassVar[str] = "kill_switch"

    scope: str
    target_id: str

    def facts(self) -> dict[str, Any]:
        return {"scope": self.scope, "target_id": self.target_id}


class KillSwitchEngaged(KillSwitchEvent):
    """From here on no order in scope is admitted, amended, planned or sent."""


@dataclass(frozen=True, kw_only=True)
class KillSwitchSwept(KillSwitchEvent):
    """Every open order in scope has been asked to be canceled: so many by the switch, so many before it."""

    requested: int
    pending_before: int

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "requested": self.requested, "pending_before": self.pending_before}


@dataclass(frozen=True, kw_only=True)
class KillSwitchLifted(KillSwitchEvent):
    """Orders in scope are taken again, by approval."""

    approval_id: UUID

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "approval_id": str(self.approval_id)}


@dataclass(frozen=True, kw_only=True)
class ThrottleWasReset(Event):
    """A named person let a throttle of repeated executions count from zero again: RTS 6 Art. 15(3).

    Why is in the row, as it is for every limit.
    """

    object_type: ClassVar[str] = "limit"

    reset_id: UUID

    def facts(self) -> dict[str, Any]:
        return {"reset_id": str(self.reset_id)}


@dataclass(frozen=True, kw_only=True)
class OverrideGranted(Event):
    """The trader of a refused order may place its terms once past these denials, until it expires (recorded time)."""

    object_type: ClassVar[str] = "override"

    order_id: UUID
    account_id: UUID
    trader_id: UUID
    codes: list[str]
    expires_at: datetime

    def facts(self) -> dict[str, Any]:
        return {
            "order_id": str(self.order_id),
            "account_id": str(self.account_id),
            "trader_id": str(self.trader_id),
            "codes": self.codes,
            "expires_at": self.expires_at.isoformat(),
        }


@dataclass(frozen=True, kw_only=True)
class TradingStateChanged(Event):
    """An instrument, a market or an account was halted, suspended or resumed. `table` and `key` name its row."""

    object_type: ClassVar[str] = "trading_state"

    table: str
    key: str
    before: str
    after: str

    def facts(self) -> dict[str, Any]:
        return {"table": self.table, "key": self.key, "before": self.before, "after": self.after}


@dataclass(frozen=True, kw_only=True)
class PermissionChanged(Event):
    """A person gained or lost a permission on a firm, a desk or an account, or holds it for another time.

    `expires_at` (recorded time) is None without an end, `on_behalf_of` for a right of the person's own.
    """

    object_type: ClassVar[str] = "user"

    permission: str
    scope_type: str
    scope_id: UUID
    granted: bool
    expires_at: datetime | None
    on_behalf_of: str | None

    def facts(self) -> dict[str, Any]:
        return {
            "permission": self.permission,
            "scope_type": self.scope_type,
            "scope_id": str(self.scope_id),
            "granted": self.granted,
            "expires_at": _text(self.expires_at),
            "on_behalf_of": self.on_behalf_of,
        }


@dataclass(frozen=True, kw_only=True)
class ReferenceDataChanged(Event):
    """A firm, desk, account, instrument, limit or user was registered. `values` is the allow-list of its columns."""

    object_type: ClassVar[str] = "reference"

    table: str
    values: dict[str, Any]

    def facts(self) -> dict[str, Any]:
        return {"table": self.table, "values": {name: _text(value) for name, value in self.values.items()}}


@dataclass(frozen=True, kw_only=True)
class ExchangeRatesRecorded(Event):
    """Exchange rates came in together. `digest` is the SHA-256 of all of them, a line each, in their order."""

    object_type: ClassVar[str] = "exchange_rates"

    count: int
    pairs: tuple[str, ...]
    first: datetime
    last: datetime
    digest: str

    def facts(self) -> dict[str, Any]:
        return {
            "count": self.count,
            "pairs": list(self.pairs),
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "digest": self.digest,
        }


@dataclass(frozen=True, kw_only=True)
class CashMoved(Event):
    """Cash came into an account or left it: `amount` in the firm's currency, negative for a withdrawal.

    Its reference is a bank's free text, which may name people: it stays in the row.
    """

    object_type: ClassVar[str] = "cash_movement"

    account_id: UUID
    amount: Decimal

    def facts(self) -> dict[str, Any]:
        return {"account_id": str(self.account_id), "amount": decimal_text(self.amount)}


@dataclass(frozen=True, kw_only=True)
class DayOpened(Event):
    """The first revaluation of a firm's market day (UTC date): from its `opening_equity` the day's loss is counted."""

    object_type: ClassVar[str] = "firm"

    day: date
    opening_equity: Decimal

    def facts(self) -> dict[str, Any]:
        return {"day": self.day.isoformat(), "opening_equity": decimal_text(self.opening_equity)}


@dataclass(frozen=True, kw_only=True)
class MarketClockSet(Event):
    """The market clock was anchored anew for a replay."""

    object_type: ClassVar[str] = "market_clock"

    anchor: datetime
    speed: Decimal
    paused: bool

    def facts(self) -> dict[str, Any]:
        return {"anchor": self.anchor.isoformat(), "speed": decimal_text(self.speed), "paused": self.paused}


@dataclass(frozen=True, kw_only=True)
class EvidenceExported(Event):
    """A person took a file of what became of each order that a kill switch stopped: in which form, of how many."""

    object_type: ClassVar[str] = "kill_switch_evidence"

    form: str
    orders: int

    def facts(self) -> dict[str, Any]:
        return {"form": self.form, "orders": self.orders}
