"""The contract of an event plugin: it is told of one event at a time, after the commit, and at least once.

An entry point of the group `qtweb.event_plugins` names a class without arguments, or an object:

    class LargeFills:
        Parameters = ...           # a pydantic model: what a subscription has to say

        def deliver(self, delivery, parameters) -> None: ...

Nothing needs to be imported for that but to raise SubscriberGone: a package stands and is tested without qtweb.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from pydantic import BaseModel


class SubscriberGone(Exception):
    """Raised by a plugin whose subscriber wants to hear nothing more: the subscription is stopped."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one subscription.

    `id` is the same however often it is delivered: who acts on it twice looks whether they know it. `event` is the
    event's class, for example ExecutionApplied; `sequence` its place in the audit log, `leaf_hash` (hex) its hash
    there, `body` the canonical JSON that is hashed, `recorded_at` real UTC. `attempt` counts from 1.
    """

    id: str
    event: str
    sequence: int
    leaf_hash: str
    body: str
    recorded_at: datetime
    attempt: int

    @property
    def entry(self) -> dict[str, Any]:
        """The body read: action, actor, correlation_id, door, facts, market_time, object, recorded_at."""
        said: dict[str, Any] = json.loads(self.body)
        return said


class EventPlugin(Protocol):
    """Whoever wants to be told."""

    @property
    def Parameters(self) -> type[BaseModel]:  # noqa: N802 - a class stands there
        """The model of what a subscription says."""

    def deliver(self, delivery: Delivery, parameters: Any, /) -> None:
        """Return when it is done for good. `parameters` is a `Parameters`.

        Whatever it raises has the delivery tried again later, but for SubscriberGone. It is called outside of any
        transaction, in a process of its own, several times at once; it returns within half a minute.
        """
