"""What an order may do at a moment: its cap, its limit, its would price, its end. Pure.

Plans and releases ask the same questions here, so that what is planned for now may also go now.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from execution.algorithms.jitter import drawn
from execution.algorithms.terms import ZERO, IntendedSlice, Market, Parent, VenueTerms, Why
from execution.algorithms.working import WorkingParameters
from execution.market_data.bars import BAR_LENGTH
from orders.terms import OrderType, Side, TimeInForce


def share_of_others(participation: Decimal) -> Decimal:
    """Return what share of the others' volume makes the share `participation` of all: p / (1 - p)."""
    return participation / (1 - participation)


def whole_lots(quantity: Decimal, *, of: Parent, at_least: Decimal = ZERO) -> Decimal:
    """Return `quantity` in whole lots, all that remains where it is as much; 0 where that is less than `at_least`."""
    if quantity >= of.quantity:
        return of.quantity
    lots = quantity // of.lot_size * of.lot_size
    return lots if lots >= max(at_least, of.lot_size) else ZERO


@dataclass(frozen=True, slots=True)
class Goes:
    """What may go now, in units, under which terms of its own (None: those of every slice), and why so much."""

    quantity: Decimal
    terms: VenueTerms | None
    why: Why


@dataclass(frozen=True, slots=True)
class Situation:
    """An order, what its user said, the market, and a moment."""

    parent: Parent
    parameters: WorkingParameters
    market: Market
    market_time: datetime

    @property
    def is_over(self) -> bool:
        """Whether the time of the order's parameters has passed."""
        return self.market_time >= self.parameters.span[1]

    @property
    def is_before_start(self) -> bool:
        """Whether the order has not begun to work."""
        return self.market_time < self.parameters.span[0]

    @property
    def earliest(self) -> datetime:
        """The first moment at which something may go: now, but not before the start nor in a lunch break."""
        return self.market.session.after(max(self.market_time, self.parameters.span[0]))

    @property
    def is_open(self) -> bool:
        """Whether something may go now."""
        return self.earliest == self.market_time and not self.is_over

    @property
    def next_look(self) -> datetime | None:
        """The end of the minute bar that is under way, when its prices are known; None where that is past the end."""
        start, end = self.parameters.span
        if self.is_before_start:
            return start
        into_minute = (self.market_time - self.market.session.open) % BAR_LENGTH
        return before_end(self.market.session.after(self.market_time - into_minute + BAR_LENGTH), end)

    @property
    def minute_began(self) -> datetime:
        """When the minute bar began in which something may go first."""
        return self.earliest - (self.earliest - self.market.session.open) % BAR_LENGTH

    def by_chance_in_minute(self, number: int) -> datetime:
        """When something goes that is late by chance in the minute under way, where that is asked for; before the end.

        Counted from the minute's beginning, so that it is the same however often it is asked within the minute.
        """
        share, seed = self.parameters.randomise_time, self.parameters.seed
        if share is None or seed is None:
            return self.earliest
        late = float(share * drawn(seed, "time", number)) * BAR_LENGTH
        moment = max(self.minute_began + late, self.earliest)
        return moment if moment < self.parameters.span[1] else self.earliest

    @property
    def is_beyond_limit(self) -> bool:
        """Whether the market is where the limit forbids to trade, for an order that goes to the market."""
        limit, last = self.parent.limit_price, self.market.last_price
        if limit is None or last is None or self.parameters.WAITS_AT_LIMIT:
            return False
        return last > limit if self.parent.side is Side.BUY else last < limit

    @property
    def would_price(self) -> Decimal | None:
        """The would price, never worse than the limit: that may have been amended since the parameters were checked."""
        would, limit = self.parameters.would_price, self.parent.limit_price
        if would is None or limit is None:
            return would
        return min(would, limit) if self.parent.side is Side.BUY else max(would, limit)

    @property
    def is_would_price_reached(self) -> bool:
        """Whether the market is at the would price or better."""
        would, last = self.would_price, self.market.last_price
        if would is None or last is None:
            return False
        return last <= would if self.parent.side is Side.BUY else last >= would

    @property
    def is_completing(self) -> bool:
        """Whether all that remains is to go now, whatever cap and schedule say."""
        return (
            self.parameters.must_complete
            and self.market_time >= self.parameters.completing_from(self.market)
            and not self.is_over
        )

    @property
    def others_volume(self) -> Decimal:
        """What was traded without us since the start, in units."""
        return self.market.traded.between(self.parameters.span[0], self.market_time)

    @property
    def allowance(self) -> Decimal | None:
        """What the cap leaves, in units, not rounded to lots; None without a cap."""
        cap = self.parameters.max_participation
        if cap is None:
            return None
        return max(share_of_others(cap) * self.others_volume - self.parent.done, ZERO)

    @property
    def minimum(self) -> Decimal:
        """The least size of a slice, in units."""
        return self.parameters.minimum_slice or ZERO

    @property
    def would_terms(self) -> VenueTerms | None:
        """A limit order at the would price for what is there at once; the rest goes on by its schedule."""
        would = self.would_price
        return None if would is None else VenueTerms(OrderType.LIMIT, TimeInForce.IOC, would)

    def is_would_slice(self, due: IntendedSlice) -> bool:
        """Whether a slice was made because of the would price."""
        return due.terms is not None and due.terms == self.would_terms

    def goes(self, wanted: Decimal, why: Why, terms: VenueTerms | None, *, at_least: Decimal) -> Goes:
        """Return what may go now where an algorithm wants to send `wanted` units, for `why`, in one slice."""
        if self.is_beyond_limit:
            return Goes(ZERO, None, Why.PRICE_BEYOND_LIMIT)
        if self.is_completing:
            return Goes(self.parent.quantity, terms, Why.COMPLETING)
        if self.is_would_price_reached:
            wanted, why, terms = self.parent.quantity, Why.WOULD_PRICE, self.would_terms
        wanted = whole_lots(wanted, of=self.parent, at_least=at_least)
        if self.allowance is None or wanted <= self.allowance:
            return Goes(wanted, terms, why)
        return Goes(
            whole_lots(self.allowance, of=self.parent, at_least=at_least), terms, Why.PARTICIPATION_CAP
        )

    def slice_terms(self, parent_terms: VenueTerms, quantity: Decimal) -> VenueTerms | None:
        """Return the terms of a slice that shows only a part of itself; None where all of it is shown."""
        display = self.parameters.display_quantity
        if display is None or display >= quantity:
            return None
        return VenueTerms(
            parent_terms.type, parent_terms.time_in_force, parent_terms.limit_price, display_quantity=display
        )


def before_end(moment: datetime, end: datetime) -> datetime | None:
    """Return the moment, None where it is not before the end."""
    return moment if moment < end else None


def numbered(slices: list[tuple[datetime, Decimal, VenueTerms | None]]) -> list[IntendedSlice]:
    """Return the slices of a plan: those of which something goes, numbered from 1."""
    kept = [each for each in slices if each[1] > 0]
    return [
        IntendedSlice(number, quantity, due, terms) for number, (due, quantity, terms) in enumerate(kept, 1)
    ]


def earlier(*moments: datetime | None) -> datetime | None:
    """Return the earliest of the moments that there are."""
    return min((moment for moment in moments if moment is not None), default=None)
