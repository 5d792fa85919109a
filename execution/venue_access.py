"""The venue that the settings name."""

from typing import Any, Protocol
from uuid import UUID

from django.conf import settings

from execution.venues.client import VenueClient
from execution.venues.protocol import CancelAnswer, NewOrder, NewOrderAnswer, OrderStatus

VENUE = "SIM"
"""The code under which the simulated venue's orders, reports and executions are kept."""
TIMEOUT_S = 1.5


class Venue(Protocol):
    """What the services ask of a venue; see execution.venues.client.VenueClient."""

    def new_order(self, order: NewOrder) -> NewOrderAnswer: ...

    def cancel_order(self, client_order_id: UUID) -> CancelAnswer: ...

    def order_status(self, client_order_id: UUID) -> OrderStatus: ...


def venue_client() -> VenueClient:
    """Return a client of the configured venue; it may be shared and survives a fork."""
    venue: dict[str, Any] = dict(settings.VENUE)
    return VenueClient(venue["host"], venue["port"], TIMEOUT_S)
