"""manual: nothing of the order goes to a venue of ours."""

from decimal import Decimal

from execution.algorithms import latest
from execution.algorithms.terms import Parent, Plan, VenueTerms
from execution.models import Run, Slice
from orders.terms import MANUAL, OrderType, Side, TimeInForce
from tests.execution.algorithms.samples import a_market, an_order
from tests.orders.desk import cancel, manual_order, replace
from tests.world import NOON, World

PARENT = Parent(
    side=Side.BUY,
    type=OrderType.LIMIT,
    time_in_force=TimeInForce.GTC,
    quantity=Decimal(100),
    limit_price=Decimal(99),
    lot_size=Decimal(1),
)


def test_it_plans_nothing_and_takes_no_parameters() -> None:
    manual = latest(MANUAL)
    parameters = manual.complete(manual.parameters(), an_order(NOON))

    assert parameters.model_dump() == {}
    assert manual.plan(PARENT, parameters, market=a_market(), market_time=NOON) == Plan()
    assert manual.venue_terms(PARENT) == VenueTerms(OrderType.LIMIT, TimeInForce.GTC, Decimal(99))


def test_a_manual_order_has_no_run_and_nothing_to_stop(world: World) -> None:
    order = manual_order(world)
    replace(world, order, "150", "y")
    cancel(world, order)

    assert not Run.objects.exists()
    assert not Slice.objects.exists()
