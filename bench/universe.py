"""Accounts, people and a market in which every order of the bench is admitted: all by the site's own services."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from django.db.models import Sum

from compliance.models import Checkpoint, Leaf
from compliance.services.roles import define_roles, grant_role
from compliance.services.tokens import create_token
from execution.market_data.generator import trading_day
from execution.models import Run, VenueReport
from execution.models.run import RunState
from execution.services.market_data import load_bars
from execution.session import XNYS, session_on
from orders import services
from orders.events import OrderPlaced
from orders.kernel.context import process_actor
from orders.limit_kinds import LimitKind
from orders.models import Desk, Order, Position, User

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
_LIMITS = {
    LimitKind.ORDER_QUANTITY: Decimal(10_000),
    LimitKind.ORDER_NOTIONAL: Decimal(10_000_000),
    LimitKind.PRICE_COLLAR_BPS: Decimal(500),
    LimitKind.POSITION_QUANTITY: Decimal(1_000_000_000),
}


@dataclass(frozen=True)
class Universe:
    """A token for each client, and the codes of the accounts that all of them may trade for."""

    tokens: list[str]
    accounts: list[str]


def build(*, clients: int) -> Universe:
    """Fill the migrated database of this process: a market in its session, accounts with limits, traders."""
    firm = services.register_firm(actor=SETUP, code="BENCH", currency="USD")
    desk = services.register_desk(actor=SETUP, firm=firm, code="BENCH-DESK")
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


def require_kept(answered: int) -> None:
    """Raise RuntimeError unless each order that was answered is kept, audited, to be worked, and reserved for."""
    kept = Order.objects.filter(client_order_id__startswith="bench-").count() - STATEMENT_ORDERS
    audited = Leaf.objects.filter(action=OrderPlaced.__name__).count() - STATEMENT_ORDERS
    runs = Run.objects.count() - STATEMENT_ORDERS
    reserved = Position.objects.aggregate(quantity=Sum("open_buy_quantity"))["quantity"] / QUANTITY
    if not answered == kept == audited == runs == reserved - STATEMENT_ORDERS:
        raise RuntimeError(
            f"{answered} answered, {kept} kept, {audited} audited, {runs} runs, {reserved} held"
        )


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
    for kind, value in _LIMITS.items():
        services.register_limit(actor=SETUP, holder=made, kind=kind, value=value)
    return made.code


def permit(user: User) -> None:
    """Let the person trade everything."""
    services.register_limit(actor=SETUP, kind=LimitKind.PERMITTED, value=Decimal(1), holder=user)


def _trader_token(desk: Desk, number: int) -> str:
    user = services.register_user(actor=SETUP, username=f"bench.{number}")
    grant_role(actor=SETUP, user_id=user.pk, role="trader", scope=desk)
    permit(user)
    _token, secret = create_token(actor=SETUP, user=user, days=1)
    return secret
