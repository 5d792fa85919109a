"""Whom and what the scenarios trade with: an account of its own for each, limits that nothing reaches."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

from execution.market_data.bars import Bar
from execution.services.market_data import load_bars
from orders import services
from orders.kernel.context import Actor, Door, process_actor
from orders.kernel.transactions import service
from orders.limit_kinds import NEEDED_TO_TRADE, LimitKind
from orders.models import Account, Desk, Instrument, User
from orders.permissions import AMEND_ORDERS, CANCEL_ORDERS, PLACE_ORDERS, VIEW_ORDERS

SETUP, SELL_SIDE = process_actor("order_states"), process_actor("sell_side")
TICK = Decimal("0.01")
_NOON = datetime(2003, 6, 18, 16, 0, tzinfo=UTC)
_BUY_SIDE = (VIEW_ORDERS, PLACE_ORDERS, AMEND_ORDERS, CANCEL_ORDERS)
_BEYOND_REACH = Decimal(10) ** 14


@dataclass(frozen=True)
class Universe:
    """One instrument at a price of 100, and a person of the buy side on one desk."""

    desk: Desk
    instrument: Instrument
    buy_side: Actor
    numbers: "count[int]"

    def new_account(self) -> Account:
        """Return an account that nothing was traded for: client order ids are unique in it."""
        account = services.register_account(
            actor=SETUP, desk=self.desk, code=f"SCENARIO-{next(self.numbers)}"
        )
        for kind in NEEDED_TO_TRADE:
            services.register_limit(actor=SETUP, holder=account, kind=kind, value=_BEYOND_REACH)
        return account


def build() -> Universe:
    """Build the universe in the current database, which must be a throw-away one."""
    services.set_market_clock(actor=SETUP, anchor=_NOON, paused=True)
    firm = services.register_firm(actor=SETUP, code="FIX-44", currency="USD")
    desk = services.register_desk(actor=SETUP, firm=firm, code="SELL-SIDE")
    instrument = services.register_instrument(
        actor=SETUP,
        symbol="XYZ",
        isin="US0378331005",
        mic="XNYS",
        currency="USD",
        tick_size=TICK,
        lot_size=Decimal(1),
    )
    price = Decimal(100)
    load_bars(
        actor=SETUP,
        bars=[Bar("XYZ", _NOON - timedelta(minutes=1), price, price, price, price, Decimal(1_000))],
    )
    user = services.register_user(actor=SETUP, username="buy.side")
    _grant(user, desk)
    services.register_limit(actor=SETUP, kind=LimitKind.PERMITTED, value=Decimal(1), holder=user)
    return Universe(desk, instrument, Actor(name="buy.side", door=Door.COMMAND, user_id=user.pk), count(1))


@service
def _grant(user: User, desk: Desk) -> None:
    for permission in _BUY_SIDE:
        services.grant_permission(actor=SETUP, user_id=user.pk, permission=permission, scope=desk)
