"""Reads of venues and of the rules by which slices go to them."""

from datetime import datetime

from django.db.models import F, Q, QuerySet

from execution.models import RoutingRule, Venue
from execution.routing import EQUAL, Conditions, Rule
from orders import authority
from orders.kernel.context import Actor
from orders.permissions import PROPOSE_ROUTING, VIEW_ORDERS
from orders.selectors import market_now

_COLUMNS = {name: f"{name}_id" if name in (*authority.SCOPES, "instrument") else name for name in EQUAL}


def rules_in_force(market_time: datetime) -> list[Rule]:
    """Return the rules in force at a market time in the order in which they are asked: one query."""
    until = Q(effective_until=None) | Q(effective_until__gt=market_time)
    return [as_rule(row) for row in RoutingRule.objects.filter(until, effective_from__lte=market_time)]


def as_rule(row: RoutingRule) -> Rule:
    """Return a row as routing takes it."""
    equal = {name: getattr(row, column) or None for name, column in _COLUMNS.items()}
    conditions = Conditions(**equal, from_quantity=row.from_quantity, below_quantity=row.below_quantity)
    return Rule(row.pk, conditions, tuple(row.venues))


def calendars_of_venues() -> dict[str, str]:
    """Return the MIC of each venue's own calendar, "" where it keeps that of each instrument's market: one query."""
    return dict(Venue.objects.values_list("code", "calendar"))


def rules_for(actor: Actor) -> QuerySet[RoutingRule]:
    """Return the rules, past ones too, that an order may go by which `actor` may see: those of everybody among them."""
    accounts = authority.accounts_with(actor, VIEW_ORDERS).order_by()
    if not accounts.exists():
        return RoutingRule.objects.none()
    concerned = (
        Q(account__in=accounts.values("pk"))
        | Q(desk__in=accounts.values("desk"))
        | Q(firm__in=accounts.values("desk__firm"))
        | Q(**{f"{name}__isnull": True for name in authority.SCOPES})
    )
    return RoutingRule.objects.filter(concerned).select_related(*authority.SCOPES, "instrument")


def holders_to_route(actor: Actor) -> list[tuple[str, str]]:
    """Return for whom `actor` may ask for a rule: "desk EQ1" and the like, twice; "" and everybody."""
    names = [""] if authority.may_everywhere(actor, PROPOSE_ROUTING) else []
    names += authority.scope_names_with(actor, PROPOSE_ROUTING)
    return [(name, name or "everybody") for name in names]


def open_rules_for(actor: Actor) -> QuerySet[RoutingRule]:
    """Return those of them that hold, or will hold, until further notice, or whose end has not come yet."""
    later = Q(effective_until__gt=market_now()) & Q(effective_until__gt=F("effective_from"))
    return rules_for(actor).filter(later | Q(effective_until=None))
