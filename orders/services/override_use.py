"""An override lets what was refused be placed once: by the same trader, on the same terms, in time."""

from datetime import datetime
from typing import Any
from uuid import UUID

from orders.commands import PlaceOrder
from orders.errors import OverrideNotFound, OverrideNotUsable
from orders.kernel.clock import recorded_now
from orders.kernel.moments import parse_moment
from orders.kernel.transactions import step
from orders.models import Order, Override
from orders.selectors import denials_of

SAME = (
    "account_id",
    "instrument_id",
    "side",
    "type",
    "time_in_force",
    "quantity",
    "limit_price",
    "stop_price",
    "trail_price",
    "trail_percent",
    "display_quantity",
    "minimum_quantity",
    "expires_on",
    "effective_at",
)
"""The terms of the refused order that the new one must have, and how it is worked."""


@step
def usable_override(order: Order, command: PlaceOrder, *, is_locked: bool = True) -> Override | None:
    """Return the override that `command` names, locked or for a preview only read, if the new order may use it.

    None where the command names none. Raises OverrideNotFound for one that is absent or another trader's,
    OverrideNotUsable for one that is used, expired or for other terms.
    """
    if command.override is None:
        return None
    overrides = Override.objects.select_for_update(of=("self",)) if is_locked else Override.objects.all()
    override = (
        overrides.select_related("refused").filter(pk=command.override, trader_id=order.placed_by_id).first()
    )
    if override is None:
        raise OverrideNotFound("there is no such override for you")
    if override.used_at is not None:
        raise OverrideNotUsable("the override has been used", override_id=str(command.override))
    if override.expires_at <= recorded_now():
        raise OverrideNotUsable("the override has expired", override_id=str(command.override))
    differing = _differing(order, command, override.refused)
    if differing:
        detail = f"the override is for other terms: {', '.join(differing)}"
        raise OverrideNotUsable(detail, override_id=str(command.override))
    return override


@step
def waived_by(override: Override) -> frozenset[tuple[str, UUID]]:
    """Return what the override lets pass: its codes, each for the limits that had refused the order alone.

    Who waived an account's limit has not waived the firm's, which denies by the same code.
    """
    return frozenset(
        (code, limit_id)
        for code, limit_id in denials_of(override.refused)
        if limit_id is not None and code in override.codes
    )


def _differing(order: Order, command: PlaceOrder, refused: Order) -> list[str]:
    differing = [name.removesuffix("_id") for name in SAME if not _is_same(order, refused, name)]
    if order.instruction["name"] != refused.instruction["name"]:
        differing.append("algorithm")
    elif not _is_worked_alike(order, command, refused):
        differing.append("algorithm's parameters")
    return differing


def _is_same(order: Order, refused: Order, name: str) -> bool:
    return bool(getattr(order, name) == getattr(refused, name))


def _is_worked_alike(order: Order, command: PlaceOrder, refused: Order) -> bool:
    """Whether the algorithm was told the same, or would be told it now: what began before the refusal begins at once.

    Who lets an order through that is spread over a day does not let it through at one blow.
    """
    again = command.model_copy(update={"client_order_id": refused.client_order_id, "override": None})
    if again.digest() == refused.digest:
        return True
    now, then = order.instruction["parameters"], refused.instruction["parameters"]
    return now.keys() == then.keys() and all(
        now[name] == then[name]
        or (_has_come(now[name], order.market_time) and _has_come(then[name], order.market_time))
        for name in now
    )


def _has_come(value: Any, market_time: datetime) -> bool:
    """Whether a parameter is a moment, and no longer to come."""
    try:
        return parse_moment(value) <= market_time
    except ValueError:
        return False


@step
def use_override(override: Override, order: Order) -> None:
    """Keep that the stored order was admitted by the override, which is used up now."""
    override.used_by, override.used_at = order, recorded_now()
    override.version += 1
    override.save(update_fields=["used_by", "used_at", "version"])
