"""Ask for a routing rule, or for the end of one: nothing changes until another person has agreed.

Who asks needs propose_routing on the rule's holder, who agrees approve_routing; for a rule of everybody, on everything.
"""

from typing import Any
from uuid import UUID

from compliance.commands import ProposeRoutingEnd, ProposeRoutingRule
from compliance.errors import RoutingUnfit
from compliance.models import Approval
from compliance.services.approvals import new_approval
from execution import algorithms
from execution.errors import RoutingRuleNotFound
from execution.models import RoutingRule
from execution.services.routing_rules import RoutingAction, end_payload, set_payload
from execution.venue_reads import calendars_of_venues, open_rules_for
from orders import authority
from orders.authority import Scope
from orders.calendars import zone_of
from orders.errors import MarketWithoutCalendar
from orders.kernel.context import Actor
from orders.kernel.transactions import service
from orders.permissions import PROPOSE_ROUTING
from orders.selectors import instrument_with_symbol


@service
def propose_routing_rule(*, actor: Actor, command: ProposeRoutingRule) -> Approval:
    """Ask for a rule, and return the approval that waits for 24 hours.

    Raises NotAPerson for a process, NotPermitted without propose_routing on the whole of the rule's holder, and
    RoutingUnfit for what there is not.
    """
    actor.person_id()
    holder = _holder(actor, command)
    authority.require_on(actor, PROPOSE_ROUTING, next(iter(holder.values()), None))
    _require_known(command)
    row = RoutingRule(
        name=command.name,
        place=command.place,
        instrument=_instrument(command.symbol),
        asset_class=command.asset_class or "",
        mic=command.mic or "",
        algorithm=command.algorithm or "",
        type=command.type or "",
        time_in_force=command.time_in_force or "",
        from_quantity=command.from_quantity,
        below_quantity=command.below_quantity,
        venues=command.venues,
        **holder,
    )
    payload = set_payload(row, effective_from=command.effective_from)
    return new_approval(actor, RoutingAction.SET, payload, scope=row.scope, reason=command.reason)


@service
def propose_routing_end(*, actor: Actor, rule_id: UUID, command: ProposeRoutingEnd) -> Approval:
    """Ask that a rule hold no longer. Raises NotAPerson, NotPermitted as above, and RoutingRuleNotFound."""
    actor.person_id()
    row = open_rules_for(actor).filter(pk=rule_id).first()
    if row is None:
        raise RoutingRuleNotFound("there is no such rule for you")
    authority.require_on(actor, PROPOSE_ROUTING, row.scope)
    return new_approval(actor, RoutingAction.END, end_payload(row), scope=row.scope, reason=command.reason)


def _holder(actor: Actor, command: ProposeRoutingRule) -> dict[str, Scope]:
    for name, reached in authority.SCOPES.items():
        code = getattr(command, name)
        if code is not None:
            found = reached(actor, PROPOSE_ROUTING).filter(code=code).first()
            if found is None:
                raise _unfit(name, f"there is no {name} {code} for which you may ask")
            return {name: found}
    return {}


def _instrument(symbol: str | None) -> Any:
    if symbol is None:
        return None
    found = instrument_with_symbol(symbol)
    if found is None:
        raise _unfit("symbol", f"there is no instrument {symbol}")
    return found


def _require_known(command: ProposeRoutingRule) -> None:
    known = calendars_of_venues()
    if unknown := [code for code in command.venues if code not in known]:
        raise _unfit("venues", f"there is no venue {', '.join(unknown)}: there are {', '.join(known)}")
    if command.algorithm is not None and command.algorithm not in {
        each.name for each in algorithms.all_latest()
    }:
        raise _unfit("algorithm", f"there is no algorithm {command.algorithm}")
    if command.mic is not None:
        try:
            zone_of(command.mic)
        except MarketWithoutCalendar as error:
            raise _unfit("mic", str(error)) from error


def _unfit(field: str, detail: str) -> RoutingUnfit:
    return RoutingUnfit(detail, errors=[{"pointer": f"/{field}", "detail": detail}])
