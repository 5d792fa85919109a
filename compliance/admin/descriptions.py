"""What an approval would do, in words and numbers: one description for each action, a plain one for all others."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.html import format_html

from compliance.actions import CHANGE_LIMIT
from orders.kernel.admin.figures import amount, words
from orders.services import ExecutionChange


@dataclass(frozen=True)
class Description:
    """What a person reads of an approval.

    `subject` is what it is about, `before` how that is now ("" where there is nothing or it is not known), `after`
    how it is to be. `details` are further lines of its page, label and value. `obstacle` says why it can be refused
    only; `done` is the sentence after it was approved.
    """

    subject: str
    after: str
    before: str = ""
    details: tuple[tuple[str, str], ...] = ()
    obstacle: str = ""
    done: str = "Approved and carried out."


def describe(row: Any) -> Description:
    """Return the description of a row of `selectors.approvals_with_limits`."""
    return DESCRIPTIONS.get(row.action, _plain)(row)


def _plain(row: Any) -> Description:
    details = tuple((words(name), str(value)) for name, value in row.payload.items())
    return Description(words(row.action), after="", details=details)


def _limit(row: Any) -> Description:
    value = Decimal(row.payload["value"])
    if row.limit_version != row.payload["limit_version"]:
        obstacle = "The limit has changed since this was proposed: it can be refused, not approved."
        return Description(
            words(row.limit_kind), after=amount(value), obstacle="" if row.used_at else obstacle
        )
    before: Decimal = row.limit_value
    change = f"{100 * (value - before) / before:+.1f} %" if before else ""
    return Description(
        words(row.limit_kind),
        before=amount(before),
        after=amount(value),
        details=(("Change", change),) if change else (),
        done="Approved: the limit has its new value.",
    )


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


def _deal(payload: dict[str, Any], which: str) -> str:
    if f"{which}quantity" not in payload:
        return ""
    return f"{amount(Decimal(payload[f'{which}quantity']))} at {amount(Decimal(payload[f'{which}price']))}"


DESCRIPTIONS: dict[str, Callable[[Any], Description]] = {
    CHANGE_LIMIT: _limit,
    ExecutionChange.BUST: _execution,
    ExecutionChange.CORRECT: _execution,
    ExecutionChange.FILL: _execution,
}
