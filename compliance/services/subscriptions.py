"""Subscriptions of event plugins: set as two persons agreed, stopped and resumed by one."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from compliance.actions import SET_SUBSCRIPTION
from compliance.commands import OperateSubscription
from compliance.errors import (
    PluginUnusable,
    SubscriptionGoesOn,
    SubscriptionNotFound,
    SubscriptionStopped,
    SubscriptionUnfit,
)
from compliance.events import SubscriptionHalted, SubscriptionResumed, SubscriptionSet
from compliance.leaves import InvalidLeaf, canonical
from compliance.models import EventSubscription, TreeEntry
from compliance.month_reads import months_away
from compliance.plugins.discovery import found_plugins
from orders import authority
from orders.hooks import hooks, publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.events import event_classes
from orders.kernel.transactions import service, step
from orders.permissions import SETTLE_OPERATIONS
from orders.selectors import market_now
from orders.services.limits import payload_digest


@step
def set_subscription(*, actor: Actor, payload: Mapping[str, Any], approval_id: UUID) -> None:
    """Let a subscription be what was agreed to. A new one begins at the end of the log, or where the payload says.

    Raises what `hooks.require_approval` raises (ApprovalOutdated when the subscription has changed since it was asked
    for), PluginUnusable and SubscriptionUnfit.
    """
    found = EventSubscription.objects.select_for_update().filter(name=payload["name"]).first()
    as_it_is = {**payload, "version": found.version if found else 0}
    digest = payload_digest(SET_SUBSCRIPTION, as_it_is)
    hooks.require_approval(approval_id=approval_id, action=SET_SUBSCRIPTION, payload_digest=digest)
    parameters = fit_parameters(payload["plugin"], payload["parameters"])
    row = found or EventSubscription(name=payload["name"], next_sequence=0, version=0)
    if found is None:
        begin = payload["from_sequence"]
        if begin is not None:
            require_in_table(begin)
        row.next_sequence = tree_size() if begin is None else begin
        row.recorded_at = recorded_now()
    row.plugin, row.events, row.parameters = payload["plugin"], payload["events"], parameters
    row.version += 1
    row.save(force_insert=found is None)
    facts: dict[str, Any] = {
        "events": row.events,
        "next_sequence": row.next_sequence,
        "approval_id": approval_id,
    }
    publish(SubscriptionSet(**facts, **about(actor, row)))


@service
def stop_subscription(
    *, actor: Actor, subscription_id: UUID, command: OperateSubscription
) -> EventSubscription:
    """Let a subscription stand still: nothing more is delivered, and what happens meanwhile is not missed.

    Raises NotPermitted without settle_operations on everything, SubscriptionNotFound and SubscriptionStopped.
    """
    row = lock_to_operate(actor, subscription_id)
    if row.stopped_at is not None:
        raise SubscriptionStopped(f"{row.name} stands still already")
    row.stopped_at, row.stopped_because = recorded_now(), command.reason
    row.version += 1
    row.save(update_fields=["stopped_at", "stopped_because", "version"])
    publish(SubscriptionHalted(reason=command.reason, **about(actor, row)))
    return row


@service
def resume_subscription(
    *, actor: Actor, subscription_id: UUID, command: OperateSubscription
) -> EventSubscription:
    """Let a subscription go on where it stood.

    Raises NotPermitted without settle_operations on everything, SubscriptionNotFound and SubscriptionGoesOn.
    """
    row = lock_to_operate(actor, subscription_id)
    if row.stopped_at is None:
        raise SubscriptionGoesOn(f"{row.name} does not stand still")
    row.stopped_at, row.stopped_because = None, ""
    row.version += 1
    row.save(update_fields=["stopped_at", "stopped_because", "version"])
    publish(SubscriptionResumed(reason=command.reason, **about(actor, row)))
    return row


@step
def lock_to_operate(actor: Actor, subscription_id: UUID) -> EventSubscription:
    """Return the locked row. Raises NotAPerson, NotPermitted and SubscriptionNotFound."""
    actor.person_id()
    authority.require_on(actor, SETTLE_OPERATIONS, None)
    row = EventSubscription.objects.select_for_update().filter(pk=subscription_id).first()
    if row is None:
        raise SubscriptionNotFound("there is no such subscription")
    return row


def about(actor: Actor, row: EventSubscription) -> dict[str, Any]:
    """Return what every event about a subscription says."""
    return {
        "actor": actor,
        "object_id": str(row.pk),
        "revision": row.version,
        "market_time": market_now(),
        "name": row.name,
        "plugin": row.plugin,
    }


def fit_parameters(plugin: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters as the plugin has them, defaults filled in.

    Raises PluginUnusable, and SubscriptionUnfit for parameters that its model or the log does not take.
    """
    found = found_plugins().get(plugin)
    if found is None or found.plugin is None:
        raise PluginUnusable(
            f"{plugin} is refused: {found.reason}" if found else f"there is no plugin {plugin}"
        )
    try:
        fitted = found.plugin.Parameters.model_validate(dict(parameters)).model_dump(mode="json")
        canonical(fitted)
    except ValidationError as error:
        errors = [
            {"pointer": "/parameters/" + "/".join(map(str, each["loc"])), "detail": each["msg"]}
            for each in error.errors(include_url=False, include_context=False)
        ]
        said = "; ".join(
            f"{each['pointer'].removeprefix('/parameters/')}: {each['detail']}" for each in errors
        )
        raise SubscriptionUnfit(f"the parameters of {plugin} do not fit: {said}", errors=errors) from error
    except InvalidLeaf as error:
        raise SubscriptionUnfit(f"the parameters of {plugin} cannot be kept: {error}") from error
    return fitted


def known_events() -> list[str]:
    """Return the names of all events that there are, in the order of the alphabet."""
    return sorted(event_class.__name__ for event_class in event_classes())


def require_in_table(begin: int) -> None:
    """Raise SubscriptionUnfit for a beginning whose leaves are archived: nothing of them would be told."""
    away = months_away()
    first = max((month.end_sequence for month in away), default=0)
    if begin < first:
        detail = f"the months up to {away[-1].name} are archived: begin at entry {first} or after it"
        raise SubscriptionUnfit(detail, errors=[{"pointer": "/from_sequence", "detail": detail}])


def tree_size() -> int:
    """Return how many leaves have their place in the audit log."""
    last = TreeEntry.objects.order_by("-sequence").values_list("sequence", flat=True).first()
    return 0 if last is None else last + 1
