"""An order worked over one day: planned, held against the market, sent and filled, moment by moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from execution.algorithms import Algorithm, Asked, IntendedSlice, Parent, VenueTerms
from execution.algorithms.instruction import completed
from execution.algorithms.release import hindrance, look_after
from execution.algorithms.working import WorkingParameters
from execution.backtest.days import KnownDay
from execution.backtest.venue import Execution, Listing, ReplayVenue
from execution.market_data.bars import BAR_LENGTH
from orders.terms import OrderType, Side, TimeInForce


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """An order as it is placed at `placed_at`, a moment of the session or before it; a market order without a limit.

    `participation` is the share of each minute's volume that the venue gives.
    """

    side: Side
    quantity: Decimal
    limit_price: Decimal | None
    lot_size: Decimal
    tick_size: Decimal
    placed_at: datetime
    participation: Decimal

    @property
    def type(self) -> OrderType:
        """Limit, or market."""
        return OrderType.MARKET if self.limit_price is None else OrderType.LIMIT


@dataclass(frozen=True, slots=True)
class SentSlice:
    """What went to the venue when."""

    at: datetime
    quantity: Decimal
    terms: VenueTerms


@dataclass(frozen=True, slots=True)
class Played:
    """What became of an order: from `start` to `end`, what was sent and what was filled, in order of time."""

    start: datetime
    end: datetime
    sent: list[SentSlice] = field(default_factory=list)
    executions: list[Execution] = field(default_factory=list)

    @property
    def filled_quantity(self) -> Decimal:
        """In units."""
        return sum((each.quantity for each in self.executions), Decimal(0))


def play(terms: Terms, algorithm: Algorithm, given: Mapping[str, Any], day: KnownDay) -> Played:
    """Work an order over a day by an algorithm that is bound to the market, with these parameters of a request.

    Raises InvalidInput for parameters that do not fit.
    """
    asked = Asked(
        side=terms.side,
        type=terms.type,
        time_in_force=TimeInForce.DAY,
        quantity=terms.quantity,
        limit_price=terms.limit_price,
        lot_size=terms.lot_size,
        tick_size=terms.tick_size,
        market_time=terms.placed_at,
        session=day.session,
    )
    kept = algorithm.parameters.model_validate(completed(algorithm, given, asked))
    if not isinstance(kept, WorkingParameters):
        raise ValueError(f"{algorithm.name} is not bound to the market")
    run = _Run(terms, algorithm, kept, day)
    run.work()
    return run.played


class _Run:
    """What the services keep in rows: what is planned, when it is looked at again, what is live and filled."""

    def __init__(
        self, terms: Terms, algorithm: Algorithm, parameters: WorkingParameters, day: KnownDay
    ) -> None:
        self._terms, self._algorithm, self._parameters, self._day = terms, algorithm, parameters, day
        self.played = Played(*parameters.span)
        self._venue = ReplayVenue(
            Listing(side=terms.side, tick_size=terms.tick_size, lot_size=terms.lot_size, session=day.session),
            terms.participation,
        )
        self._minutes = iter(day.day.minutes)
        self._bar = next(self._minutes, None)
        self._planned: list[IntendedSlice] = []
        self._review_at: datetime | None = terms.placed_at
        self._works_until = parameters.span[1]

    def work(self) -> None:
        """Let the session pass: first the venue, then what is heard of it, then what is due."""
        moment, close = self._terms.placed_at, self._day.session.close
        while True:
            self._hear_of_bars(moment)
            if moment >= self._works_until:
                self._stop(moment)
            else:
                self._send_due(moment)
            if moment >= close or self._parent.whole == self._parent.filled_quantity:
                return
            moment = min(self._next_moment(moment), close)

    def _next_moment(self, moment: datetime) -> datetime:
        """The end of the minute under way, or what is due or looked at before."""
        into_minute = (moment - self._day.session.open) % BAR_LENGTH
        waiting = [each.due_at for each in self._planned]
        if self._review_at is not None:
            waiting.append(self._review_at)
        return min([moment - into_minute + BAR_LENGTH, *(each for each in waiting if each > moment)])

    @property
    def _parent(self) -> Parent:
        filled, live = self.played.filled_quantity, self._venue.live_quantity
        return Parent(
            side=self._terms.side,
            type=self._terms.type,
            time_in_force=TimeInForce.DAY,
            quantity=self._terms.quantity - filled - live,
            filled_quantity=filled,
            live_quantity=live,
            limit_price=self._terms.limit_price,
            lot_size=self._terms.lot_size,
            sent=[(each.at, each.quantity) for each in self.played.sent],
        )

    def _hear_of_bars(self, moment: datetime) -> None:
        """Let the venue work the bars that have ended, and look again where that left something unplanned."""
        while self._bar is not None and self._bar.end <= moment:
            executions, is_ended = self._venue.work(self._bar)
            self.played.executions.extend(executions)
            if is_ended:
                self._look_again(moment)
            self._bar = next(self._minutes, None)

    def _look_again(self, moment: datetime) -> None:
        planned = sum((each.quantity for each in self._planned), Decimal(0))
        is_live = self._venue.live_quantity > 0
        if self._parent.quantity == planned:
            return
        if not is_live and self._parameters.span[1] <= moment:
            self._works_until = min(self._works_until, moment)
            return
        again = look_after(moment, follows_fills=self._algorithm.follows_fills, is_live=is_live)
        self._review_at = again if self._review_at is None else min(again, self._review_at)

    def _send_due(self, moment: datetime) -> None:
        """Plan where that is wanted; send what is due and not hindered, and plan what is, once."""
        if self._review_at is not None and self._review_at <= moment:
            self._plan(moment)
        is_hindered = False
        while due := [each for each in self._planned if each.due_at <= moment]:
            hinders = hindrance(
                due, self._parent, self._parameters, market=self._day.market(moment), market_time=moment
            )
            if hinders is None:
                self._send(due, moment)
                continue
            self._plan(moment)
            if is_hindered:
                return
            is_hindered = True

    def _plan(self, moment: datetime) -> None:
        plan = self._algorithm.plan(
            self._parent, self._parameters, market=self._day.market(moment), market_time=moment
        )
        self._planned, self._review_at = list(plan.slices), plan.review_at

    def _send(self, due: list[IntendedSlice], moment: datetime) -> None:
        terms = self._algorithm.venue_terms(self._parent)
        for each in due:
            self._planned.remove(each)
            self._venue.take(each.quantity, each.terms or terms, moment)
            self.played.sent.append(SentSlice(moment, each.quantity, each.terms or terms))

    def _stop(self, moment: datetime) -> None:
        """Send nothing more, and cancel what is live; what completes the order may be filled until the close."""
        self._planned, self._review_at = [], None
        close = self._day.session.close
        if moment < close and self._parameters.must_complete and self._venue.live_quantity:
            self._works_until = close
            return
        self._venue.end_all()
