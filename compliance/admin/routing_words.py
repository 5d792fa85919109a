"""A routing rule in words, for a person who decides on it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from execution.models import RoutingRule
from execution.services.routing_rules import rule_facts
from orders.kernel.admin.figures import amount, words

_HOLDERS = ("firm", "desk", "account")


def holder_text(row: RoutingRule) -> str:
    """Return whose orders a rule is about, whose holder was read with it."""
    held = next((name for name in _HOLDERS if getattr(row, name) is not None), None)
    return "everybody" if held is None else f"{held} {getattr(row, held).code}"


def conditions_text(row: RoutingRule) -> str:
    """Return what a rule asks of a slice, whose instrument was read with it."""
    names = {} if row.instrument is None else {str(row.instrument_id): row.instrument.symbol}
    return conditions_of(rule_facts(row), names)


def conditions_of(facts: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Return what a rule asks of a slice, by its facts; `names` has the symbols of instruments by id."""
    said = [
        *([names.get(facts["instrument"], facts["instrument"])] if "instrument" in facts else []),
        *([words(facts["asset_class"])] if "asset_class" in facts else []),
        *([f"market {facts['mic']}"] if "mic" in facts else []),
        *([f"algorithm {facts['algorithm']}"] if "algorithm" in facts else []),
        *([words(facts["type"])] if "type" in facts else []),
        *([facts["time_in_force"].upper()] if "time_in_force" in facts else []),
        *([f"{amount(Decimal(facts['from_quantity']))} units or more"] if "from_quantity" in facts else []),
        *(
            [f"fewer than {amount(Decimal(facts['below_quantity']))} units"]
            if "below_quantity" in facts
            else []
        ),
    ]
    return ", ".join(said) or "any slice"
