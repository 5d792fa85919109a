"""Keep in the trail that a person took the evidence of a kill switch as a file."""

from uuid import UUID

from orders.events import EvidenceExported
from orders.hooks import publish
from orders.kernel.context import Actor
from orders.kernel.transactions import service
from orders.selectors import market_now


@service
def record_evidence_export(*, actor: Actor, kill_switch_id: UUID, form: str, orders: int) -> EvidenceExported:
    """Write who took a file in this form (csv, json), about how many orders. Raises NotAPerson for a process."""
    actor.person_id()
    event = EvidenceExported(
        actor=actor,
        object_id=str(kill_switch_id),
        revision=0,
        market_time=market_now(),
        form=form,
        orders=orders,
    )
    publish(event)
    return event
