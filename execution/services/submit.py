"""Send one venue order, under an id that the venue gives an effect at most once."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from execution.models import VenueOrder
from execution.services.record_answer import postpone, record_state
from execution.venue_access import Venue
from execution.venues.errors import VenueError, VenueUnavailable
from execution.venues.protocol import NewOrder
from orders.kernel.context import Actor
from orders.kernel.transactions import service
from orders.services import not_stopped
from orders.states import OrderStatus
from orders.terms import OrderType, Side, TimeInForce


class _Withheld(Exception):
    """The order may not go out any more: it was asked to be canceled, or a kill switch stops it."""


def submit(actor: Actor, venue: Venue, venue_order: VenueOrder) -> bool:
    """Send it and write down the answer; False when the venue cannot be reached.

    Without an answer it stays pending new and is asked about later: whether it arrived is not guessed. What may not
    go out any more stays as it is: its cancel says what becomes of it.
    """
    try:
        answer = venue.new_order(
            request_of(venue_order), partial(_write_if_allowed, venue_order_id=venue_order.pk)
        )
    except _Withheld:
        return True
    except VenueError as error:
        postpone(venue_order_id=venue_order.pk, error=error)
        return not isinstance(error, VenueUnavailable)
    record_state(actor=actor, state=answer.order)
    return True


@service
def _write_if_allowed(write: Callable[[], None], *, venue_order_id: UUID) -> None:
    """Write the request while no kill switch can be engaged. Raises _Withheld where one is, and VenueUnavailable.

    What is held here is the gate alone, shared, and across the writing of some bytes to a connection that stands: not
    across a call, whose answer is awaited after the commit (docs/decisions/kill_switch.md). Written twice, where the
    commit has to be repeated, it has one effect: the venue knows the id.
    """
    to_send = VenueOrder.objects.filter(
        not_stopped("run__order_id"), pk=venue_order_id, status=OrderStatus.PENDING_NEW
    )
    if not to_send.exists():
        raise _Withheld
    write()


def request_of(venue_order: VenueOrder) -> NewOrder:
    """Return the message that sends a venue order."""
    return NewOrder(
        client_order_id=venue_order.pk,
        symbol=venue_order.symbol,
        side=Side(venue_order.side),
        type=OrderType(venue_order.type),
        time_in_force=TimeInForce(venue_order.time_in_force),
        quantity=venue_order.quantity,
        limit_price=venue_order.limit_price,
        display_quantity=venue_order.display_quantity,
        minimum_quantity=venue_order.minimum_quantity,
    )
