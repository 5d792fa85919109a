"""What an approval would do to a limit, in words and numbers. The payload tells it: it is what was agreed to."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.html import format_html

from compliance.admin.description import Description
from orders.admin.limit_words import title_of, value_text
from orders.kernel.admin.figures import moment
from orders.limit_kinds import KINDS, LimitKind
from orders.services import LimitTerms

_OUTDATED = "The limit has changed since this was proposed: it can be refused, not approved."


def new_limit(row: Any) -> Description:
    """Describe an approval to set a limit."""
    kind, terms = row.payload["kind"], LimitTerms.read(row.payload["after"])
    lines = _lines(row, terms)
    return Description(
        title_of(kind),
        of=scope_text(row),
        after=lines.pop("value"),
        details=tuple((_TITLES[name], text) for name, text in lines.items()),
        done="Approved: it is in force from its effective date on.",
    )


def changed_limit(row: Any) -> Description:
    """Describe an approval to give a limit other terms: only what differs."""
    kind = row.payload["kind"]
    before, after = (LimitTerms.read(row.payload[name]) for name in ("before", "after"))
    was, will_be = _lines(row, before), _lines(row, after)
    changed = [name for name in was if was[name] != will_be[name]]
    grows = _percent(before.value, after.value)
    return Description(
        title_of(kind),
        of=scope_text(row),
        before=_joined(was, changed),
        after=_joined(will_be, changed),
        details=(*((("Change", grows),) if grows else ()), _limit_link(row)),
        obstacle=_obstacle(row),
        done="Approved: the limit has its new terms.",
    )


def ended_limit(row: Any) -> Description:
    """Describe an approval to end a limit."""
    kind = row.payload["kind"]
    return Description(
        title_of(kind),
        of=scope_text(row),
        before=_lines(row, LimitTerms.read(row.payload["before"]))["value"],
        after="ended",
        details=(_limit_link(row),),
        obstacle=_obstacle(row),
        done="Approved: the limit is ended.",
    )


def scope_text(row: Any) -> str:
    """Return whom and what the limit is for, by the names that the row was given."""
    scope = dict(row.payload["scope"])
    subject = row.names.get(scope.pop("instrument", "")) or scope.pop("asset_class", "")
    holder = next((f"{name} {row.names[key]}" for name, key in scope.items()), "everybody")
    return f"{holder}, {subject}" if subject else holder


_TITLES = {
    "value": "Value",
    "warn_at_percent": "Warns from",
    "effective_from": "In force from",
    "effective_until": "In force until",
}


def _limit_link(row: Any) -> tuple[str, str]:
    page = reverse("admin:orders_limit_change", args=[row.payload["limit_id"]])
    return "Limit", format_html('<a class="qt-link" href="{}">as it is now</a>', page)


def _lines(row: Any, terms: LimitTerms) -> dict[str, str]:
    """Return the terms in words. What is a rule or a right has no number of which a part could warn."""
    kind = LimitKind(row.payload["kind"])
    warns = {"warn_at_percent": f"{terms.warn_at_percent} % of it"} if KINDS[kind].fixed_value is None else {}
    return {
        "value": value_text(kind, terms.value, row.scope),
        **warns,
        "effective_from": _market(terms.effective_from, "at once"),
        "effective_until": _market(terms.effective_until, "ended"),
    }


def _market(at: datetime | None, otherwise: str) -> str:
    return otherwise if at is None else f"{moment(at)} UTC, market time"


def _joined(lines: dict[str, str], names: list[str]) -> str:
    return "; ".join(
        lines[name] if name == "value" else f"{_TITLES[name].lower()} {lines[name]}" for name in names
    )


def _percent(before: Decimal, after: Decimal) -> str:
    return f"{100 * (after - before) / before:+.1f} %" if before and after != before else ""


def _obstacle(row: Any) -> str:
    is_current = row.limit_version == row.payload["limit_version"]
    return "" if is_current or row.used_at is not None else _OUTDATED
