"""What the whole list of checks costs, its decision as it is kept included, beside a loop written by hand.

Fifty limits are in force, twelve apply to the order. The loop finds the twelve and makes the same Decimal comparisons,
and nothing else; tests/bench/test_risk.py holds both equal. The list begins with what the statement of admission
brings (the twelve, as columns) and ends with the JSON that is stored.
"""

import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from orders.limit_kinds import LimitKind
from orders.models import Instrument
from orders.risk.applying import in_force
from orders.risk.check_list import EXPOSURE, TERMS
from orders.risk.checks import evaluate
from orders.risk.figures import Decision, Holder, HolderFigures, InstrumentFigures, MarketFigures
from orders.risk.kept import figures_json, findings_json, tightest_json
from orders.risk.ticket import Ticket
from orders.risk.worst import with_order
from orders.terms import Side

ROUNDS, REPETITIONS = 31, 50
_NOW = datetime(2024, 3, 4, 17, 30, tzinfo=UTC)
_NAMES = {"account": "GROWTH", "desk": "EQ1", "firm": "ATLAS", "trader": "ann"}
_APPLYING = (
    (LimitKind.ORDER_QUANTITY, "account", "10000"),
    (LimitKind.ORDER_NOTIONAL, "account", "10000000"),
    (LimitKind.PRICE_COLLAR_BPS, "account", "500"),
    (LimitKind.MID_COLLAR_BPS, "firm", "300"),
    (LimitKind.CLOSE_COLLAR_BPS, "firm", "1000"),
    (LimitKind.PERMITTED, "trader", "1"),
    (LimitKind.POSITION_QUANTITY, "account", "1000000"),
    (LimitKind.GROSS_NOTIONAL, "account", "500000000"),
    (LimitKind.GROSS_NOTIONAL, "desk", "800000000"),
    (LimitKind.GROSS_NOTIONAL, "firm", "900000000"),
    (LimitKind.NET_NOTIONAL, "firm", "900000000"),
    (LimitKind.CREDIT_NOTIONAL, "account", "90000000"),
)
_OTHERS = 38


class StoredLimit(NamedTuple):
    """A limit as its row has it: whose it is and of which instrument (None: of any), its kind and value."""

    id: UUID
    kind: str
    holder_kind: str
    holder: UUID
    instrument: UUID | None
    value: Decimal


@dataclass(frozen=True)
class Case:
    """An order to buy at a limit price, all limits in force, and what account, desk and firm have without it."""

    holders: Mapping[str, UUID]
    instrument: UUID
    limits: Sequence[StoredLimit]
    quantity: Decimal
    limit_price: Decimal
    market: MarketFigures
    before: Mapping[Holder, HolderFigures]


def a_case(*, quantity: Decimal, limit_price: Decimal, open_buys: Decimal) -> Case:
    """Return an order under fifty limits; each holder has `open_buys` units open at the last price."""
    holders = {kind: uuid4() for kind in _NAMES}
    instrument, last = uuid4(), Decimal("512.05")
    limits = [
        StoredLimit(uuid4(), kind, holder, holders[holder], None, Decimal(value))
        for kind, holder, value in _APPLYING
    ]
    for number in range(_OTHERS):
        kind, holder, value = _APPLYING[number % len(_APPLYING)]
        somebody = (uuid4(), None) if number % 2 else (holders[holder], uuid4())
        limits.append(StoredLimit(uuid4(), kind, holder, *somebody, Decimal(value)))
    notional = open_buys * last
    mine = InstrumentFigures(open_buy_quantity=open_buys, open_buy_notional=notional, worst_notional=notional)
    figures = HolderFigures(gross_notional=notional, open_buy_notional=notional, instrument=mine)
    market = MarketFigures(last=last, mid=Decimal("512.00"), previous_close=Decimal("509.80"))
    return Case(holders, instrument, limits, quantity, limit_price, market, dict.fromkeys(Holder, figures))


def by_hand(case: Case) -> dict[UUID, bool]:
    """Return of every limit that applies and is a number whether the order exceeds it."""
    exceeded = {}
    price = max(case.limit_price, case.market.last or Decimal(0))
    for limit in case.limits:
        if limit.holder != case.holders[limit.holder_kind] or limit.kind == "permitted":
            continue
        if limit.instrument is None or limit.instrument == case.instrument:
            exceeded[limit.id] = _is_exceeded(limit, case, case.quantity * price)
    return exceeded


def _is_exceeded(limit: StoredLimit, case: Case, notional: Decimal) -> bool:
    kind, value, market = limit.kind, limit.value, case.market
    if kind == "order_quantity":
        return case.quantity > value
    if kind == "order_notional":
        return notional > value
    references = {
        "price_collar_bps": market.last,
        "mid_collar_bps": market.mid,
        "close_collar_bps": market.previous_close,
    }
    if kind in references:
        return _is_through(case.limit_price, references[kind], value)
    figures = case.before[Holder(limit.holder_kind)]
    if kind == "position_quantity":
        return figures.in_instrument.open_buy_quantity + case.quantity > value
    base = figures.gross_notional if kind == "gross_notional" else figures.open_buy_notional
    return base + notional > value


def _is_through(price: Decimal, reference: Decimal | None, collar_bps: Decimal) -> bool:
    return reference is None or (price - reference) * 10_000 > collar_bps * reference


def whole_list(case: Case, columns: Sequence[Sequence[Any]], instrument: Instrument) -> tuple[Decision, str]:
    """Return the decision of all checks and the JSON that is kept of it; `columns` are those of the twelve."""
    ticket = Ticket(
        side=Side.BUY,
        quantity=case.quantity,
        limit_price=case.limit_price,
        account_is_active=True,
        instrument_is_active=True,
        market_is_active=True,
        tick_size=instrument.tick_size,
        lot_size=instrument.lot_size,
        limits=in_force(list(columns), _NOW, holders=_NAMES, instrument=instrument),
        market=case.market,
    )
    found, notional = evaluate(TERMS, ticket), ticket.notional or Decimal(0)
    after = with_order(case.before, Side.BUY, case.quantity, notional)
    exposed = replace(ticket, before=case.before, after=after)
    decision = Decision(
        findings=(*found, *evaluate(EXPOSURE, exposed)),
        market=case.market,
        market_time=_NOW,
        quantity=case.quantity,
        notional=notional,
        currency="USD",
    )
    kept = findings_json(decision.findings), figures_json(decision), tightest_json(decision)
    return decision, json.dumps(kept, separators=(",", ":"))


def columns_of(case: Case) -> list[list[Any]]:
    """Return what the statement of admission brings of the limits that apply (LIMIT_COLUMNS)."""
    applying = case.limits[: len(_APPLYING)]
    rows = [(each.id, each.kind, 1, each.value, 80, None, None, each.holder_kind, "") for each in applying]
    return [list(column) for column in zip(*rows, strict=True)]


def an_instrument() -> Instrument:
    """Return one that is nowhere stored."""
    return Instrument(symbol="SPY", asset_class="equity", tick_size=Decimal("0.01"), lot_size=Decimal(1))


@dataclass(frozen=True)
class Measured:
    """Microseconds of one order: medians over rounds that were run in turn."""

    whole_list_us: float
    by_hand_us: float

    @property
    def ratio(self) -> float:
        return self.whole_list_us / self.by_hand_us


def measure() -> Measured:
    """Measure both in turn."""
    case = a_case(quantity=Decimal(100), limit_price=Decimal("512.00"), open_buys=Decimal(5_000))
    columns, instrument = columns_of(case), an_instrument()
    rounds = [
        (_each_us(lambda: whole_list(case, columns, instrument)), _each_us(lambda: by_hand(case)))
        for _ in range(ROUNDS)
    ]
    return Measured(*(statistics.median(times) for times in zip(*rounds, strict=True)))


def _each_us(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    for _ in range(REPETITIONS):
        work()
    return (time.perf_counter() - began) / REPETITIONS * 1_000_000
