"""The parents of a soak: what is placed when, and what is asked of it later, all drawn from one seed."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from orders import services
from orders.commands import PlaceOrder
from orders.kernel.context import Actor
from orders.limit_kinds import LimitKind
from orders.models import Account, Instrument
from tests.execution.market import load_day
from tests.world import LAST_PRICE, NOON, SETUP, World, show_price

INSTRUCTIONS: list[tuple[int, str, dict[str, Any]]] = [
    # weight, algorithm, parameters: whoever adds an algorithm adds a line. What it works has to end with its time.
    (2, "direct", {}),
    (2, "twap", {"duration_minutes": 20, "slices": 20, "must_complete": True}),
    (1, "twap", {"duration_minutes": 10, "slices": 40, "max_participation": "0.2"}),
    (
        1,
        "vwap",
        {"duration_minutes": 20, "interval_minutes": 2, "randomise_size": "0.3", "randomise_time": "0.5"},
    ),
    (1, "is", {"duration_minutes": 20, "interval_minutes": 2, "urgency": "high", "must_complete": True}),
    (1, "pov", {"duration_minutes": 20, "participation": "0.1"}),
    (1, "iceberg", {"duration_minutes": 20, "display_quantity": "25"}),
]
LONGEST_MINUTES = 20
"""Market time that the slowest of them takes."""

SYMBOLS = {"SPY": "US78462F1030", "IBM": "US4592001014", "AAPL": "US0378331005"}
DAY_VOLUME = 12_000_000
_LIMIT_SHARE, _CANCEL_SHARE, _AMEND_SHARE = 0.4, 0.15, 0.2
_EDGES_BPS = (-40, 60)
"""How far a limit price is beyond the last price, towards certain to fill: some will, some rest to the close."""


@dataclass
class Parent:
    """An order that a client places at `at_s` (seconds from the soak's start), and what it asks for afterwards.

    `amended_to` is the share of the quantity that it is amended to. `order_id` is None until the client has an answer,
    `asked` what was taken of it, `refused` the codes of what was not.
    """

    number: int
    actor: Actor
    terms: dict[str, Any]
    at_s: float
    edge_bps: int | None
    cancel_at_s: float | None
    amend_at_s: float | None
    amended_to: Decimal
    order_id: UUID | None = None
    asked: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)

    def command(self, last_price: Decimal) -> PlaceOrder:
        """The order, with its limit price off this one; asked for again, it is the same."""
        if self.edge_bps is not None and "limit_price" not in self.terms:
            towards_a_fill = 1 if self.terms["side"] == "buy" else -1
            price = last_price * (1 + Decimal(towards_a_fill * self.edge_bps) / 10_000)
            self.terms["limit_price"] = f"{price:.2f}"
        return PlaceOrder.model_validate(self.terms)


def draw_parents(
    dice: Random, holders: list[tuple[Account, Actor]], count: int, until_s: float
) -> list[Parent]:
    """Parents over the whole time, in order of it."""
    times = sorted(dice.uniform(0, until_s) for _ in range(count))
    return [_parent(dice, holders, number, at_s) for number, at_s in enumerate(times, start=1)]


def _parent(dice: Random, holders: list[tuple[Account, Actor]], number: int, at_s: float) -> Parent:
    account, actor = dice.choice(holders)
    weights = [weight for weight, _, _ in INSTRUCTIONS]
    _, algorithm, parameters = dice.choices(INSTRUCTIONS, weights)[0]
    is_limited = dice.random() < _LIMIT_SHARE or algorithm == "iceberg"
    edge_bps = dice.randint(*_EDGES_BPS) if is_limited else None
    terms: dict[str, Any] = {
        "account": account.code,
        "client_order_id": f"soak-{number}",
        "symbol": dice.choice(sorted(SYMBOLS)),
        "side": dice.choice(["buy", "sell"]),
        "type": "market" if edge_bps is None else "limit",
        "time_in_force": "day",
        "quantity": str(dice.randint(50, 2000)),
        "algorithm": {"name": algorithm, "parameters": parameters},
    }
    cancel_at_s = at_s + dice.uniform(0, 25) if dice.random() < _CANCEL_SHARE else None
    amend_at_s = at_s + dice.uniform(0, 25) if dice.random() < _AMEND_SHARE else None
    amended_to = Decimal(dice.randint(50, 200)) / 100
    return Parent(number, actor, terms, at_s, edge_bps, cancel_at_s, amend_at_s, amended_to)


def build_market(world: World) -> list[tuple[Account, Actor]]:
    """Add accounts with room for a soak, and instruments with a day of bars; returns who trades for which account."""
    for symbol, isin in SYMBOLS.items():
        if symbol != world.instrument.symbol:
            show_price(_instrument(symbol, isin), LAST_PRICE, at=NOON - timedelta(days=1))
        load_day(symbol, day_volume=DAY_VOLUME)
    desks = [(world.desk, world.trader), (world.desk, world.trader), (world.other_desk, world.stranger)]
    holders = []
    for number, (desk, trader) in enumerate(desks, start=1):
        account = services.register_account(actor=SETUP, desk=desk, code=f"SOAK{number}")
        for kind in (LimitKind.ORDER_QUANTITY, LimitKind.ORDER_NOTIONAL, LimitKind.POSITION_QUANTITY):
            services.register_limit(actor=SETUP, holder=account, kind=kind, value=Decimal(1_000_000_000))
        services.register_limit(
            actor=SETUP, holder=account, kind=LimitKind.PRICE_COLLAR_BPS, value=Decimal(5_000)
        )
        holders.append((account, trader))
    return holders


def _instrument(symbol: str, isin: str) -> Instrument:
    return services.register_instrument(
        actor=SETUP,
        symbol=symbol,
        isin=isin,
        mic="ARCX",
        currency="USD",
        tick_size=Decimal("0.01"),
        lot_size=Decimal(1),
    )
