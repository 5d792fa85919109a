"""Register a venue: reference data, which routes nothing before a rule names it."""

from execution.commands import RegisterVenue
from execution.errors import VenueExists
from execution.events import VenueRegistered
from execution.models import Venue
from execution.session import current_or_next_session
from orders.hooks import publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.transactions import service
from orders.selectors import market_now


@service
def register_venue(*, actor: Actor, command: RegisterVenue) -> Venue:
    """Register a venue, or find it registered with exactly this name and calendar.

    Raises MarketWithoutCalendar, and VenueExists where it is known by another name or calendar: routes that were chosen
    by its calendar were right for ever.
    """
    if command.calendar:
        current_or_next_session(market_now(), command.calendar)
    terms = {"name": command.name, "calendar": command.calendar}
    venue, is_new = Venue.objects.get_or_create(
        code=command.code, defaults={**terms, "recorded_at": recorded_now()}
    )
    if (venue.name, venue.calendar) != (command.name, command.calendar):
        raise VenueExists(f"{venue.code} is {venue.name}, calendar {venue.calendar or 'of each instrument'}")
    if is_new:
        publish(
            VenueRegistered(actor=actor, object_id=venue.code, revision=1, market_time=market_now(), **terms)
        )
    return venue
