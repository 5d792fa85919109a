"""The card of orders on the first page."""

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from orders import selectors
from orders.admin.granted import held
from orders.kernel.admin import Figure, Summary, actor_of
from orders.kernel.admin.figures import TONES, words
from orders.permissions import VIEW_ORDERS
from orders.states import OPEN, OrderStatus

AMONG = 10_000
"""How many of the newest orders are counted: the first page costs the same on the busiest day."""


def orders_today(request: HttpRequest) -> Summary | None:
    """Return how many of the newest orders stand in each status, for those who may see orders."""
    if VIEW_ORDERS not in held(request):
        return None
    counted = selectors.newest_orders_by_status(actor_of(request), among=AMONG)
    blotter = reverse("admin:orders_order_changelist")
    figures = [
        Figure(
            label=words(status),
            value=f"{counted[status]:,}",
            url=f"{blotter}?{urlencode({'status': status.value})}",
            tone=TONES[status],
        )
        for status in OrderStatus
        if status in counted
    ]
    return Summary(f"Newest {AMONG:,} orders by status", figures, _next_step(counted), blotter)


def _next_step(counted: dict[str, int]) -> str:
    if not counted:
        return "No orders yet. They come in by the API, POST /api/v1/orders, and by the form on the blotter."
    still_open = sum(number for status, number in counted.items() if status in OPEN)
    if not still_open:
        return "Nothing is open."
    return f"{still_open:,} open: amend or cancel one on its page."
