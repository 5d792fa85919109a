"""Close a break by a person's word: both records stay as they are, and the reason says why that is right."""

from uuid import UUID

from execution.breaks import seen_breaks
from execution.commands import SettleVenueBreak
from execution.errors import VenueBreakClosed, VenueBreakNotFound
from execution.events import VenueBreakSettled
from execution.models import VenueBreak
from execution.services.record_breaks import announce_break
from orders import authority
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.transactions import service
from orders.permissions import SETTLE_OPERATIONS
from orders.selectors import account_of_order


@service
def settle_venue_break(*, actor: Actor, break_id: UUID, reason: str) -> VenueBreak:
    """Close it. It opens again only where one of the records changes.

    Raises pydantic.ValidationError, NotAPerson for a process, VenueBreakNotFound, NotPermitted without
    settle_operations, and VenueBreakClosed for one that is closed already.
    """
    command = SettleVenueBreak(reason=reason)
    actor.person_id()
    seen = seen_breaks(actor).filter(pk=break_id).first()
    if seen is None:
        raise VenueBreakNotFound("there is no such break for you")
    authority.require(actor, SETTLE_OPERATIONS, account_of_order(seen.of_order).pk)
    row = VenueBreak.objects.select_for_update().get(pk=break_id)
    if row.closed_at is not None:
        raise VenueBreakClosed("both records agree again, or somebody closed it")
    row.closed_at, row.reason = recorded_now(), command.reason
    row.save(update_fields=["closed_at", "reason"])
    announce_break(VenueBreakSettled, actor, row)
    return row
