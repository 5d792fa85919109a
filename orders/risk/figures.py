"""What pre-trade risk looks at and what it says: figures, limits in force, findings, the decision. Pure.

A check compares what has been used, what the order would make of it and what is allowed; it knows no database. The
decision keeps every finding, so that a refusal, a warning and an admission can be recomputed from what was seen.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from operator import itemgetter
from uuid import UUID

ZERO = Decimal(0)
HUNDRED = Decimal(100)


class Holder(StrEnum):
    """Whose exposure is counted. In the order in which their rows are locked."""

    ACCOUNT = "account"
    DESK = "desk"
    FIRM = "firm"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketFigures:
    """What is known of an instrument's market: prices in its currency, volume in units a day; None where unknown.

    `last` is the last trade, `mid` the middle of the newest quote, `previous_close` that of the last day before,
    `window_average` the volume-weighted price of the last five minutes, `average_daily_volume` that of up to twenty
    days. `session_opens_in_s` is how long until the session in which an order of now works: 0 while it is open.
    """

    last: Decimal | None = None
    mid: Decimal | None = None
    previous_close: Decimal | None = None
    window_average: Decimal | None = None
    average_daily_volume: Decimal | None = None
    session_opens_in_s: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentFigures:
    """What a holder has in the order's instrument, before the order: units, and notionals in the firm's currency.

    `worst_notional` is the sum over its positions of the larger absolute value with all open buys or all open sells
    filled.
    """

    net_quantity: Decimal = ZERO
    open_buy_quantity: Decimal = ZERO
    open_sell_quantity: Decimal = ZERO
    net_notional: Decimal = ZERO
    open_buy_notional: Decimal = ZERO
    open_sell_notional: Decimal = ZERO
    worst_notional: Decimal = ZERO


NOTHING_IN_INSTRUMENT = InstrumentFigures()


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderFigures:
    """What an account, a desk or a firm has, before the order, in the firm's currency.

    `instrument` is None where no limit in force needs it. `cash` is signed; `day_loss` is positive for a loss since
    the market day's first valuation, None before it.
    """

    gross_notional: Decimal = ZERO
    net_notional: Decimal = ZERO
    open_buy_notional: Decimal = ZERO
    open_sell_notional: Decimal = ZERO
    cash: Decimal = ZERO
    day_loss: Decimal | None = None
    instrument: InstrumentFigures | None = None

    @property
    def in_instrument(self) -> InstrumentFigures:
        """What the holder has in the order's instrument. Raises LookupError where that was not read."""
        if self.instrument is None:
            raise LookupError("the holder's figures in the instrument were not read")
        return self.instrument


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitInForce:
    """A limit that applies to the order. `holder` and `subject` say its scope in words: "desk EQ1", "instrument SPY".

    `holder_kind` is firm, desk, account, trader or empty; `subject_kind` instrument, asset_class or empty.
    """

    id: UUID
    kind: str
    version: int
    value: Decimal
    warn_at_percent: int
    holder_kind: str = ""
    holder: str = ""
    subject_kind: str = ""
    subject: str = ""

    @property
    def scope(self) -> str:
        """The scope in words, for a person."""
        return ", ".join(part for part in (self.holder, self.subject) if part)


class Outcome(StrEnum):
    """What a check says of an order, the mildest first."""

    PASSED = "passed"
    WARNED = "warned"
    OVERRIDDEN = "overridden"
    DENIED = "denied"


_WARNED, _DENIED = Outcome.WARNED, Outcome.DENIED
_BY_ITSELF = (Outcome.PASSED, Outcome.WARNED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found: for one limit, or (`limit` None) for what holds always.

    `used` is what stood before the order, `with_order` what it would be with it, in the kind's unit; `numbers` is
    what else was seen, as decimal strings.
    """

    check: str
    outcome: Outcome
    code: str = ""
    detail: str = ""
    limit: LimitInForce | None = None
    used: Decimal | None = None
    with_order: Decimal | None = None
    numbers: Mapping[str, str] = field(default_factory=dict)

    @property
    def utilisation_percent(self) -> Decimal | None:
        """How much of the limit is used with the order; None without a limit that can be filled."""
        if self.limit is None or self.with_order is None or self.limit.value <= 0:
            return None
        return self.with_order / self.limit.value * HUNDRED

    def waived_by(self, waived: Container[tuple[str, UUID]]) -> "Finding":
        """Return it as overridden where it denies what `waived` lets pass (a code, for one limit), else as it is."""
        if self.outcome is not _DENIED or self.limit is None or (self.code, self.limit.id) not in waived:
            return self
        return replace(self, outcome=Outcome.OVERRIDDEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether an order may be admitted, with everything that was seen.

    `findings` stand in the order of the checks. `quantity` in units; `notional` is the order's worth at worst in
    `currency`, the firm's.
    """

    findings: tuple[Finding, ...]
    market: MarketFigures
    market_time: datetime
    quantity: Decimal
    notional: Decimal | None
    currency: str

    @property
    def denials(self) -> tuple[Finding, ...]:
        """Why it is refused; the first one's code is the order's."""
        return tuple(each for each in self.findings if each.outcome is _DENIED)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What is near its limit."""
        return tuple(each for each in self.findings if each.outcome is _WARNED)

    @property
    def is_admitted(self) -> bool:
        """Whether no check refuses the order."""
        return not self.denials

    @property
    def tightest(self) -> Finding | None:
        """The limit that would bind next: the most used of those that the order passes by itself."""
        passed = [
            (percent, each)
            for each in self.findings
            if each.limit is not None
            and each.outcome in _BY_ITSELF
            and (percent := each.utilisation_percent) is not None
        ]
        return max(passed, key=itemgetter(0))[1] if passed else None
