"""Whatever happens, and whatever is refused: exposure is what orders, executions, marks and cash make of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders import services
from orders.commands import AmendOrder, CancelOrder, RecordCash
from orders.in_force import executions_in_force
from orders.kernel.context import Actor
from orders.kernel.errors import DomainError
from orders.models import ExchangeRate, Order, User
from orders.permissions import RECORD_CASH, VIEW_ORDERS
from orders.reports import RestatementReason
from orders.states import IllegalTransition
from tests.orders.desk import MANUAL, SELL_SIDE
from tests.orders.exposures import assert_exposure_follows
from tests.orders.fills import GATEWAY, fill
from tests.orders.rates import record
from tests.orders.restating import restate
from tests.orders.test_exposure_booking import euro_instrument
from tests.world import NOON, World, person, show_price

_numbers = count(1)
Act = Callable[["History"], Any]


@dataclass
class History:
    """What the acts share: the world, and the orders that were placed so far."""

    world: World
    treasurer: Actor
    orders: list[Order] = field(default_factory=list)

    def order(self, number: int) -> Order:
        return self.orders[number % len(self.orders)]


def placing(side: str, symbol: str, account: str, quantity: str, price: str | None, *, manual: bool) -> Act:
    def act(history: History) -> None:
        world = history.world
        terms = {"type": "limit" if price else "market", "limit_price": price, "quantity": quantity}
        command = world.command(
            side=side, symbol=symbol, account=account, algorithm=MANUAL if manual else None, **terms
        )
        actor = world.trader if account == "ALPHA" else world.stranger
        history.orders.append(services.place(actor=actor, command=command).order)
        if manual:
            services.accept_order(actor=SELL_SIDE, order_id=history.orders[-1].pk)

    return act


def filling(which: int, quantity: str, price: str) -> Act:
    return lambda history: fill(history.order(which), quantity, price=price)


def correcting(which: int, quantity: str) -> Act:
    def act(history: History) -> None:
        newest = executions_in_force().filter(order=history.order(which)).order_by("-id").first()
        if newest is not None:
            restate(newest, quantity=quantity, price="97")

    return act


def amending(which: int, quantity: str, price: str) -> Act:
    def act(history: History) -> None:
        order = Order.objects.select_related("account").get(pk=history.order(which).pk)
        services.amend(
            actor=history.world.trader if order.account.code == "ALPHA" else history.world.stranger,
            order_id=order.pk,
            command=AmendOrder(quantity=quantity, limit_price=price),
            expected_revision=order.terms_revision,
        )

    return act


def answering(which: int, verb: str) -> Act:
    answers: dict[str, Act] = {
        "confirm": lambda h: services.confirm_request(actor=SELL_SIDE, order_id=h.order(which).pk),
        "reject": lambda h: services.reject_request(actor=SELL_SIDE, order_id=h.order(which).pk),
        "acknowledge": lambda h: services.acknowledge_request(actor=SELL_SIDE, order_id=h.order(which).pk),
        "cancel": lambda h: services.cancel_unsolicited(
            actor=SELL_SIDE, order_id=h.order(which).pk, reason="the desk says so"
        ),
        "split": lambda h: services.restate(
            actor=SELL_SIDE,
            order_id=h.order(which).pk,
            quantity=2 * Order.objects.get(pk=h.order(which).pk).quantity,
            reason=RestatementReason.CORPORATE_ACTION,
        ),
        "increase": lambda h: services.restate(
            actor=SELL_SIDE,
            order_id=h.order(which).pk,
            quantity=1 + Order.objects.get(pk=h.order(which).pk).quantity,
            reason=RestatementReason.VERBAL_CHANGE,
        ),
    }
    return answers[verb]


def canceling(which: int) -> Act:
    def act(history: History) -> None:
        order = Order.objects.select_related("account").get(pk=history.order(which).pk)
        actor = history.world.trader if order.account.code == "ALPHA" else history.world.stranger
        services.cancel(actor=actor, order_id=order.pk, command=CancelOrder())

    return act


def revaluing(minutes: int, price: str) -> Act:
    def act(history: History) -> None:
        at = NOON + timedelta(minutes=next(_numbers) + minutes)
        show_price(history.world.instrument, Decimal(price), at=at)
        services.revalue(actor=GATEWAY, market_time=at)

    return act


def moving_cash(account: str, amount: str) -> Act:
    def act(history: History) -> None:
        command = RecordCash(account=account, amount=amount, reference=f"r{next(_numbers)}")
        services.record_cash(actor=history.treasurer, commands=[command])

    return act


accounts = st.sampled_from(["ALPHA", "BETA"])
quantities = st.sampled_from(["1", "7", "33", "100", "9999"])
prices = st.sampled_from(["97.03", "100", "101.99"])
which = st.integers(0, 5)
verbs = st.sampled_from(["confirm", "reject", "acknowledge", "cancel", "split", "increase"])
places = st.builds(
    placing,
    st.sampled_from(["buy", "sell"]),
    st.sampled_from(["SPY", "SPY", "SAP"]),
    accounts,
    quantities,
    st.none() | prices,
    manual=st.booleans(),
)
acts = st.one_of(
    places,
    st.builds(filling, which, quantities, prices),
    st.builds(filling, which, quantities, prices),
    st.builds(correcting, which, st.sampled_from(["0", "1", "5"])),
    st.builds(amending, which, quantities, prices),
    st.builds(answering, which, verbs),
    st.builds(answering, which, verbs),
    st.builds(canceling, which),
    st.builds(revaluing, st.integers(0, 2000), prices),
    st.builds(moving_cash, accounts, st.sampled_from(["-17.5", "1000"])),
)


def play(world: World, history_of_acts: Iterable[Act]) -> None:
    """Do what the acts say, one after the other; what is refused has no part in it."""
    if not ExchangeRate.objects.exists():
        euro_instrument(world)
        record(world, "EUR/USD", "1.0837")
        person("treasurer", world.firm, (RECORD_CASH, VIEW_ORDERS))
    user = User.objects.get(username="treasurer")
    history = History(world, Actor("treasurer", world.trader.door, user.pk))
    for act in history_of_acts:
        try:
            act(history)
        except (DomainError, IllegalTransition):
            continue


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=places, rest=st.lists(acts, min_size=4, max_size=16))
def test_no_history_moves_exposure_away_from_what_is_booked(
    world: World, first: Act, rest: list[Act]
) -> None:
    play(world, [first, *rest])

    assert_exposure_follows()
