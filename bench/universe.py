"""Accounts, people and a market in which every order of the bench is admitted: all by the site's own services."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any, NamedTuple

from django.db.models import Sum

from compliance.commands import MakeToken
from compliance.models import Checkpoint, Leaf
from compliance.services.roles import define_roles, grant_role
from compliance.services.tokens import create_token
from compliance.token_scopes import TokenScope
from execution.market_data.generator import trading_day
from execution.models import Run, VenueReport
from execution.models.run import RunState
from execution.services.market_data import load_bars
from execution.session import XNYS, session_on
from orders import services
from orders.events import OrderPlaced
from orders.kernel.context import process_actor
from orders.limit_kinds import LimitKind
from orders.models import Account, Desk, Firm, Order, Position, RiskDecision, User

SYMBOL = "SPY"
ACCOUNTS = 64
"""So many that two orders rarely wait for the same position's row; admission.sql draws from 1,000 accounts."""

QUANTITY = 100
STATEMENT_ORDERS = 2
"""How many orders bench.statements placed before."""

LIMIT_PRICE = "450.25"
"""Far below the market: the order rests at the venue, and what is measured beside admission is no storm of fills."""

SETUP = process_actor("bench")
_DAY = date(2024, 3, 4)
_OPEN_PRICE = Decimal("512.05")
_OF_ACCOUNT = {
    LimitKind.ORDER_QUANTITY: Decimal(10_000),
    LimitKind.ORDER_NOTIONAL: Decimal(10_000_000),
    LimitKind.PRICE_COLLAR_BPS: Decimal(500),
    LimitKind.POSITION_QUANTITY: Decimal(1_000_000_000),
    LimitKind.GROSS_NOTIONAL: Decimal(10**15),
    LimitKind.CREDIT_NOTIONAL: Decimal(10**15),
}
_OF_DESK_AND_FIRM = {
    LimitKind.GROSS_NOTIONAL: Decimal(10**17),
    LimitKind.NET_NOTIONAL: Decimal(10**17),
}
_OF_TRADER = {LimitKind.PERMITTED: Decimal(1), LimitKind.ORDERS_PER_SECOND: Decimal(10_000)}
"""Twelve limits apply to an order, and let it through: they are judged all the same."""


@dataclass(frozen=True)
class Universe:
    """A token for each client, and the codes of the accounts that all of them may trade for."""

    tokens: list[str]
    accounts: list[str]


def build(*, clients: int) -> Universe:
    """Fill the migrated database of this process: a market in its session, accounts with limits, traders."""
    firm = services.register_firm(actor=SETUP, code="BENCH", currency="USD")
    desk = services.register_desk(actor=SETUP, firm=firm, code="BENCH-DESK")
    for holder in (firm, desk):
        _limit(holder, _OF_DESK_AND_FIRM)
    _open_market()
    accounts = [account(desk, f"BENCH-{number}") for number in range(ACCOUNTS)]
    define_roles(actor=SETUP)
    return Universe([_trader_token(desk, number) for number in range(clients)], accounts)


def orders(accounts: list[str], *, client: int) -> Callable[[], dict[str, Any]]:
    """Return what makes a client's next order: a limit order that rests, for an account drawn at random."""
    numbers, dice = count(1), random.Random(client)  # noqa: S311 - repeatable, not secret

    def next_order() -> dict[str, Any]:
        return {
            "account": dice.choice(accounts),
            "client_order_id": f"bench-{client}-{next(numbers)}",
            "symbol": SYMBOL,
            "side": "buy",
            "type": "limit",
            "time_in_force": "day",
            "quantity": str(QUANTITY),
            "limit_price": LIMIT_PRICE,
        }

    return next_order


def wait_until_worked() -> None:
    """Return when the first orders have gone the whole way: planned by a worker, acknowledged by the venue through
    the gateway, and in the audit tree. Everything is running then. Raises TimeoutError after 90 s.
    """
    deadline = time.monotonic() + 90
    while not _first_orders_are_worked():
        if time.monotonic() > deadline:
            raise TimeoutError("the first orders were not worked: not every process of the Procfile runs")
        time.sleep(0.2)


def _first_orders_are_worked() -> bool:
    acknowledged = VenueReport.objects.filter(applied_at__isnull=False).count()
    return (
        acknowledged >= STATEMENT_ORDERS
        and Checkpoint.objects.filter(tree_size=Leaf.objects.count()).exists()
    )


def orders_worked() -> int:
    """Return how many of the orders have been planned by a worker so far."""
    return Run.objects.exclude(state=RunState.NEW).count()


class Kept(NamedTuple):
    """How many orders there are, placed as their leaves tell, to be worked, decided on, and reserved for."""

    orders: int
    audited: int
    runs: int
    decisions: int
    held: int


def kept() -> Kept:
    """Count them."""
    reserved = Position.objects.aggregate(quantity=Sum("open_buy_quantity"))["quantity"] or 0
    return Kept(
        Order.objects.count(),
        Leaf.objects.filter(action=OrderPlaced.__name__).count(),
        Run.objects.count(),
        RiskDecision.objects.count(),
        int(reserved / QUANTITY),
    )


def require_kept(answered: int, before: Kept) -> None:
    """Raise RuntimeError unless each order that was answered since `before` was counted is there in every way."""
    more = Kept(*(now - then for now, then in zip(kept(), before, strict=True)))
    if set(more) != {answered}:
        raise RuntimeError(f"{answered} answered, {more}")


def an_order() -> Order:
    """Return the first order that was placed."""
    return Order.objects.order_by("id")[0]


def _open_market() -> None:
    tick = Decimal("0.01")
    services.register_instrument(
        actor=SETUP,
        symbol=SYMBOL,
        isin="US78462F1030",
        mic="ARCX",
        currency="USD",
        tick_size=tick,
        lot_size=Decimal(1),
    )
    bars = trading_day(SYMBOL, _DAY, seed=1, open_price=_OPEN_PRICE, tick_size=tick, day_volume=65_000_000)
    load_bars(actor=SETUP, bars=bars)
    session = session_on(_DAY, XNYS)
    if session is None:
        raise ValueError(f"{_DAY} is no trading day")
    services.set_market_clock(actor=SETUP, anchor=session.open + (session.close - session.open) / 2)


def account(desk: Desk, code: str) -> str:
    """Return the code of an account, made with its limits."""
    made = services.register_account(actor=SETUP, desk=desk, code=code)
    _limit(made, _OF_ACCOUNT)
    return made.code


def permit(user: User) -> None:
    """Let the person trade everything, at a rate that nobody reaches."""
    _limit(user, _OF_TRADER)


def _limit(holder: Firm | Desk | Account | User, limits: dict[LimitKind, Decimal]) -> None:
    for kind, value in limits.items():
        services.register_limit(actor=SETUP, holder=holder, kind=kind, value=value)


def _trader_token(desk: Desk, number: int) -> str:
    user = services.register_user(actor=SETUP, username=f"bench.{number}")
    grant_role(actor=SETUP, user_id=user.pk, role="trader", scope=desk)
    permit(user)
    command = MakeToken(scopes=(TokenScope.READ, TokenScope.TRADE, TokenScope.RISK), days=1)
    _token, secret = create_token(actor=SETUP, user=user, command=command)
    return secret
