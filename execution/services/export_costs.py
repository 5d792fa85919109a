"""Keep in the trail that a person took a file of costs."""

from collections.abc import Mapping

from execution.events import CostsExported
from orders.hooks import publish
from orders.kernel.context import Actor
from orders.kernel.transactions import service
from orders.selectors import market_now


@service
def record_export(*, actor: Actor, form: str, asked: Mapping[str, str], orders: int) -> CostsExported:
    """Write who took a file in this form (csv, pdf), for which choices, of how many orders.

    Raises NotAPerson for a process.
    """
    actor.person_id()
    event = CostsExported(
        actor=actor,
        object_id="export",
        revision=0,
        market_time=market_now(),
        form=form,
        asked=dict(asked),
        orders=orders,
    )
    publish(event)
    return event
