"""What must hold at every moment, and what must hold when all is done."""

from collections import defaultdict
from decimal import Decimal

from django.db import connection, transaction

from execution.dead_letters import dead_letters
from execution.models import Run, Slice, VenueOrder, VenueReport
from execution.selectors import venue_orders_of
from execution.venues.simulated.record import VenueRecord
from orders.kernel.context import Actor
from orders.models import Execution, Order, OrderRevision, Position
from orders.selectors import executions_of
from orders.states import OPEN
from orders.terms import Side


def check_now(order_id: object, record: VenueRecord) -> Order:
    """Assert, on one snapshot of our database, what holds at every moment; returns the order as it was then."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        order = Order.objects.get(pk=order_id)
        executions = list(executions_of(order))
        venue_orders = list(venue_orders_of(order))
        planned = Slice.objects.filter(run__order_id=order.pk, state="planned")
        to_be_sent = sum((row.quantity for row in planned), Decimal(0))
        run = Run.objects.get(order_id=order.pk)
        _check_position(order)
    filled = sum((row.quantity for row in executions), Decimal(0))
    assert order.filled_quantity == filled
    assert order.filled_quantity + order.leaves_quantity == order.quantity
    if run.state == "working":
        live = sum(
            (row.quantity - row.filled_quantity for row in venue_orders if row.status in OPEN), Decimal(0)
        )
        assert filled + live + to_be_sent <= order.quantity
        if run.algorithm == "direct":
            assert filled + live + to_be_sent == order.quantity
    by_venue_order: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in executions:
        by_venue_order[row.reported_for] += row.quantity
    assert {str(row.pk): row.filled_quantity for row in venue_orders if row.filled_quantity} == by_venue_order
    _check_against(executions, record)
    return order


def _check_position(order: Order) -> None:
    position = Position.objects.get(account_id=order.account_id, instrument_id=order.instrument_id)
    booked = Execution.objects.filter(
        order__account_id=order.account_id, order__instrument_id=order.instrument_id
    )
    signed = [
        row.quantity if row.order.side == Side.BUY else -row.quantity
        for row in booked.select_related("order")
    ]
    assert position.net_quantity == sum(signed, Decimal(0))


def _check_against(executions: list[Execution], record: VenueRecord) -> None:
    """Everything that we booked is in the venue's record, which is read later and so may know more."""
    theirs = {
        row.execution.execution_id: (str(row.client_order_id), row.execution.quantity, row.execution.price)
        for row in record.executions()
    }
    for row in executions:
        assert theirs[row.venue_execution_id] == (row.reported_for, row.quantity, row.price)


def check_done(order: Order, record: VenueRecord, operator: Actor) -> None:
    """Assert that the order was filled exactly, that the venue says the same, and that nothing is left over."""
    assert order.status == "filled"
    ours = {
        (row.venue_execution_id, row.reported_for, row.quantity, row.price) for row in executions_of(order)
    }
    sent = {row.pk for row in venue_orders_of(order)}
    theirs = {
        (row.execution.execution_id, str(row.client_order_id), row.execution.quantity, row.execution.price)
        for row in record.executions()
        if row.client_order_id in sent
    }
    assert ours == theirs
    at_venue = [row.request.client_order_id for row in record.orders() if row.request.client_order_id in sent]
    assert sorted(at_venue) == sorted(sent), "each venue order reached the venue exactly once"
    assert {row.status for row in VenueOrder.objects.filter(pk__in=sent)} == {"filled"}
    versions = OrderRevision.objects.filter(order=order).order_by("version").values_list("version", flat=True)
    assert list(versions) == list(range(1, order.version + 1))
    assert dead_letters(operator) == []
    sequences = list(VenueReport.objects.order_by("sequence").values_list("sequence", flat=True))
    assert sequences == list(range(1, len(sequences) + 1))
