"""What the market has to do before an order works."""

from uuid import UUID

from django.http import HttpResponse

from execution.api.representations import TriggerRepresentation, represent_trigger
from execution.errors import TriggerNotFound
from execution.selectors import trigger_of
from orders.errors import OrderNotFound
from orders.kernel.api.views import ApiView, answer, endpoint
from orders.selectors import order_for


class OrderTrigger(ApiView):
    """What one order waits for, and how far the market has come."""

    @endpoint(
        "get_trigger",
        "Read what the market has to do before an order works, or what it did",
        answers={200: TriggerRepresentation},
        refusals=(OrderNotFound, TriggerNotFound),
    )
    def get(self, order_id: UUID) -> HttpResponse:
        trigger = trigger_of(order_for(self.actor, order_id))
        if trigger is None:
            raise TriggerNotFound("the order waits for no price, or nobody has looked at it yet")
        return answer(represent_trigger(trigger))
