"""Builds the snapshot that the pure checks look at."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from orders.commands import AMENDABLE
from orders.hooks import hooks
from orders.models import Limit, Order
from orders.models.organisation import AccountState
from orders.models.reference import InstrumentState
from orders.risk.checks import Ticket
from orders.terms import Side


def limits_of(account_id: UUID) -> dict[str, Decimal]:
    """Return the values of an account's limits by their kind: one query."""
    return dict(Limit.objects.filter(account_id=account_id).order_by().values_list("kind", "value"))


def ticket_for(
    order: Order,
    *,
    market_time: datetime,
    limits: Mapping[str, Decimal],
    terms: Mapping[str, Decimal | None] | None = None,
) -> Ticket:
    """Return the ticket of `order`, under the terms of an amendment where they are given: one query for the price.

    The stop price counts for as long as the order waits for it.
    """
    given = {name: getattr(order, name) for name in AMENDABLE} if terms is None else terms
    account, instrument = order.account, order.instrument
    return Ticket(
        side=Side(order.side),
        quantity=given["quantity"] or order.quantity,
        limit_price=given["limit_price"],
        stop_price=given["stop_price"] if order.triggered_at is None else None,
        trail_price=given["trail_price"],
        display_quantity=order.display_quantity,
        minimum_quantity=order.minimum_quantity,
        account_is_active=account.state == AccountState.ACTIVE,
        instrument_is_active=instrument.state == InstrumentState.ACTIVE,
        tick_size=instrument.tick_size,
        lot_size=instrument.lot_size,
        limits=limits,
        reference_price=hooks.reference_price(instrument_id=order.instrument_id, market_time=market_time),
    )
