"""Send one venue order, under an id that the venue gives an effect at most once."""

from execution.models import VenueOrder
from execution.services.record_answer import postpone, record_state
from execution.venue_access import Venue
from execution.venues.errors import VenueError, VenueUnavailable
from execution.venues.protocol import NewOrder
from orders.kernel.context import Actor
from orders.terms import OrderType, Side, TimeInForce


def submit(actor: Actor, venue: Venue, venue_order: VenueOrder) -> bool:
    """Send it and write down the answer; False when the venue cannot be reached.

    Without an answer it stays pending new and is asked about later: whether it arrived is not guessed.
    """
    try:
        answer = venue.new_order(_request(venue_order))
    except VenueError as error:
        postpone(venue_order_id=venue_order.pk, error=error)
        return not isinstance(error, VenueUnavailable)
    record_state(actor=actor, state=answer.order)
    return True


def _request(venue_order: VenueOrder) -> NewOrder:
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
