"""pov: a fixed share of what the market trades (participation, percentage of volume)."""

from datetime import datetime
from decimal import Decimal

from pydantic import Field

from execution.algorithms.bound import Bound
from execution.algorithms.jitter import varied
from execution.algorithms.pacing import CATCH_UP
from execution.algorithms.shares import Participation
from execution.algorithms.situation import Goes, Situation, numbered, share_of_others, whole_lots
from execution.algorithms.terms import POINTER, ZERO, Asked, Market, Parent, Plan, Why, invalid
from execution.algorithms.working import WorkingParameters, completed
from execution.market_data.bars import BAR_LENGTH

MOST_CATCH_UP = 2
"""In so long no more than twice the order's share is sent."""


class ParticipationParameters(WorkingParameters):
    """When to work, and at which share of the volume. Times are market times."""

    participation: Participation = Field(
        description="The order's share of all that is traded, its own fills included. 0.15 is 15 %."
    )


class ParticipationOfVolume(Bound):
    """Version 1: every minute what is missing to p / (1 - p) of the others' volume since the start."""

    name = "pov"
    version = 1
    title = "POV: a fixed share of what the market trades"
    parameters = ParticipationParameters

    def complete(self, given: ParticipationParameters, asked: Asked) -> ParticipationParameters:
        """Decide start, end and seed. Raises InvalidInput for what does not fit the order."""
        if given.max_participation is not None and given.max_participation < given.participation:
            raise invalid(f"{POINTER}/max_participation", "must be no less than the participation")
        return completed(given, asked)

    def plan(
        self, parent: Parent, parameters: ParticipationParameters, *, market: Market, market_time: datetime
    ) -> Plan:
        """Send what is missing now, and what must be completed one minute before the end."""
        now, terms = Situation(parent, parameters, market, market_time), self.venue_terms(parent)
        if now.is_over:
            return Plan(why=Why.TIME_OVER)
        gone = _gone(now, parameters.participation)
        slices = [(_due(now), gone.quantity, gone.terms or now.slice_terms(terms, gone.quantity))]
        if parameters.must_complete and not now.is_completing:
            rest = parent.quantity - gone.quantity
            slices.append((parameters.completing_from(market), rest, now.slice_terms(terms, rest)))
        return Plan(numbered(slices), now.next_look, gone.why)


def _gone(now: Situation, participation: Decimal) -> Goes:
    """Return what goes now: nothing before the start and in a lunch break."""
    if not now.is_open:
        return Goes(ZERO, None, Why.BEFORE_START if now.is_before_start else Why.WAITING_FOR_VOLUME)
    wanted = min(_missing(now, participation) * _size_factor(now), _most(now, participation))
    why = Why.ON_SCHEDULE
    if whole_lots(wanted, of=now.parent, at_least=now.minimum) == 0:
        why = Why.WAITING_FOR_VOLUME
    return now.goes(wanted, why, None, at_least=now.minimum)


def _minute(now: Situation) -> int:
    return (now.market_time - now.market.session.open) // BAR_LENGTH


def _size_factor(now: Situation) -> Decimal:
    """Return how much more or less than what is missing is wanted in this minute; the next makes up for it."""
    share, seed = now.parameters.randomise_size, now.parameters.seed
    return Decimal(1) if share is None or seed is None else varied(share, seed, _minute(now))


def _due(now: Situation) -> datetime:
    """Return when this minute's slice goes: now, or where nothing presses later in the minute by chance."""
    is_pressing = not now.is_open or now.is_completing or now.is_would_price_reached
    return now.market_time if is_pressing else now.by_chance_in_minute(_minute(now))


def _missing(now: Situation, participation: Decimal) -> Decimal:
    return max(share_of_others(participation) * now.others_volume - now.parent.done, ZERO)


def _most(now: Situation, participation: Decimal) -> Decimal:
    """Return the bound of what is caught up with: at most a slice of five minutes' volume, and two in that time.

    Where the least slice is more than that, it is one of those, once the volume since the last is enough for half.
    """
    since, least = now.market_time - CATCH_UP, max(now.minimum, now.parent.lot_size)
    share = _share_since(now, participation, since)
    if share < least:
        last = max((moment for moment, _quantity in now.parent.sent), default=now.parameters.span[0])
        return least if MOST_CATCH_UP * _share_since(now, participation, last) >= least else ZERO
    return max(min(share, MOST_CATCH_UP * share - now.parent.sent_since(since)), ZERO)


def _share_since(now: Situation, participation: Decimal, moment: datetime) -> Decimal:
    return share_of_others(participation) * now.market.traded.between(moment, now.market_time)
