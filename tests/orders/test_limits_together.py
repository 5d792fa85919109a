"""Thirty-two processes whose orders together break a limit: never over, and as much admitted as fits.

Real processes on real PostgreSQL as the application's role. Each level binds in a case of its own: an account, a desk,
the firm. What was admitted is added up from the orders themselves, without the rows that exposure is kept in.
"""

import multiprocessing
import random
from collections.abc import Iterable
from decimal import Decimal
from itertools import groupby
from multiprocessing.synchronize import Barrier

import pytest
from django.db import connection

from orders import services
from orders.limit_kinds import LimitKind
from orders.models import Account, Desk, Firm, Order
from orders.states import OrderStatus
from orders.terms import Side
from orders.verification import Difference, verify_orders
from tests.orders.test_concurrency import run_processes
from tests.world import LIMITS, SETUP, World

FORK = multiprocessing.get_context("fork")
PROCESSES, ORDERS_EACH = 32, 4
Holders = dict[str, Account | Desk | Firm]


def four_accounts(world: World) -> list[Account]:
    """Two accounts of each desk."""
    accounts = [world.account, world.other_account]
    for desk, code in ((world.desk, "GAMMA"), (world.other_desk, "DELTA")):
        account = services.register_account(actor=SETUP, desk=desk, code=code)
        for kind, value in LIMITS.items():
            services.register_limit(actor=SETUP, holder=account, kind=kind, value=value)
        accounts.append(account)
    return accounts


def place_at_random(world: World, account: Account, seed: int, start: Barrier) -> None:
    chance = random.Random(seed)
    actor = world.trader if account.desk_id == world.desk.pk else world.stranger
    with connection.cursor() as cursor:
        # Thirty-two wait in one queue on a machine that may have other things to do; nobody is sent away from it.
        for timeout in ("lock", "statement", "idle_in_transaction_session"):
            cursor.execute(f"SET {timeout}_timeout = '110s'")
    start.wait(60)
    for number in range(ORDERS_EACH):
        terms = {
            "account": account.code,
            "client_order_id": f"{seed}-{number}",
            "side": chance.choice(["buy", "buy", "sell"]),
            "quantity": str(chance.randint(1, 100)),
            "limit_price": str(chance.choice([98, 100, 103])),
        }
        services.place(actor=actor, command=world.command(**terms))


def used(kind: LimitKind, orders: Iterable[Order]) -> Decimal:
    """What these orders use of a limit on their holder with none of them filled: the side that is worse."""
    if kind != LimitKind.GROSS_NOTIONAL:
        return max(_open(kind, orders, side) for side in Side)
    by_account = sorted(orders, key=lambda order: order.account_id)
    positions = [list(group) for _, group in groupby(by_account, key=lambda order: order.account_id)]
    return sum((max(_open(kind, group, side) for side in Side) for group in positions), Decimal(0))


def _open(kind: LimitKind, orders: Iterable[Order], side: Side) -> Decimal:
    worst = (max(order.limit_price or 0, Decimal(100)) for order in orders if order.side == side)
    quantities = (order.quantity for order in orders if order.side == side)
    if kind == LimitKind.POSITION_QUANTITY:
        return sum(quantities, Decimal(0))
    return sum((quantity * price for quantity, price in zip(quantities, worst, strict=True)), Decimal(0))


def of_holder(orders: Iterable[Order], holder: Account | Desk | Firm) -> list[Order]:
    """The orders that count for the holder."""
    return [
        order for order in orders if holder in (order.account, order.account.desk, order.account.desk.firm)
    ]


CASES = {
    "account, position": ("account", LimitKind.POSITION_QUANTITY, 450),
    "account, gross": ("account", LimitKind.GROSS_NOTIONAL, 45_000),
    "desk, position": ("desk", LimitKind.POSITION_QUANTITY, 800),
    "desk, net": ("desk", LimitKind.NET_NOTIONAL, 80_000),
    "firm, gross": ("firm", LimitKind.GROSS_NOTIONAL, 150_000),
    "firm, net": ("firm", LimitKind.NET_NOTIONAL, 150_000),
}


@pytest.mark.parametrize(("level", "kind", "value"), CASES.values(), ids=CASES.keys())
def test_orders_that_together_break_a_limit_never_do_and_as_much_as_fits_is_admitted(
    committed_world: World, level: str, kind: LimitKind, value: int
) -> None:
    world = committed_world
    accounts = four_accounts(world)
    holders: Holders = {"account": world.account, "desk": world.desk, "firm": world.firm}
    holder = holders[level]
    if level == "account":
        _lower(kind, world.account, value)
    else:
        services.register_limit(actor=SETUP, holder=holder, kind=kind, value=Decimal(value))
    # The market's calendar is made once, here, and not by thirty-two processes at once.
    services.preview(actor=world.trader, command=world.command())
    start = FORK.Barrier(PROCESSES)

    run_processes(
        [
            lambda seed=seed: place_at_random(world, accounts[seed % len(accounts)], seed, start)  # type: ignore[misc]
            for seed in range(PROCESSES)
        ]
    )

    orders = list(Order.objects.select_related("account__desk__firm").order_by("id"))
    assert len(orders) == PROCESSES * ORDERS_EACH
    admitted = [order for order in orders if order.status == OrderStatus.NEW]
    refused = [order for order in orders if order.status == OrderStatus.REJECTED]
    assert len(admitted) + len(refused) == len(orders)
    assert refused, "the limit has to bind"
    mine = of_holder(admitted, holder)
    assert used(kind, mine) <= value
    assert of_holder(refused, holder) == refused
    for order in refused:
        assert order.denial_code in ("RISK_POSITION_LIMIT", "RISK_GROSS_LIMIT", "RISK_NET_LIMIT")
        assert used(kind, [*mine, order]) > value, "this one would still fit"
    differences: list[Difference] = []
    assert verify_orders(progress=lambda *_: None, report=differences.append) == 0, differences


def _lower(kind: LimitKind, account: Account, value: int) -> None:
    """Let the account's limit be `value`: it may have one of this kind from the start."""
    limit = services.register_limit(actor=SETUP, holder=account, kind=kind, value=Decimal(value))
    type(limit).objects.filter(pk=limit.pk).update(value=value)
