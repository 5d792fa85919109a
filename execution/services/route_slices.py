"""Choose the venue of each slice that is due, by the rules that are in force."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from execution.models import Run, Slice
from execution.routing import Route, Sent, Unavailable, route
from execution.venue_access import connected_venues
from execution.venue_reads import calendars_of_venues, rules_in_force
from execution.venues.hours import is_in_session
from orders.kernel.transactions import step
from orders.models import Order
from orders.selectors import market_now, orders_named
from orders.terms import TimeInForce


@step
def route_slices(
    slices: Sequence[Slice], runs: Mapping[UUID, Run], *, answering: Collection[str]
) -> list[Route]:
    """Return the route of each slice by the rules of this moment: four statements, however many there are.

    `runs` are the slices' by id, `answering` the codes of the venues that may be spoken to.
    """
    if not slices:
        return []
    market_time = market_now()
    rules, calendars = rules_in_force(market_time), calendars_of_venues()
    orders = orders_named({runs[each.run_id].order_id for each in slices})
    routes = []
    for each in slices:
        run = runs[each.run_id]
        sent = _sent(each, run, orders[run.order_id])
        routes.append(route(sent, rules, _standing(sent, calendars, answering, market_time)))
    return routes


def _standing(
    sent: Sent, calendars: Mapping[str, str], answering: Collection[str], market_time: datetime
) -> Callable[[str], Unavailable | None]:
    """Return what tells why a venue takes this slice not now."""

    connected = connected_venues()

    def unavailable(venue: str) -> Unavailable | None:
        if venue not in connected:
            return Unavailable.NOT_CONNECTED
        if venue not in answering:
            return Unavailable.AWAY
        calendar = calendars[venue]
        is_open = is_in_session(calendar, market_time, TimeInForce(sent.time_in_force)) if calendar else True
        return None if is_open else Unavailable.CLOSED

    return unavailable


def _sent(row: Slice, run: Run, order: Order) -> Sent:
    desk = order.account.desk
    return Sent(
        firm=desk.firm_id,
        desk=desk.pk,
        account=order.account_id,
        instrument=order.instrument_id,
        asset_class=order.instrument.asset_class,
        mic=order.instrument.mic,
        algorithm=run.algorithm,
        type=row.type,
        time_in_force=row.time_in_force,
        quantity=row.quantity,
    )
