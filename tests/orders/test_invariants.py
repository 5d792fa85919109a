"""Random commands and reports, in any order: no invariant breaks, whatever is refused."""

from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders import services
from orders.commands import AmendOrder, CancelOrder
from orders.kernel.errors import DomainError
from orders.models import Order
from orders.states import IllegalTransition
from tests.orders.fills import fill
from tests.orders.serial_history import assert_books_balance, assert_serial
from tests.world import World

quantities = st.sampled_from(["1", "7", "50", "100", "10000", "10001"])
prices = st.sampled_from([None, "90", "100", "104.99", "105.01", "99.999"])
which = st.integers(0, 3)


@dataclass(frozen=True)
class Place:
    side: str
    type: str
    time_in_force: str
    quantity: str
    limit_price: str | None

    def run(self, world: World, orders: list[Order]) -> None:
        terms = vars(self) | {"limit_price": (self.limit_price or "100") if self.type == "limit" else None}
        orders.append(world.place(**terms))


@dataclass(frozen=True)
class Amend:
    which: int
    quantity: str | None
    limit_price: str | None
    revision: int

    def run(self, world: World, orders: list[Order]) -> None:
        if self.quantity is None and self.limit_price is None:
            return
        services.amend(
            actor=world.trader,
            order_id=orders[self.which % len(orders)].pk,
            command=AmendOrder(quantity=self.quantity, limit_price=self.limit_price),
            expected_revision=self.revision,
        )


@dataclass(frozen=True)
class Cancel:
    which: int

    def run(self, world: World, orders: list[Order]) -> None:
        services.cancel(
            actor=world.trader, order_id=orders[self.which % len(orders)].pk, command=CancelOrder()
        )


@dataclass(frozen=True)
class Report:
    which: int
    quantity: str
    execution_id: int

    def run(self, world: World, orders: list[Order]) -> None:
        order = orders[self.which % len(orders)]
        fill(order, self.quantity, execution_id=f"{orders[0].pk}-{self.execution_id}")


places = st.builds(
    Place,
    st.sampled_from(["buy", "sell"]),
    st.sampled_from(["limit", "market"]),
    st.sampled_from(["day", "ioc"]),
    quantities,
    prices,
)
steps = st.one_of(
    places,
    st.builds(Amend, which, st.none() | quantities, prices, st.integers(1, 3)),
    st.builds(Cancel, which),
    st.builds(Report, which, quantities, st.integers(0, 6)),
    st.builds(Report, which, quantities, st.integers(0, 6)),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=places, rest=st.lists(steps, max_size=14))
def test_no_sequence_of_commands_and_reports_breaks_the_books(
    world: World, first: Place, rest: list[Place]
) -> None:
    orders: list[Order] = []
    for step in [first, *rest]:
        try:
            step.run(world, orders)
        except (DomainError, IllegalTransition):
            continue
    for order in orders:
        assert_serial(order)
    assert_books_balance()
