"""A routing rule in words, for a person who decides on it."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from execution.models import RoutingRule
from execution.services.routing_rules import rule_facts
from orders.kernel.admin.figures import amount, words

_SAID: Mapping[str, Callable[[str], str]] = {
    "asset_class": words,
    "mic": "market {}".format,
    "algorithm": "algorithm {}".format,
    "type": words,
    "time_in_force": str.upper,
    "from_quantity": lambda units: f"{amount(Decimal(units))} units or more",
    "below_quantity": lambda units: f"fewer than {amount(Decimal(units))} units",
}
"""How a condition is said, in the order in which they are."""


def holder_text(row: RoutingRule) -> str:
    """Return whose orders a rule is about, whose holder was read with it."""
    return "everybody" if row.scope is None else f"{row.scope._meta.model_name} {row.scope}"


def conditions_text(row: RoutingRule) -> str:
    """Return what a rule asks of a slice, whose instrument was read with it."""
    names = {} if row.instrument is None else {str(row.instrument_id): row.instrument.symbol}
    return conditions_of(rule_facts(row), names)


def conditions_of(facts: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Return what a rule asks of a slice, by its facts; `names` has the symbols of instruments by id."""
    told = {"instrument": lambda key: names.get(key, key), **_SAID}
    return ", ".join(say(facts[name]) for name, say in told.items() if name in facts) or "any slice"
