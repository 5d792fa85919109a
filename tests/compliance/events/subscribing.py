"""Subscriptions for tests: asked for by an operator, agreed to by the compliance officer; and what hears them."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from compliance.commands import ProposeSubscription
from compliance.models import Approval, EventSubscription
from compliance.plugins import Delivery
from compliance.plugins.discovery import Found
from compliance.services.approvals import approve
from compliance.services.subscription_changes import propose_subscription
from compliance.services.subscriptions import known_events
from orders.kernel.context import Actor
from tests.sign_in import in_role
from tests.world import World

HEARD = "InstructionRefused"
"""What tests.compliance.log.record writes."""


class People:
    """Who asks and who agrees, on the whole firm."""

    def __init__(self, world: World) -> None:
        self.operator: Actor = in_role("operator", world.firm)
        self.officer: Actor = in_role("compliance_officer", world.firm)

    def ask(self, **changes: Any) -> Approval:
        terms = {
            "name": "desk",
            "plugin": "webhook",
            "events": [HEARD],
            "parameters": {"url": "https://receiver.example/in", "secret_name": "DESK"},
            "reason": "the desk wants to know",
        }
        command = ProposeSubscription.model_validate({**terms, **changes})
        return propose_subscription(actor=self.operator, command=command)

    def subscribe(self, **changes: Any) -> EventSubscription:
        approval = self.ask(**changes)
        approve(actor=self.officer, approval_id=approval.pk, reason="it may leave the house")
        return EventSubscription.objects.get(name=approval.payload["name"])


class Nothing(BaseModel):
    """No parameters."""


class Listener:
    """A plugin that keeps what it is told, and raises what it is given to raise."""

    Parameters = Nothing

    def __init__(self, *errors: BaseException) -> None:
        self.heard: list[Delivery] = []
        self._errors: Iterator[BaseException] = iter(errors)

    def deliver(self, delivery: Delivery, parameters: Nothing) -> None:
        self.heard.append(delivery)
        if error := next(self._errors, None):
            raise error


def as_found(**plugins: Any) -> Mapping[str, Found]:
    """These plugins, as discovery finds them."""
    return {name: Found(name, "tests", plugin) for name, plugin in plugins.items()}


LATER = datetime(2100, 1, 1, tzinfo=UTC)
assert HEARD in known_events()
