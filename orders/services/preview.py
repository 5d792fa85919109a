"""What pre-trade risk would say of an order, without placing it."""

from orders.commands import PlaceOrder
from orders.kernel.context import Actor
from orders.kernel.transactions import service
from orders.risk.figures import Decision
from orders.services.judging import judge_exposure_unlocked, judge_terms
from orders.services.new_order import new_order, standing_for
from orders.services.override_use import usable_override, waived_by


@service
def preview(*, actor: Actor, command: PlaceOrder) -> Decision:
    """Return the decision that `place` would come to now. Nothing is written, and nothing locked but the kill
    switch and the client order id.

    All checks have their say, also where the first one refuses. Raises what `place` raises, but for ClientOrderIdUsed.
    """
    standing = standing_for(actor, command)
    order = new_order(actor, command, standing)
    override = usable_override(order, command, is_locked=False)
    waived = waived_by(override) if override else frozenset()
    case = judge_terms(order, standing.bounds, market_time=standing.market_time, waived=waived)
    return judge_exposure_unlocked(case).decision
