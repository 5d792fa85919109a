"""An override lets what was refused be placed once: by the same trader, on the same terms, in time."""

from uuid import UUID

from orders.errors import OverrideNotFound, OverrideNotUsable
from orders.kernel.clock import recorded_now
from orders.kernel.transactions import step
from orders.models import Order, Override

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
"""The terms of the refused order that the new one must have, and the algorithm by its name."""


@step
def usable_override(order: Order, override_id: UUID, *, is_locked: bool = True) -> Override:
    """Return the override, locked or for a preview only read, if the new order may use it.

    Raises OverrideNotFound for one that is absent or another trader's, OverrideNotUsable for one that is used, expired
    or for other terms.
    """
    overrides = Override.objects.select_for_update(of=("self",)) if is_locked else Override.objects.all()
    override = (
        overrides.select_related("refused").filter(pk=override_id, trader_id=order.placed_by_id).first()
    )
    if override is None:
        raise OverrideNotFound("there is no such override for you")
    if override.used_at is not None:
        raise OverrideNotUsable("the override has been used", override_id=str(override_id))
    if override.expires_at <= recorded_now():
        raise OverrideNotUsable("the override has expired", override_id=str(override_id))
    differing = [name.removesuffix("_id") for name in SAME if not _is_same(order, override.refused, name)]
    if order.instruction["name"] != override.refused.instruction["name"]:
        differing.append("algorithm")
    if differing:
        detail = f"the override is for other terms: {', '.join(differing)}"
        raise OverrideNotUsable(detail, override_id=str(override_id))
    return override


def _is_same(order: Order, refused: Order, name: str) -> bool:
    return bool(getattr(order, name) == getattr(refused, name))


@step
def use_override(override: Override, order: Order) -> None:
    """Keep that the stored order was admitted by the override, which is used up now."""
    override.used_by, override.used_at = order, recorded_now()
    override.version += 1
    override.save(update_fields=["used_by", "used_at", "version"])
