"""Orders, markets and days for the tests of algorithms, and a day played minute by minute without a database."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from execution.algorithms import Algorithm
from execution.algorithms.release import hindrance
from execution.algorithms.terms import Asked, IntendedSlice, Market, Parent, Plan, Why
from execution.algorithms.working import WorkingParameters
from execution.market_data.bars import Bar
from execution.market_data.volume import TradedVolume
from execution.session import XNYS, Session, session_on
from orders.terms import OrderType, Side, TimeInForce

MINUTE = timedelta(minutes=1)


def session_of(day: date, mic: str = XNYS) -> Session:
    found = session_on(day, mic)
    assert found is not None
    return found


SESSION = session_of(date(2013, 10, 7))
OPEN = SESSION.open
TOKYO = session_of(date(2024, 1, 4), "XTKS")


def at(minutes: float, session: Session = SESSION) -> datetime:
    """So many minutes after the open."""
    return session.open + minutes * MINUTE


def an_order(market_time: datetime = OPEN, **differing: Any) -> Asked:
    usual: dict[str, Any] = {
        "side": Side.BUY,
        "type": OrderType.LIMIT,
        "time_in_force": TimeInForce.DAY,
        "quantity": Decimal(1000),
        "limit_price": Decimal(100),
        "lot_size": Decimal(1),
        "tick_size": Decimal("0.01"),
        "session": SESSION,
    }
    return Asked(market_time=market_time, **{**usual, **differing})


def completed(algorithm: Algorithm, asked: Asked, **parameters: Any) -> Any:
    """The parameters as they come back from the row in which they are kept."""
    decided = algorithm.complete(algorithm.parameters.model_validate(parameters), asked)
    return algorithm.parameters.model_validate(decided.model_dump(mode="json", exclude_none=True))


def a_parent(quantity: Decimal | int = 1000, **differing: Any) -> Parent:
    usual: dict[str, Any] = {
        "side": Side.BUY,
        "type": OrderType.LIMIT,
        "time_in_force": TimeInForce.DAY,
        "limit_price": Decimal(100),
        "lot_size": Decimal(1),
    }
    return Parent(quantity=Decimal(quantity), **{**usual, **differing})


def worked(
    parent: Parent, *, filled: int = 0, live: int = 0, sent: Sequence[tuple[datetime, int]] = ()
) -> Parent:
    """The order with so much of it filled and live."""
    return replace(
        parent,
        quantity=parent.quantity - filled - live,
        filled_quantity=parent.filled_quantity + filled,
        live_quantity=parent.live_quantity + live,
        sent=[(moment, Decimal(quantity)) for moment, quantity in sent],
    )


def a_bar(start: datetime, volume: Decimal | int, price: Decimal | str = "99") -> Bar:
    return Bar("SPY", start, *[Decimal(price)] * 4, Decimal(volume))


def bars_of(
    volumes: Sequence[int], prices: Sequence[str] | None = None, session: Session = SESSION
) -> list[Bar]:
    """One bar a minute from the open on."""
    each = prices or ["99"] * len(volumes)
    return [
        a_bar(at(number, session), volume, price)
        for number, (volume, price) in enumerate(zip(volumes, each, strict=True))
    ]


def a_market(
    bars: Sequence[Bar] = (), until: datetime | None = None, session: Session = SESSION, **known: Any
) -> Market:
    """The market as it is known at `until`: by the bars that have ended."""
    ended = [bar for bar in bars if until is None or bar.end <= until]
    return Market(
        session=session,
        last_price=ended[-1].close if ended else None,
        minutes=ended,
        traded=TradedVolume(ended),
        **known,
    )


@dataclass
class Day:
    """What became of an order: what was sent when and why, and every plan."""

    parent: Parent
    sent: list[tuple[datetime, IntendedSlice]] = field(default_factory=list)
    plans: list[tuple[datetime, Plan]] = field(default_factory=list)

    def quantities(self) -> list[Decimal]:
        return [each.quantity for _, each in self.sent]


def played(
    algorithm: Algorithm,
    parameters: WorkingParameters,
    parent: Parent,
    bars: Sequence[Bar],
    *,
    outages: Collection[int] = (),
    step: timedelta = MINUTE / 2,
    session: Session = SESSION,
    until: datetime | None = None,
    **known: Any,
) -> Day:
    """Play a session: plan, hold what is due against the market, send it; it fills at once.

    In the minutes of `outages` nothing of ours runs. What is planned for a moment must be free to go at that moment.
    """
    day, pending, review = Day(parent), list[IntendedSlice](), parameters.start
    moment = session.open
    while moment < (until or session.close):
        if (moment - session.open) // MINUTE not in outages:
            market = a_market(bars, moment, session, **known)
            due = [each for each in pending if each.due_at <= moment]
            hindered = due and hindrance(due, day.parent, parameters, market=market, market_time=moment)
            if hindered or not day.plans or (review is not None and review <= moment):
                plan = algorithm.plan(day.parent, parameters, market=market, market_time=moment)
                day.plans.append((moment, plan))
                pending, review = list(plan.slices), plan.review_at
                assert review is None or review > moment
                due = [each for each in pending if each.due_at <= moment]
            assert not due or (
                len(due) == 1
                and hindrance(due, day.parent, parameters, market=market, market_time=moment) is None
            )
            for each in due:
                pending.remove(each)
                day.sent.append((moment, each))
                day.parent = replace(
                    day.parent,
                    quantity=day.parent.quantity - each.quantity,
                    filled_quantity=day.parent.filled_quantity + each.quantity,
                    sent=[*day.parent.sent, (moment, each.quantity)],
                )
                if algorithm.follows_fills:
                    review = moment
        moment += step
    return day


def whys(day: Day) -> set[Why]:
    return {plan.why for _, plan in day.plans}
