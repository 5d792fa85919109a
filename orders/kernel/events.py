"""Events: frozen facts in the past tense, published inside the transaction that made them true.

Handlers run at once and in the order of the wiring. One that raises takes the whole transaction with it:
what cannot be audited does not happen.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar, TypeVar

from orders.kernel.context import Actor


@dataclass(frozen=True, kw_only=True)
class Event:
    """A fact about one object.

    `object_type` and `object_id` name the object as text, `revision` is its version after the fact (0 for an
    object without versions), `market_time` when it happened in the market. `facts()` is the allow-list of what
    the trail keeps: identifiers, codes and decimal strings, never personal data.
    """

    object_type: ClassVar[str]

    actor: Actor
    object_id: str
    revision: int
    market_time: datetime

    @property
    def action(self) -> str:
        """The event's stable name in the trail."""
        return type(self).__name__

    def facts(self) -> dict[str, Any]:
        """Return what the trail keeps of this event, as JSON types."""
        raise NotImplementedError

    @cached_property
    def kept_facts(self) -> dict[str, Any]:
        """What `facts` returns, reckoned once: several of those who hear of an event keep it."""
        return self.facts()


EventT = TypeVar("EventT", bound=Event)
Handler = Callable[[Any], None]


class Subscriptions:
    """Which event reaches which handler; filled by the wiring, then sealed."""

    def __init__(self) -> None:
        self._handlers: dict[type[Event], list[tuple[Handler, Handler]]] = defaultdict(list)

    def add(
        self,
        event_class: type[EventT],
        handler: Callable[[EventT], None],
        *,
        of_many: "Callable[[Sequence[EventT]], None] | None" = None,
    ) -> None:
        """Let `handler` hear every `event_class` after the handlers that were added before it.

        `of_many` does the same for many events at once; without it `handler` hears them one after the other.
        """
        self._handlers[event_class].append((handler, of_many or _one_by_one(handler)))

    def handlers_of(self, event_class: type[Event]) -> list[Handler]:
        """Return the handlers of one event class in calling order."""
        return [handler for handler, _of_many in self._handlers.get(event_class, ())]

    def handlers_of_many(self, event_class: type[Event]) -> list[Handler]:
        """Return the same handlers as they take a sequence of events."""
        return [of_many for _handler, of_many in self._handlers.get(event_class, ())]


def _one_by_one(handler: Handler) -> Handler:
    def hear(events: Sequence[Any]) -> None:
        for event in events:
            handler(event)

    return hear


def event_classes(root: type[Event] = Event) -> list[type[Event]]:
    """Return every concrete event class below `root`: those that nothing specialises further."""
    children = root.__subclasses__()
    return [found for child in children for found in event_classes(child)] if children else [root]
