"""Reads of venues and of the rules by which slices go to them."""

from datetime import datetime

from django.db.models import Q

from execution.models import RoutingRule, Venue
from execution.routing import EQUAL, Conditions, Rule

_COLUMNS = {
    name: f"{name}_id" if name in ("firm", "desk", "account", "instrument") else name for name in EQUAL
}


def in_force_at(market_time: datetime) -> Q:
    """Return the condition that a routing rule is in force at a market time."""
    return Q(effective_from__lte=market_time) & (Q(effective_until=None) | Q(effective_until__gt=market_time))


def rules_in_force(market_time: datetime) -> list[Rule]:
    """Return the rules in force at a market time in the order in which they are asked: one query."""
    return [as_rule(row) for row in RoutingRule.objects.filter(in_force_at(market_time))]


def as_rule(row: RoutingRule) -> Rule:
    """Return a row as routing takes it."""
    equal = {name: getattr(row, column) or None for name, column in _COLUMNS.items()}
    conditions = Conditions(**equal, from_quantity=row.from_quantity, below_quantity=row.below_quantity)
    return Rule(row.pk, conditions, tuple(row.venues))


def calendars_of_venues() -> dict[str, str]:
    """Return the MIC of each venue's own calendar, "" where it keeps that of each instrument's market: one query."""
    return dict(Venue.objects.values_list("code", "calendar"))
