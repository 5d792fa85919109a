"""A small universe for tests, built through the services: a firm, two desks, accounts, instruments, people."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from execution.models import Bar, MarketDataLoad
from orders import services
from orders.commands import PlaceOrder
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor, Door, process_actor
from orders.kernel.transactions import service
from orders.limit_kinds import LimitKind
from orders.models import Account, Desk, Firm, Instrument, Order, User
from orders.permissions import (
    AMEND_ORDERS,
    APPROVE_LIMITS,
    CANCEL_ORDERS,
    PERMISSIONS,
    PLACE_ORDERS,
    PROPOSE_LIMITS,
    VIEW_AUDIT,
    VIEW_LIMITS,
    VIEW_ORDERS,
)

SETUP = process_actor("setup")
NOON = datetime(2013, 10, 4, 16, 0, tzinfo=UTC)
"""Noon in New York on a trading day: where the world's market clock is anchored, standing still."""
LAST_PRICE = Decimal("100")
LIMITS = {
    LimitKind.ORDER_QUANTITY: Decimal(10_000),
    LimitKind.ORDER_NOTIONAL: Decimal(5_000_000),
    LimitKind.PRICE_COLLAR_BPS: Decimal(500),
    LimitKind.POSITION_QUANTITY: Decimal(20_000),
}
TRADING = (VIEW_ORDERS, PLACE_ORDERS, AMEND_ORDERS, CANCEL_ORDERS, VIEW_LIMITS, VIEW_AUDIT)
_numbers = count(1)


@dataclass(frozen=True)
class World:
    """What build_world made. `trader` trades for `account` (desk one), `stranger` for `other_account` (desk two)."""

    firm: Firm
    desk: Desk
    other_desk: Desk
    account: Account
    other_account: Account
    instrument: Instrument
    trader: Actor
    stranger: Actor
    head: Actor
    risk_officer: Actor
    auditor: Actor
    nobody: Actor

    def command(self, **changes: Any) -> PlaceOrder:
        """A limit order that passes every check, with `changes`."""
        terms = {
            "account": self.account.code,
            "client_order_id": f"order-{next(_numbers)}",
            "symbol": self.instrument.symbol,
            "side": "buy",
            "type": "limit",
            "time_in_force": "day",
            "quantity": "100",
            "limit_price": "100",
        }
        given = {name: value for name, value in {**terms, **changes}.items() if value is not None}
        return PlaceOrder.model_validate(given)

    def place(self, **changes: Any) -> Order:
        """The order that the trader places with these changes."""
        return services.place(actor=self.trader, command=self.command(**changes)).order


def build_world() -> World:
    """Build the world in the current database."""
    services.set_market_clock(actor=SETUP, anchor=NOON, paused=True)
    firm = services.register_firm(actor=SETUP, code="ATLAS", currency="USD")
    desk, other = (services.register_desk(actor=SETUP, firm=firm, code=code) for code in ("EQ1", "EQ2"))
    account, other_account = (
        services.register_account(actor=SETUP, desk=at, code=code)
        for at, code in ((desk, "ALPHA"), (other, "BETA"))
    )
    for held_by in (account, other_account):
        for kind, value in LIMITS.items():
            services.register_limit(actor=SETUP, holder=held_by, kind=kind, value=value)
    instrument = services.register_instrument(
        actor=SETUP,
        symbol="SPY",
        isin="US78462F1030",
        mic="ARCX",
        currency="USD",
        tick_size=Decimal("0.01"),
        lot_size=Decimal(1),
    )
    show_price(instrument, LAST_PRICE)
    everything = tuple(name for name, _title in PERMISSIONS)
    return World(
        firm=firm,
        desk=desk,
        other_desk=other,
        account=account,
        other_account=other_account,
        instrument=instrument,
        trader=person("trader", desk, TRADING),
        stranger=person("stranger", other, TRADING),
        head=person("head", desk, (*TRADING, PROPOSE_LIMITS)),
        risk_officer=person(
            "risk", firm, (VIEW_ORDERS, VIEW_LIMITS, PROPOSE_LIMITS, APPROVE_LIMITS, VIEW_AUDIT)
        ),
        auditor=person("auditor", firm, tuple(name for name in everything if name.startswith("view_"))),
        nobody=person("nobody", None, ()),
    )


def person(name: str, scope: Firm | Desk | Account | None, permissions: tuple[str, ...]) -> Actor:
    """A person with these permissions on `scope`."""
    user = services.register_user(actor=SETUP, username=name)
    _grant(user, scope, permissions)
    if PLACE_ORDERS in permissions:
        services.register_limit(actor=SETUP, kind=LimitKind.PERMITTED, value=Decimal(1), holder=user)
    return Actor(name=name, door=Door.API, user_id=user.pk)


@service
def _grant(user: User, scope: Any, permissions: tuple[str, ...]) -> None:
    for permission in permissions:
        services.grant_permission(actor=SETUP, user_id=user.pk, permission=permission, scope=scope)


def show_price(instrument: Instrument, price: Decimal, *, at: datetime = NOON) -> Bar:
    """Let the minute before `at` have traded at `price`."""
    have_month("execution_bar", at)
    return Bar.objects.create(
        instrument=instrument,
        start=at - timedelta(minutes=1),
        open=price,
        high=price,
        low=price,
        close=price,
        volume=Decimal(10_000),
    )


def have_month(table: str, at: datetime) -> None:
    """Have the partition of a moment's month, as every load does: for rows that a test writes itself."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT qtweb_market_data_month(%s, %s)", [table, at.date()])


def restate_bars(rows: QuerySet[Bar], **values: Any) -> None:
    """Let bars say something else, as a correction does: no other change of them is allowed."""
    moment = recorded_now()
    load = MarketDataLoad.objects.create(
        kind="bars",
        count=rows.count(),
        corrected=rows.count(),
        symbols=[],
        first=moment,
        last=moment,
        reason="a test",
        actor=SETUP.reference,
        market_time=moment,
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('qtweb.market_data_load', %s, false)", [str(load.pk)])
        rows.update(**values)
        cursor.execute("SELECT set_config('qtweb.market_data_load', '', false)")
