"""Orders as they met the market, by chance: what was true of them, what a decision kept of it, and other limits."""

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from uuid import NAMESPACE_OID, uuid5

from orders.limit_kinds import KINDS, LimitKind
from orders.risk.check_list import EXPOSURE, MARKET_FIGURES, TERMS
from orders.risk.checks import evaluate
from orders.risk.figures import (
    Decision,
    Finding,
    Holder,
    HolderFigures,
    InstrumentFigures,
    LimitInForce,
    MarketFigures,
)
from orders.risk.kept import decision_from, figures_json, findings_json
from orders.risk.kept_order import KeptOrder, Terms
from orders.risk.recent import COUNTED_ON_AMENDING, COUNTED_ON_PLACING, MESSAGE_RATES, ORDER_RATES
from orders.risk.ticket import Ticket
from orders.risk.worst import with_order
from orders.terms import Side
from tests.orders.risk.tickets import GOOD

D = Decimal
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOLDER_NAMES = {
    "": "",
    "firm": "firm ATLAS",
    "desk": "desk EQ1",
    "account": "account ALPHA",
    "trader": "trader ann",
}
SUBJECT_NAMES = {"": "", "instrument": "instrument SPY", "asset_class": "asset class equity"}
CHECKS = (*TERMS, *EXPOSURE)
COUNTS = (*ORDER_RATES, *MESSAGE_RATES, LimitKind.REPEATED_EXECUTIONS)


@dataclass(frozen=True)
class Past:
    """An order and all that was true when it was judged, also what no limit asked for then."""

    ticket: Ticket
    is_new: bool
    more_quantity: Decimal
    more_notional: Decimal
    is_as_placed: bool
    seed: int

    def number(self, *scope: object, most: int) -> int:
        """What was counted in a scope: the same whenever it is asked."""
        return Random(f"{self.seed} {scope}").randint(0, most)

    def under(self, limits: tuple[LimitInForce, ...]) -> Ticket:
        """The ticket as admission makes it under these limits: it asks for what they need and no more."""
        wanted = {MARKET_FIGURES[each.kind] for each in limits if each.kind in MARKET_FIGURES} | {"last"}
        market = MarketFigures(**{name: getattr(self.ticket.market, name) for name in wanted})
        ticket = replace(self.ticket, limits=limits, market=market)
        if ticket.worst_price is None:
            return ticket
        kinds = COUNTED_ON_PLACING if self.is_new else COUNTED_ON_AMENDING
        return replace(
            ticket,
            after=with_order(ticket.before, ticket.side, self.more_quantity, self.more_notional),
            recent={each.id: self._recent(each) for each in limits if each.kind in kinds},
            margins={each.id: self._margin(each) for each in limits if each.kind == LimitKind.MARGIN},
        )

    def found_under(self, limits: tuple[LimitInForce, ...]) -> tuple[Finding, ...]:
        """What all checks find of it under these limits: without a worth nothing is said of exposure."""
        ticket = self.under(limits)
        return evaluate(TERMS if ticket.worst_price is None else CHECKS, ticket)

    def kept_under(self, limits: tuple[LimitInForce, ...]) -> KeptOrder:
        """What is left of it once it was judged under these limits: through the JSON that is stored, and back."""
        ticket = self.under(limits)
        decision = Decision(
            findings=self.found_under(limits),
            market=ticket.market,
            market_time=NOON,
            quantity=ticket.quantity,
            notional=ticket.notional,
            currency="USD",
        )
        return KeptOrder(
            decision=decision_from(findings_json(decision.findings), figures_json(decision), NOON),
            side=ticket.side,
            is_new=self.is_new,
            is_limited=ticket.limit_price is not None,
            terms=Terms(ticket.limit_price, ticket.stop_price) if self.is_as_placed else None,
        )

    def _recent(self, limit: LimitInForce) -> Decimal:
        scope = (limit.holder, limit.subject)
        if limit.kind == LimitKind.DUPLICATE_WINDOW_S:
            ages = [self.number("equal", each, most=100) for each in range(self.number("equals", most=3))]
            return D(sum(age < limit.value for age in ages))
        if limit.kind == LimitKind.SELF_TRADE_QUANTITY:
            return D(self.number("crossing", *scope, most=200))
        most = math.ceil(limit.value)
        since = limit.id if limit.kind == LimitKind.REPEATED_EXECUTIONS else ""
        orders = min(self.number("orders", limit.kind, since, *scope, most=12), most)
        if limit.kind in MESSAGE_RATES:
            return D(orders + min(self.number("requests", limit.kind, *scope, most=12), most))
        return D(orders)

    def _margin(self, limit: LimitInForce) -> Decimal | None:
        margin = self.number("margin", limit.holder_kind, most=20_000)
        return None if margin > 18_000 else D(margin)


def a_past_order(chance: Random, *, is_new: bool) -> Past:
    """An order of around 100 units at around 100, of a holder who has around as many."""
    side = chance.choice(list(Side))
    quantity = D(chance.randint(1, 200))
    price = chance.choice([None, D(chance.randint(9_000, 11_000)) / 100])
    filled = D(0) if is_new else D(chance.randint(0, int(quantity) - 1))
    ticket = replace(
        GOOD,
        side=side,
        quantity=quantity,
        limit_price=price,
        stop_price=D(chance.randint(90, 110)) if price and chance.random() < 0.3 else None,
        filled_quantity=filled,
        account_is_active=chance.random() < 0.9,
        market=_market(chance),
        lot_size=D(1),
        before={holder: _figures(chance) for holder in Holder},
    )
    worst = ticket.worst_price or D(0)
    return Past(
        ticket=ticket,
        is_new=is_new,
        more_quantity=quantity if is_new else D(chance.choice([0, 0, chance.randint(1, 50)])),
        more_notional=quantity * worst if is_new else D(chance.choice([0, 0, chance.randint(1, 5_000)])),
        is_as_placed=is_new and chance.random() < 0.5,
        seed=chance.randint(0, 10**6),
    )


def limits_by_chance(chance: Random) -> tuple[LimitInForce, ...]:
    """Limits of any kind and scope, near what such orders use, each scope once."""
    kinds = [chance.choice(list(LimitKind)) for _ in range(chance.randint(0, 14))]
    found = {}
    for kind in [LimitKind.POSITION_QUANTITY, *kinds]:
        limit = _limit(chance, kind)
        found[kind, limit.holder, limit.subject] = limit
    return tuple(found.values())


def changed(limits: tuple[LimitInForce, ...], chance: Random) -> tuple[LimitInForce, ...]:
    """Other limits: some with another value or percentage, some ended, some ended and set anew, and new ones."""
    now = {}
    for each in (*limits, *limits_by_chance(chance)):
        scope = (each.kind, each.holder, each.subject)
        what = chance.choice(["same", "value", "warns", "anew", "ended"])
        if scope in now or what == "ended":
            continue
        other = _limit(chance, LimitKind(each.kind))
        now[scope] = {
            "same": each,
            "value": replace(each, value=other.value, version=each.version + 1),
            "warns": replace(each, warn_at_percent=other.warn_at_percent),
            "anew": replace(each, id=uuid5(each.id, "anew"), value=other.value),
        }[what]
    return tuple(now.values())


def _limit(chance: Random, kind: LimitKind) -> LimitInForce:
    holder_kind, subject_kind = chance.choice(KINDS[kind].holders), chance.choice(KINDS[kind].subjects)
    fixed = KINDS[kind].fixed_value
    return LimitInForce(
        id=uuid5(NAMESPACE_OID, f"{kind} {holder_kind} {subject_kind}"),
        kind=kind,
        version=1,
        value=D(fixed) if fixed is not None else _value(chance, kind),
        warn_at_percent=chance.choice([50, 80, 100]),
        holder_kind=holder_kind,
        holder=HOLDER_NAMES[holder_kind],
        subject_kind=subject_kind,
        subject=SUBJECT_NAMES[subject_kind],
    )


def _value(chance: Random, kind: LimitKind) -> Decimal:
    unit = KINDS[kind].unit
    most = {"units": 400, "firm currency": 40_000, "bps": 2_000, "seconds": 100, "minutes": 100}.get(unit, 14)
    return D(chance.randint(0, most * 2)) / 2


def _market(chance: Random) -> MarketFigures:
    def figure(least: int, most: int) -> Decimal | None:
        return None if chance.random() < 0.1 else D(chance.randint(least, most))

    return MarketFigures(
        last=figure(90, 110),
        mid=figure(90, 110),
        previous_close=figure(90, 110),
        window_average=figure(90, 110),
        average_daily_volume=figure(0, 5_000),
        session_opens_in_s=figure(0, 6_000),
    )


def _figures(chance: Random) -> HolderFigures:
    net, buys, sells = D(chance.randint(-300, 300)), D(chance.randint(0, 200)), D(chance.randint(0, 200))
    worst = max(abs(net + buys), abs(net - sells)) * 100
    notionals = {
        "net_notional": net * 100,
        "open_buy_notional": buys * 100,
        "open_sell_notional": sells * 100,
    }
    return HolderFigures(
        gross_notional=worst + chance.randint(0, 9_000),
        cash=D(chance.randint(-9_000, 40_000)),
        day_loss=None if chance.random() < 0.2 else D(chance.randint(-9_000, 40_000)),
        instrument=InstrumentFigures(
            net_quantity=net,
            open_buy_quantity=buys,
            open_sell_quantity=sells,
            worst_notional=worst,
            **notionals,
        ),
        **notionals,
    )
