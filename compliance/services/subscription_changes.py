"""Ask that an event plugin be told of something: it is not before another person has agreed."""

from compliance.actions import SET_SUBSCRIPTION
from compliance.commands import ProposeSubscription
from compliance.errors import SubscriptionUnfit
from compliance.models import Approval, EventSubscription
from compliance.services.approvals import new_approval
from compliance.services.subscriptions import fit_parameters, known_events, require_in_table, tree_size
from orders import authority
from orders.kernel.context import Actor
from orders.kernel.transactions import service
from orders.permissions import PROPOSE_SUBSCRIPTIONS


@service
def propose_subscription(*, actor: Actor, command: ProposeSubscription) -> Approval:
    """Ask for a new subscription, or for another form of the one of this name; return what waits for 24 hours.

    Raises NotPermitted without propose_subscriptions on everything, since the log tells of all accounts,
    PluginUnusable, and SubscriptionUnfit for an unknown event, parameters that the plugin does not take, and a
    beginning that is not in the log, in an archived month, or that of one that began long ago.
    """
    authority.require_on(actor, PROPOSE_SUBSCRIPTIONS, None)
    unknown = sorted(set(command.events) - set(known_events()))
    if unknown:
        raise _unfit("events", f"there are no events {', '.join(unknown)}")
    found = EventSubscription.objects.filter(name=command.name).first()
    begin = command.from_sequence
    if found and begin is not None:
        raise _unfit("from_sequence", f"{command.name} has begun: it goes on where it is")
    if begin is not None and begin > tree_size():
        raise _unfit("from_sequence", "the log is not so long")
    if begin is not None:
        require_in_table(begin)
    payload = {
        "name": command.name,
        "plugin": command.plugin,
        "events": sorted(set(command.events)),
        "parameters": fit_parameters(command.plugin, command.parameters),
        "from_sequence": begin,
        "version": found.version if found else 0,
    }
    return new_approval(actor, SET_SUBSCRIPTION, payload, scope=None, reason=command.reason)


def _unfit(field: str, detail: str) -> SubscriptionUnfit:
    return SubscriptionUnfit(detail, errors=[{"pointer": f"/{field}", "detail": detail}])
