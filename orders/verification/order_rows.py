"""Orders against their executions in force, as they are now."""

from collections.abc import Iterator
from decimal import Decimal

from django.db.models import DecimalField, F, Max, OuterRef, Subquery, Sum

from orders.in_force import CHUNK_ROWS, executions_in_force
from orders.models import Order, Replacement
from orders.models.history import OUTSTANDING
from orders.states import BaseStatus, OrderStatus
from orders.verification.differences import Difference, OrderColumns, order_differences

_NOTIONAL: "DecimalField[Decimal, Decimal]" = DecimalField(max_digits=60, decimal_places=16)


def orders_now() -> Iterator[list[Difference]]:
    """Yield the differences of each order, oldest first."""
    executed = executions_in_force().filter(order=OuterRef("pk")).values("order")
    asked = Replacement.objects.filter(order=OuterRef("pk"), request__state__in=OUTSTANDING).order_by()
    rows = Order.objects.order_by("id").annotate(
        executed_quantity=Subquery(executed.annotate(total=Sum("quantity")).values("total")),
        executed_notional=Subquery(
            executed.annotate(total=Sum(F("quantity") * F("price"), output_field=_NOTIONAL)).values("total")
        ),
        requested_quantity=Subquery(asked.values("order").annotate(most=Max("quantity")).values("most")),
    )
    for row in rows.iterator(CHUNK_ROWS):
        columns = OrderColumns(
            status=OrderStatus(row.status),
            base_status=BaseStatus(row.base_status),
            quantity=row.quantity,
            filled_quantity=row.filled_quantity,
            filled_notional=row.filled_notional,
            reserved_quantity=row.reserved_quantity,
            requested_quantity=row.requested_quantity if _is_counted(row) else None,
        )
        yield list(
            order_differences(
                f"order {row.pk}",
                columns,
                executed_quantity=row.executed_quantity or Decimal(0),
                executed_notional=row.executed_notional or Decimal(0),
            )
        )


def _is_counted(order: Order) -> bool:
    """Whether the exposure of what is asked for is held: a desk may grant it at any time."""
    return order.is_manual or order.status == OrderStatus.PENDING_REPLACE
