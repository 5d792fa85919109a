"""The venues that the settings name, each behind a circuit breaker of its own."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Protocol, TypeVar
from uuid import UUID, uuid4

from django.conf import settings

from execution.venues.client import Sending, VenueClient
from execution.venues.errors import VenueError, VenueNotReached, VenueUnavailable
from execution.venues.protocol import CancelAnswer, MassStatusAnswer, NewOrder, NewOrderAnswer, OrderStatus
from orders.kernel.breakers import Breaker, CircuitOpen

Q = TypeVar("Q")
A = TypeVar("A")

TIMEOUT_S = 1.5


class Venue(Protocol):
    """What the services ask of a venue; see execution.venues.client.VenueClient."""

    def new_order(self, order: NewOrder, send: Sending) -> NewOrderAnswer: ...

    def new_orders(self, orders: Sequence[NewOrder], send: Sending) -> tuple[NewOrderAnswer, ...]: ...

    def cancel_order(self, client_order_id: UUID) -> CancelAnswer: ...

    def mass_cancel(self, client_order_ids: Sequence[UUID]) -> tuple[CancelAnswer, ...]: ...

    def order_status(self, client_order_id: UUID) -> OrderStatus: ...

    def mass_status(self, client_order_ids: Sequence[UUID]) -> MassStatusAnswer: ...


class GuardedVenue:
    """A venue that is left alone for a while when it has not answered several times in a row.

    Raises VenueNotReached then: what was to be said is said later.
    """

    def __init__(self, venue: Venue, breaker: Breaker) -> None:
        self._venue = venue
        self._breaker = breaker

    def new_order(self, order: NewOrder, send: Sending) -> NewOrderAnswer:
        """As VenueClient has it."""
        return self._guarded(partial(self._venue.new_order, send=send), order)

    def new_orders(self, orders: Sequence[NewOrder], send: Sending) -> tuple[NewOrderAnswer, ...]:
        """As VenueClient has it."""
        return self._guarded(partial(self._venue.new_orders, send=send), orders)

    def cancel_order(self, client_order_id: UUID) -> CancelAnswer:
        """As VenueClient has it."""
        return self._guarded(self._venue.cancel_order, client_order_id)

    def mass_cancel(self, client_order_ids: Sequence[UUID]) -> tuple[CancelAnswer, ...]:
        """As VenueClient has it."""
        return self._guarded(self._venue.mass_cancel, client_order_ids)

    def order_status(self, client_order_id: UUID) -> OrderStatus:
        """As VenueClient has it."""
        return self._guarded(self._venue.order_status, client_order_id)

    def mass_status(self, client_order_ids: Sequence[UUID]) -> MassStatusAnswer:
        """As VenueClient has it."""
        return self._guarded(self._venue.mass_status, client_order_ids)

    def _guarded(self, ask: Callable[[Q], A], question: Q) -> A:
        try:
            with self._breaker.calling(VenueUnavailable):
                return ask(question)
        except CircuitOpen as is_open:
            raise VenueNotReached(str(is_open)) from is_open


Venues = Mapping[str, Venue]
"""By the codes under which their orders, reports and executions are kept."""


def connected_venues() -> list[str]:
    """Return the codes of the venues that the settings give an address."""
    return sorted(settings.VENUES)


_BREAKERS: dict[str, Breaker] = {}


def breaker_of(venue: str) -> Breaker:
    """Return this process's breaker around a venue.

    Only an answer that does not come counts: a refusal is one that came.
    """
    if venue not in _BREAKERS:
        _BREAKERS.setdefault(venue, Breaker(f"venue {venue}", most_failures=5, open_s=5))
    return _BREAKERS[venue]


def venue_clients() -> dict[str, GuardedVenue]:
    """Return a client of each venue, to speak by; they may be shared and survive a fork."""
    return {code: GuardedVenue(venue_stream(code), breaker_of(code)) for code in connected_venues()}


def venue_stream(venue: str) -> VenueClient:
    """Return a client to listen by: one listener, who paces itself, needs no breaker.

    Raises KeyError for a venue to which the settings give no address.
    """
    host, port = settings.VENUES[venue]
    return VenueClient(host, port, TIMEOUT_S)


def answering(venues: Venues) -> set[str]:
    """Return the codes of those that may be sent something.

    One that did not answer last is asked about an order that nobody has first: what is sent to a venue that is away
    stays there, so no slice is spent on finding out.
    """
    return {code for code, venue in venues.items() if _answers(venue, breaker_of(code))}


def _answers(venue: Venue, breaker: Breaker) -> bool:
    if breaker.is_open:
        return False
    if not breaker.standing().failures:
        return True
    try:
        venue.order_status(uuid4())
    except VenueError as error:
        return not isinstance(error, VenueUnavailable)
    return True
