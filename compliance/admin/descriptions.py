"""What an approval would do, in words and numbers: one description for each action, a plain one for all others."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.html import format_html

from compliance.actions import (
    DELEGATE_ROLE,
    GRANT_ROLE,
    LIFT_HOLD,
    REVOKE_ROLE,
    SET_RETENTION,
    SET_SUBSCRIPTION,
)
from compliance.admin.description import Description
from compliance.admin.limit_descriptions import changed_limit, ended_limit, new_limit
from compliance.admin.role_descriptions import given_role, taken_role
from compliance.admin.routing_words import conditions_of
from execution.services.routing_rules import RoutingAction
from orders.kernel.admin.figures import amount, words
from orders.services import LIFT, ExecutionChange, LimitAction


def describe(row: Any) -> Description:
    """Return the description of a row of `selectors.inbox`, whose `names` are known."""
    return DESCRIPTIONS.get(row.action, _plain)(row)


def _plain(row: Any) -> Description:
    details = tuple((words(name), str(value)) for name, value in row.payload.items())
    return Description(words(row.action), after="", details=details)


def _execution(row: Any) -> Description:
    payload = row.payload
    page = reverse("admin:orders_order_change", args=[payload["order_id"]])
    order = format_html('<a class="qt-link" href="{}">{}</a>', page, payload["order_id"])
    return Description(
        words(row.action),
        before=_deal(payload, "before_"),
        after=_deal(payload, "") or "nothing",
        details=(("Order", order),),
        done="Approved: it is booked.",
    )


def _lift(row: Any) -> Description:
    payload = row.payload
    page = reverse("admin:orders_killswitch_change", args=[payload["kill_switch_id"]])
    kind, _, target = payload["key"].partition(":")
    stops = f"{kind} {row.names.get(target, target)}"
    return Description(
        words(row.action),
        of=stops,
        before="engaged",
        after="lifted",
        details=(("Kill switch", format_html('<a class="qt-link" href="{}">{}</a>', page, stops)),),
        done="Approved: orders in its scope are taken again.",
    )


def _subscription(row: Any) -> Description:
    payload = row.payload
    begin = payload["from_sequence"]
    new = "from its approval on" if begin is None else f"the audit log from entry {begin:,} on"
    parameters = json.dumps(payload["parameters"], indent=1, ensure_ascii=False)
    return Description(
        words(row.action),
        of=f"{payload['name']}, by the plugin {payload['plugin']}",
        after=", ".join(payload["events"]),
        details=(
            ("Parameters", format_html("<pre>{}</pre>", parameters)),
            ("Hears", "goes on where it is" if payload["version"] else new),
        ),
        done="Approved: the plugin is told.",
    )


def _deal(payload: dict[str, Any], which: str) -> str:
    if f"{which}quantity" not in payload:
        return ""
    return f"{amount(Decimal(payload[f'{which}quantity']))} at {amount(Decimal(payload[f'{which}price']))}"


def _routing_rule(row: Any) -> Description:
    payload = row.payload
    before, after = payload["before"], payload.get("after")
    begins = payload.get("effective_from")
    facts = after or before
    return Description(
        words(row.action),
        of=f"{payload['name']}: {conditions_of(facts, row.names)}",
        before=_venues_of(before) if before else "",
        after=_venues_of(after) if after else "ended",
        details=(
            *((("Was", conditions_of(before, row.names)),) if before and after else ()),
            ("Place", str(facts["place"])),
            ("From", begins or "its approval on"),
        ),
        done="Approved: slices go by it from its date on."
        if after
        else "Approved: no slice goes by it any more.",
    )


def _venues_of(facts: dict[str, Any]) -> str:
    return "to " + ", else ".join(facts["venues"])


def _retention(row: Any) -> Description:
    payload = row.payload
    return Description(
        words(row.action),
        of=f"{payload['regime']}, {words(payload['record_class'])}",
        before=_years(payload["years_before"]) if payload["follows"] else "",
        after=_years(payload["years"]),
        details=(("From", payload["effective_from"]), ("Where it is written", payload["source"])),
        done="Approved: the rule counts from its day on.",
    )


def _years(years: int | None) -> str:
    return "nothing any more" if years is None else f"{years} years"


def _hold_lift(row: Any) -> Description:
    payload = row.payload
    return Description(
        words(row.action),
        of=f"{words(payload['kind'])} {row.names.get(payload['subject'], payload['subject'])}".strip(),
        before="held",
        after="lifted",
        details=(("From", payload["since"] or "open"), ("Through", payload["until"] or "open")),
        done="Approved: the rules alone say until when that is kept.",
    )


DESCRIPTIONS: dict[str, Callable[[Any], Description]] = {
    LimitAction.SET: new_limit,
    LimitAction.CHANGE: changed_limit,
    LimitAction.END: ended_limit,
    ExecutionChange.BUST: _execution,
    ExecutionChange.CORRECT: _execution,
    ExecutionChange.FILL: _execution,
    LIFT: _lift,
    RoutingAction.SET: _routing_rule,
    RoutingAction.END: _routing_rule,
    SET_SUBSCRIPTION: _subscription,
    SET_RETENTION: _retention,
    LIFT_HOLD: _hold_lift,
    GRANT_ROLE: given_role,
    DELEGATE_ROLE: given_role,
    REVOKE_ROLE: taken_role,
}
