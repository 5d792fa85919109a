"""How long 1,000 open orders take to become pending cancel, beside one bulk UPDATE of the same rows.

Both with their commit, on the same rows of the same database: the UPDATE writes status and version and nothing else;
the kill switch's batches write orders, requests, revisions, leaves, runs, slices and venue orders.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from bench import universe
from compliance.services.roles import grant_role
from execution.models import Run, VenueOrder
from execution.services.claim import claim_due
from execution.services.plan_runs import plan_runs
from orders import services
from orders.commands import PlaceOrder
from orders.kernel.context import Actor, Door, process_actor
from orders.models import Desk, Order
from orders.selectors import market_now
from orders.states import OrderStatus
from orders.terms import KillSwitchScope

ORDERS = 1_000
ROUNDS = 3
_PROCESS = process_actor("kill_switch")


@dataclass(frozen=True)
class Measured:
    """Milliseconds of each round: of the bulk UPDATE, and of the kill switch's batches."""

    update_ms: list[float]
    batches_ms: list[float]

    @property
    def ratio(self) -> float:
        """The median of the batches over the median of the UPDATE."""
        return statistics.median(self.batches_ms) / statistics.median(self.update_ms)


def measure() -> Measured:
    """Measure ROUNDS times on fresh orders. Raises RuntimeError where an order did not become pending cancel."""
    desk = Desk.objects.get()
    people = _person("bench.kill.trader", "trader", desk), _person("bench.kill.officer", "risk_officer", desk)
    rounds = [_round(desk, number, *people) for number in range(ROUNDS)]
    return Measured([update for update, _batches in rounds], [batches for _update, batches in rounds])


def _round(desk: Desk, number: int, trader: Actor, officer: Actor) -> tuple[float, float]:
    code = universe.account(desk, f"BENCH-KILL-{number}")
    ids = [_open_order(trader, code, each) for each in range(ORDERS)]
    _send_all(market_now())
    update_ms = _timed_ms(lambda: _bulk_update(ids, OrderStatus.PENDING_CANCEL, 1))
    _bulk_update(ids, OrderStatus.NEW, -1)
    account = Order.objects.select_related("account").get(pk=ids[0]).account
    switch = services.engage_kill_switch(
        actor=officer, scope=KillSwitchScope.ACCOUNT, target=account, reason="bench"
    )
    batches_ms = _timed_ms(lambda: _sweep(switch.pk))
    _require_asked(ids)
    return update_ms, batches_ms


def _timed_ms(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def _bulk_update(ids: list[UUID], status: OrderStatus, step: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE orders_order SET status = %s, version = version + %s WHERE id = ANY(%s)",
            [str(status), step, ids],
        )


def _sweep(kill_switch_id: UUID) -> None:
    while services.ask_batch(actor=_PROCESS, kill_switch_id=kill_switch_id):
        pass


def _require_asked(ids: list[UUID]) -> None:
    asked = Order.objects.filter(pk__in=ids, status=OrderStatus.PENDING_CANCEL).count()
    back = VenueOrder.objects.filter(run__order_id__in=ids, status=OrderStatus.PENDING_CANCEL).count()
    if not asked == back == ORDERS:
        raise RuntimeError(f"of {ORDERS} orders {asked} are pending cancel, {back} at the venue")


def _open_order(trader: Actor, account: str, number: int) -> UUID:
    command = PlaceOrder.model_validate(
        {
            "account": account,
            "client_order_id": f"kill-{account}-{number}",
            "symbol": universe.SYMBOL,
            "side": "buy",
            "type": "limit",
            "time_in_force": "day",
            "quantity": str(universe.QUANTITY),
            "limit_price": universe.LIMIT_PRICE,
        }
    )
    order = services.place(actor=trader, command=command).order
    plan_runs(
        run_ids=[Run.objects.values_list("pk", flat=True).get(order_id=order.pk)], market_time=market_now()
    )
    return order.pk


def _send_all(market_time: datetime) -> None:
    """Claim what is due: venue orders that may still be filled, as far as anybody knows."""
    while claim_due(market_time=market_time, answering=["SIM"]).venue_orders:
        pass


def _person(name: str, role: str, desk: Desk) -> Actor:
    user = services.register_user(actor=universe.SETUP, username=name)
    grant_role(actor=universe.SETUP, user_id=user.pk, role=role, scope=desk)
    if role == "trader":
        universe.permit(user)
    return Actor(name=name, door=Door.COMMAND, user_id=user.pk)
