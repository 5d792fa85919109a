"""Orders against their executions in force, as they are now."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import DecimalField, F, OuterRef, Subquery, Sum

from orders.in_force import CHUNK_ROWS, executions_in_force
from orders.models import Order, Replacement
from orders.models.history import OUTSTANDING
from orders.states import BaseStatus, OrderStatus
from orders.verification.differences import Difference, OrderColumns, order_differences

_NOTIONAL: "DecimalField[Decimal, Decimal]" = DecimalField(max_digits=60, decimal_places=16)


def orders_now() -> Iterator[list[Difference]]:
    """Yield the differences of each order, oldest first."""
    executed = executions_in_force().filter(order=OuterRef("pk")).values("order")
    asked = Replacement.objects.filter(order=OuterRef("pk"), request__state__in=OUTSTANDING).order_by("id")
    rows = Order.objects.order_by("id").annotate(
        executed_quantity=Subquery(executed.annotate(total=Sum("quantity")).values("total")),
        executed_notional=Subquery(
            executed.annotate(total=Sum(F("quantity") * F("price"), output_field=_NOTIONAL)).values("total")
        ),
        requested_quantities=ArraySubquery(asked.values("quantity")),
        requested_prices=ArraySubquery(asked.values("worst_price")),
    )
    for row in rows.iterator(CHUNK_ROWS):
        columns = OrderColumns(
            status=OrderStatus(row.status),
            base_status=BaseStatus(row.base_status),
            quantity=row.quantity,
            filled_quantity=row.filled_quantity,
            filled_notional=row.filled_notional,
            reserved_quantity=row.reserved_quantity,
            reserved_notional=row.reserved_notional,
            worst_price=row.worst_price,
            requested=_requested(row, row.requested_quantities, row.requested_prices),
        )
        yield list(
            order_differences(
                f"order {row.pk}",
                columns,
                executed_quantity=row.executed_quantity or Decimal(0),
                executed_notional=row.executed_notional or Decimal(0),
            )
        )


def _requested(
    order: Order, quantities: list[Decimal], prices: list[Decimal]
) -> Sequence[tuple[Decimal, Decimal]]:
    """Return what is asked for where its exposure is held: a desk may grant it at any time."""
    if order.is_manual or order.status == OrderStatus.PENDING_REPLACE:
        return list(zip(quantities, prices, strict=True))
    return ()
