"""iceberg: a small tip at the limit price, one after the other, and what a surge of volume offers."""

from datetime import datetime
from decimal import Decimal
from statistics import median

from pydantic import Field

from execution.algorithms.bound import Bound
from execution.algorithms.jitter import drawn
from execution.algorithms.shares import Multiple, UpToHalf
from execution.algorithms.situation import Goes, Situation, numbered, whole_lots
from execution.algorithms.terms import POINTER, ZERO, Asked, Market, Parent, Plan, VenueTerms, Why, invalid
from execution.algorithms.working import WorkingParameters, completed
from execution.market_data.bars import BAR_LENGTH, Bar
from orders.terms import OrderType, Side, TimeInForce

DEFAULT_SURGE = Decimal(2)
DEFAULT_SEEK_SHARE = Decimal("0.1")
FEWEST_MINUTES = 10
"""Fewer minutes of a session do not say what is usual in it."""


class IcebergParameters(WorkingParameters):
    """When to work, how much is shown, and when more is taken. Times are market times."""

    WAITS_AT_LIMIT = True

    surge: Multiple | None = Field(
        default=None,
        description="Liquidity is taken when a minute's volume is so many times the session's median minute; 2 when "
        "absent.",
    )
    seek_share: UpToHalf | None = Field(
        default=None, description="How much of such a minute's volume is taken at most; 0.1 when absent."
    )


class Iceberg(Bound):
    """Version 1: tips of at most `display_quantity` rest at the limit price, the next when the last has ended.

    In a minute in which much more is traded within the limit than usual, an order at the limit price takes a part of
    what is there at once.
    """

    name = "iceberg"
    version = 1
    title = "Iceberg: small tips at the limit price, and what a surge of volume offers"
    follows_fills = True
    parameters = IcebergParameters

    def complete(self, given: IcebergParameters, asked: Asked) -> IcebergParameters:
        """Decide start, end, seed and what makes a surge. Raises InvalidInput for what does not fit the order."""
        if asked.type is not OrderType.LIMIT:
            raise invalid("/type", "an iceberg rests at its limit price: use limit")
        if given.display_quantity is None:
            raise invalid(f"{POINTER}/display_quantity", "say how much of the order is shown")
        if given.minimum_slice is not None and given.minimum_slice > given.display_quantity:
            raise invalid(f"{POINTER}/minimum_slice", "must be no more than the display quantity")
        decided = completed(given, asked)
        surge, share = decided.surge or DEFAULT_SURGE, decided.seek_share or DEFAULT_SEEK_SHARE
        return decided.model_copy(update={"surge": surge, "seek_share": share})

    def plan(
        self, parent: Parent, parameters: IcebergParameters, *, market: Market, market_time: datetime
    ) -> Plan:
        """Have a tip at the venue, or take what a surge offers; what must be completed goes a minute before the end."""
        now = Situation(parent, parameters, market, market_time)
        if now.is_over:
            return Plan(why=Why.TIME_OVER)
        tip_at = now.by_chance_in_minute(_number(now))
        gone = _gone(now, parameters, tip_at)
        terms = self.venue_terms(parent)
        slices = [(market_time, gone.quantity, gone.terms or now.slice_terms(terms, gone.quantity))]
        left = parent.quantity - gone.quantity
        if not parent.live_quantity and tip_at > market_time and not gone.quantity:
            slices.append((tip_at, _tip(now, parameters), None))
            left -= slices[-1][1]
        if parameters.must_complete and not now.is_completing:
            slices.append((parameters.completing_from(market), left, now.slice_terms(terms, left)))
        return Plan(numbered(slices), now.next_look, gone.why)


def _gone(now: Situation, parameters: IcebergParameters, tip_at: datetime) -> Goes:
    """Return what goes now: the next tip, or while one rests a part of a surge."""
    if not now.is_open:
        return Goes(ZERO, None, Why.BEFORE_START if now.is_before_start else Why.WAITING_FOR_FILL)
    if now.parent.live_quantity:
        sought = _sought(now, parameters)
        if whole_lots(sought, of=now.parent, at_least=now.minimum):
            terms = VenueTerms(OrderType.LIMIT, TimeInForce.IOC, now.parent.limit_price)
            return now.goes(sought, Why.LIQUIDITY_FOUND, terms, at_least=now.minimum)
    elif tip_at == now.market_time:
        return now.goes(_tip(now, parameters), Why.ON_SCHEDULE, None, at_least=now.minimum)
    return now.goes(ZERO, Why.WAITING_FOR_FILL, None, at_least=now.minimum)


def _number(now: Situation) -> int:
    """Return what names the next tip for chance: how many lots went before it."""
    return int(now.parent.done // now.parent.lot_size)


def _tip(now: Situation, parameters: IcebergParameters) -> Decimal:
    """Return the size of the next tip: what is shown, less by chance where that is asked for."""
    display = parameters.display_quantity or now.parent.lot_size
    if parameters.randomise_size is not None and parameters.seed is not None:
        display *= 1 - parameters.randomise_size * drawn(parameters.seed, "size", _number(now))
    least = max(now.minimum, now.parent.lot_size)
    return whole_lots(max(display, least), of=now.parent)


def _sought(now: Situation, parameters: IcebergParameters) -> Decimal:
    """Return what is taken of the minute that has just ended: nothing unless it was a surge within the limit."""
    if len(now.market.minutes) <= FEWEST_MINUTES:
        return ZERO
    *before, last = now.market.minutes
    if not _is_within_limit(last, now.parent):
        return ZERO
    if last.end <= now.market_time - BAR_LENGTH or now.parent.sent_since(last.end):
        return ZERO  # decided at the end of that minute, or taken
    usual = median(bar.volume for bar in before)
    if not last.volume or last.volume < (parameters.surge or DEFAULT_SURGE) * usual:
        return ZERO
    return (parameters.seek_share or DEFAULT_SEEK_SHARE) * last.volume


def _is_within_limit(bar: Bar, parent: Parent) -> bool:
    """Whether all of a bar was traded at prices at which the order may trade."""
    limit = parent.limit_price
    return limit is not None and (bar.high <= limit if parent.side is Side.BUY else bar.low >= limit)
