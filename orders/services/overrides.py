"""Let a refused order be placed once: leave that a named person other than its trader gives (RTS 6, Art. 15(6))."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from orders import authority
from orders.commands import GrantOverride
from orders.errors import OrderNotRefused, OverrideCodesUnfit, OverrideGrantedAlready, OverrideOwnOrder
from orders.events import OverrideGranted
from orders.hooks import hooks, publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.transactions import service
from orders.limit_kinds import OVERRIDABLE_CODES
from orders.models import Order, Override
from orders.permissions import OVERRIDE_LIMITS
from orders.selectors import denial_codes, market_now, order_for
from orders.states import OrderStatus


@service
def grant_override(
    *, actor: Actor, order_id: UUID, codes: Sequence[str], expires_in_minutes: int, reason: str
) -> Override:
    """Let the trader of a refused order place its very terms once more, past the denials in `codes`, and return it.

    It expires after `expires_in_minutes` of real time, at most eight hours. Raises pydantic.ValidationError,
    OrderNotFound, NotPermitted without override_limits on the account, OverrideOwnOrder, OrderNotRefused,
    OverrideCodesUnfit for codes that did not refuse the order or that nobody may waive, and OverrideGrantedAlready.
    """
    command = GrantOverride.model_validate(
        {"codes": list(codes), "expires_in_minutes": expires_in_minutes, "reason": reason}
    )
    order_for(actor, order_id)
    order = Order.objects.select_for_update(of=("self",)).select_related("account").get(pk=order_id)
    authority.require_on(actor, OVERRIDE_LIMITS, order.account)
    person, now = actor.person_id(), recorded_now()
    if {*hooks.persons_counted(person, now)} & {*hooks.persons_counted(order.placed_by_id, now)}:
        raise OverrideOwnOrder("you placed this order yourself, or one of you stands in for the other")
    _require_waivable(order, command.codes)
    granted = Override.objects.filter(refused=order, used_at=None, expires_at__gt=now).first()
    if granted is not None:
        raise OverrideGrantedAlready("the order has an override already", override_id=str(granted.pk))
    override = Override.objects.create(
        refused=order,
        trader_id=order.placed_by_id,
        granted_by_id=person,
        codes=sorted(set(command.codes)),
        reason=command.reason,
        expires_at=now + timedelta(minutes=command.expires_in_minutes),
        recorded_at=now,
    )
    _tell(actor, override, order)
    return override


def _require_waivable(order: Order, codes: Sequence[str]) -> None:
    if order.status != OrderStatus.REJECTED:
        raise OrderNotRefused(f"the order is {order.status}", order_status=order.status)
    waivable = [code for code in denial_codes(order) if code in OVERRIDABLE_CODES]
    unfit = sorted(set(codes) - set(waivable))
    if unfit:
        raise OverrideCodesUnfit(f"{', '.join(unfit)} cannot be waived for this order", waivable=waivable)


def _tell(actor: Actor, override: Override, order: Order) -> None:
    publish(
        OverrideGranted(
            actor=actor,
            object_id=str(override.pk),
            revision=override.version,
            market_time=market_now(),
            order_id=order.pk,
            account_id=order.account_id,
            trader_id=override.trader_id,
            codes=override.codes,
            expires_at=override.expires_at,
        )
    )
