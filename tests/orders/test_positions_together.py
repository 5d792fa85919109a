"""Processes that fill orders of one position at once, on real PostgreSQL as the application's role."""

from uuid import UUID

from orders import services
from orders.kernel.transactions import service
from orders.models import Execution, Lot, Order, Position
from orders.verification import Difference, verify_orders
from tests.orders.fills import fill
from tests.orders.test_concurrency import run_processes
from tests.world import World

FILLS_EACH = 25


def fill_repeatedly(order_id: UUID, price: str) -> None:
    for number in range(FILLS_EACH):
        fill(Order(pk=order_id), "2", price=price, execution_id=f"{order_id}-{number}")


@service
def rebook(account_id: UUID, instrument_id: UUID) -> None:
    services.rebook_lots(account_id, instrument_id)


def rebook_repeatedly(account_id: UUID, instrument_id: UUID) -> None:
    while Execution.objects.count() < 2 * FILLS_EACH:
        rebook(account_id, instrument_id)


def test_two_orders_of_a_position_filled_at_once_lose_no_lot_and_no_gain(committed_world: World) -> None:
    buys = committed_world.place(quantity="100")
    sells = committed_world.place(quantity="100", side="sell")
    run_processes(
        [
            lambda: fill_repeatedly(buys.pk, "99"),
            lambda: fill_repeatedly(sells.pk, "101"),
            lambda: rebook_repeatedly(committed_world.account.pk, committed_world.instrument.pk),
        ]
    )

    differences: list[Difference] = []
    assert verify_orders(progress=lambda *_: None, report=differences.append) == 0, differences
    position = Position.objects.get()
    assert (position.net_quantity, position.bought_quantity) == (0, 50)
    assert position.realised_fifo == position.realised_average_cost == 100
    assert not Lot.objects.exists()
