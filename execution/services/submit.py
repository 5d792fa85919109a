"""Send venue orders, each under an id that the venue gives an effect at most once."""

from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

from execution.models import VenueOrder
from execution.services.record_answer import postpone, postpone_all, record_state, record_states
from execution.services.speak import speak_about
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
            request_of(venue_order), partial(_write_if_allowed, venue_order_ids=[venue_order.pk])
        )
    except _Withheld:
        return True
    except VenueError as error:
        postpone(venue_order_id=venue_order.pk, error=error)
        return not isinstance(error, VenueUnavailable)
    record_state(actor=actor, state=answer.order)
    return True


def submit_all(actor: Actor, venue: Venue, venue_orders: Sequence[VenueOrder]) -> bool:
    """Send them by one message and write down the answers; False when the venue is away.

    Where one of them may not go out any more the others go one by one. A lost answer leaves each to be asked about.
    """
    if len(venue_orders) == 1:
        return speak_about(venue_orders, partial(submit, actor, venue))
    ids = [venue_order.pk for venue_order in venue_orders]
    requests = [request_of(venue_order) for venue_order in venue_orders]
    try:
        answers = venue.new_orders(requests, partial(_write_if_allowed, venue_order_ids=ids))
    except _Withheld:
        return speak_about(venue_orders, partial(submit, actor, venue))
    except VenueError as error:
        postpone_all(venue_order_ids=ids, error=error)
        return not isinstance(error, VenueUnavailable) or _answers(venue, ids[0])
    record_states(actor=actor, states=[answer.order for answer in answers])
    return True


def _answers(venue: Venue, venue_order_id: UUID) -> bool:
    """Ask the venue something after a lost answer; False where that is lost as well: two in a row, so it is away."""
    try:
        venue.order_status(venue_order_id)
    except VenueError as error:
        return not isinstance(error, VenueUnavailable)
    return True


@service
def _write_if_allowed(write: Callable[[], None], *, venue_order_ids: Sequence[UUID]) -> None:
    """Write the request while no kill switch can be engaged. Raises _Withheld where one is, and VenueUnavailable.

    What is held here is the gate alone, shared, and across the writing of some bytes to a connection that stands: not
    across a call, whose answer is awaited after the commit (docs/decisions/kill_switch.md). Written twice, where the
    commit has to be repeated, it has one effect: the venue knows the ids.
    """
    to_send = VenueOrder.objects.filter(
        not_stopped("run__order_id"), pk__in=venue_order_ids, status=OrderStatus.PENDING_NEW
    )
    if to_send.count() != len(venue_order_ids):
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
