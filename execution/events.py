"""What happens in execution, in the past tense."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from orders.kernel.events import Event
from orders.kernel.moments import moment_text


@dataclass(frozen=True, kw_only=True)
class MarketDataLoaded(Event):
    """Market data came in: `count` rows of `symbols`, from the moment `first` to the moment `last`.

    `sha256` is the digest of the file, empty where a program brought the rows; where the file lay is in the load's row.
    Of a correction, which has its `reason`, `corrected` rows changed what was there.
    """

    object_type: ClassVar[str] = "market_data"

    count: int
    symbols: tuple[str, ...]
    first: datetime
    last: datetime
    source: str
    sha256: str
    corrected: int
    reason: str

    def facts(self) -> dict[str, Any]:
        return {
            "count": self.count,
            "symbols": list(self.symbols),
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "sha256": self.sha256,
            "corrected": self.corrected,
            "reason": self.reason,
        }


class BarsLoaded(MarketDataLoaded):
    """Minute bars were loaded: first and last are the minutes' starts."""


class BarsCorrected(MarketDataLoaded):
    """Minute bars were restated: what they said before is kept."""


class QuotesLoaded(MarketDataLoaded):
    """Quotes were loaded."""


class QuotesCorrected(MarketDataLoaded):
    """Quotes were restated: what they said before is kept."""


class TradesLoaded(MarketDataLoaded):
    """Prints were loaded."""


class TradesCorrected(MarketDataLoaded):
    """Prints were restated: what they said before is kept."""


@dataclass(frozen=True, kw_only=True)
class RunEvent(Event):
    """Something was done to the work on an order, which the order names. `reason` says why."""

    object_type: ClassVar[str] = "run"

    account_id: UUID
    reason: str

    def facts(self) -> dict[str, Any]:
        return {"account_id": str(self.account_id), "reason": self.reason}


class RunPaused(RunEvent):
    """A person paused the work: nothing is sent, and what was live at the venue is asked back."""


class RunResumed(RunEvent):
    """A person let the work go on."""


@dataclass(frozen=True, kw_only=True)
class ParametersChanged(RunEvent):
    """A person changed the parameters of an algorithm at work: those that changed, before and after."""

    parameters_revision: int
    before: dict[str, Any]
    after: dict[str, Any]

    def facts(self) -> dict[str, Any]:
        changed = {
            "parameters_revision": self.parameters_revision,
            "before": self.before,
            "after": self.after,
        }
        return {**super().facts(), **changed}


@dataclass(frozen=True, kw_only=True)
class DeadLetterEvent(Event):
    """A person settled what the machinery gave up after `attempts` attempts.

    `kind` says of which table the row is (run, venue_order, report); `order_id` is None for a report on an order that
    is not ours.
    """

    object_type: ClassVar[str] = "dead_letter"

    kind: str
    order_id: UUID | None
    attempts: int
    reason: str

    def facts(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "order_id": None if self.order_id is None else str(self.order_id),
            "attempts": self.attempts,
            "reason": self.reason,
        }


class DeadLetterRetried(DeadLetterEvent):
    """It is tried again, and its attempts count from zero."""


class DeadLetterDiscarded(DeadLetterEvent):
    """It is not tried again: what that means is the kind's own (docs/decisions/dead_letters.md)."""


@dataclass(frozen=True, kw_only=True)
class CostsExported(Event):
    """A person took a file of what orders cost: in which form, for which choices, and of how many orders."""

    object_type: ClassVar[str] = "costs"

    form: str
    asked: dict[str, str]
    orders: int

    def facts(self) -> dict[str, Any]:
        return {"form": self.form, "asked": self.asked, "orders": self.orders}


@dataclass(frozen=True, kw_only=True)
class VenueBreakEvent(Event):
    """A venue's record of a venue order and ours disagree, or do so no longer.

    `kind` is a DifferenceKind, `subject` the venue's id of the execution that it is about; `reason` is a person's.
    """

    object_type: ClassVar[str] = "venue_break"

    kind: str
    venue_order_id: UUID
    subject: str
    ours: str
    venues: str
    reason: str

    def facts(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "venue_order_id": str(self.venue_order_id),
            "subject": self.subject,
            "ours": self.ours,
            "venues": self.venues,
            "reason": self.reason,
        }


@dataclass(frozen=True, kw_only=True)
class VenueRegistered(Event):
    """A venue is known from now on. `calendar` is the MIC whose sessions it keeps, "" for each instrument's."""

    object_type: ClassVar[str] = "venue"

    name: str
    calendar: str

    def facts(self) -> dict[str, Any]:
        return {"name": self.name, "calendar": self.calendar}


@dataclass(frozen=True, kw_only=True)
class RoutingRuleEvent(Event):
    """A routing rule came or went, as two persons agreed: what it says, and from when to when it holds.

    The effective dates are market time.
    """

    object_type: ClassVar[str] = "routing_rule"

    name: str
    approval_id: UUID
    rule: dict[str, Any]
    effective_from: datetime
    effective_until: datetime | None

    def facts(self) -> dict[str, Any]:
        until = self.effective_until
        return {
            "name": self.name,
            "approval_id": str(self.approval_id),
            "rule": self.rule,
            "effective_from": moment_text(self.effective_from),
            "effective_until": None if until is None else moment_text(until),
        }


class RoutingRuleSet(RoutingRuleEvent):
    """A rule holds from a moment on, in place of the one of its name."""


class RoutingRuleProlonged(RoutingRuleEvent):
    """A rule goes on, since what was to replace it was taken back."""


class RoutingRuleEnded(RoutingRuleEvent):
    """A rule holds no longer."""


class VenueBreakFound(VenueBreakEvent):
    """Booking what the venue has did not bring the records together."""


class VenueBreakMended(VenueBreakEvent):
    """The records agree again."""


class VenueBreakSettled(VenueBreakEvent):
    """A person closed it, for a reason: the records stay as they are."""
