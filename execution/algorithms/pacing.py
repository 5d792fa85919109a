"""Working a schedule: what it has for every slot, what is sent where reality is late, and what may go now. Pure.

What is late is caught up with in bounds: a slot gets at most what the schedule has for it, and as much again or what
the schedule had in the five minutes before it, whichever is more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import accumulate

from execution.algorithms.schedule import carried_up_to, weighted_lots
from execution.algorithms.situation import Situation, before_end, earlier, numbered, whole_lots
from execution.algorithms.terms import ZERO, Parent, Plan, VenueTerms, Why

CATCH_UP = timedelta(minutes=5)
"""What the schedule had for so long before a slot may be caught up with in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A moment of the schedule. `own` is what it has for it, `reached` the sum up to and with it, in units.

    `bound` is the most that is sent from `since` until the next slot.
    """

    due_at: datetime
    own: Decimal
    reached: Decimal
    bound: Decimal
    since: datetime
    terms: VenueTerms | None = None


def slots(
    parent: Parent, minimum: Decimal, moments: Sequence[datetime], weights: Sequence[Decimal]
) -> list[Slot]:
    """Return the schedule of the whole order: moments in order, each with its weight of the quantity.

    Moments for which there is nothing, because of lots or of the `minimum` size of a slice, are left out, but not the
    last: it takes what remains, and may catch up with as much as the one before it where it has nothing of its own.
    """
    owns = carried_up_to(weighted_lots(parent.whole, parent.lot_size, weights), minimum)
    made = [
        Slot(due_at=moment, own=own, reached=reached, bound=own + max(own, recent), since=moment)
        for moment, own, reached, recent in zip(
            moments, owns, accumulate(owns), _recent(moments, owns), strict=True
        )
    ]
    kept, last = [slot for slot in made[:-1] if slot.own], made[-1]
    if kept and not last.own:
        last = replace(last, bound=kept[-1].bound)
    return [*kept, last]


def _recent(moments: Sequence[datetime], owns: Sequence[Decimal]) -> list[Decimal]:
    """Return for each moment what the schedule has in the five minutes before it."""
    totals = [ZERO, *accumulate(owns)]
    recent, first = [], 0
    for number, moment in enumerate(moments):
        while moments[first] < moment - CATCH_UP:
            first += 1
        recent.append(totals[number] - totals[first])
    return recent


def paced(
    now: Situation, schedule: Sequence[Slot], terms: VenueTerms, *, is_memoryless: bool = False
) -> Plan:
    """Return the plan of what remains of an order by its schedule (at least one slot).

    `terms` are those of slices without their own. `is_memoryless` spreads what remains anew over the slots that remain,
    by what the schedule has for them, in place of returning to the schedule.
    """
    if now.is_over:
        return Plan(why=Why.TIME_OVER)
    passed = [slot for slot in schedule if slot.due_at < now.earliest]
    is_behind = bool(passed) and now.parent.done < passed[-1].reached
    ahead = _with_one_at_once(now, schedule, passed, is_behind)
    if is_memoryless and now.parent.done != (passed[-1].reached if passed else ZERO):
        ahead = _spread_anew(now.parent, ahead)
    return _walked(now, ahead, terms, _on_time(now, is_behind))


def _on_time(now: Situation, is_behind: bool) -> Why:
    if now.is_before_start:
        return Why.BEFORE_START
    return Why.BEHIND_SCHEDULE if is_behind else Why.ON_SCHEDULE


def _with_one_at_once(
    now: Situation, schedule: Sequence[Slot], passed: Sequence[Slot], is_behind: bool
) -> list[Slot]:
    """Return the slots that remain, with one more at once where something is late or wanted at once."""
    ahead, at_once = list(schedule[len(passed) :]), now.earliest
    is_wanted = is_behind or (now.is_open and now.is_would_price_reached)
    if not is_wanted or (ahead and ahead[0].due_at == at_once) or at_once >= now.parameters.span[1]:
        return ahead
    if not passed:
        nothing = Slot(due_at=at_once, own=ZERO, reached=ZERO, bound=ZERO, since=at_once)
        return [nothing, *ahead]
    return [replace(passed[-1], due_at=at_once), *ahead]


def _spread_anew(parent: Parent, ahead: Sequence[Slot]) -> list[Slot]:
    weights = [slot.own for slot in ahead]
    if not any(weights):
        return list(ahead)
    reached = accumulate(weighted_lots(parent.quantity, parent.lot_size, weights), initial=parent.done)
    next(reached)
    return [replace(slot, reached=each) for slot, each in zip(ahead, reached, strict=True)]


def _walked(now: Situation, ahead: Sequence[Slot], terms: VenueTerms, why: Why) -> Plan:
    """Return the slices that bring the order to what each slot is to have reached, within the bounds."""
    slices: list[tuple[datetime, Decimal, VenueTerms | None]] = []
    left, is_held = now.parent, False
    for slot in ahead:
        is_last = slot is ahead[-1]
        at_least = ZERO if is_last else now.minimum
        wanted = min(slot.reached - left.done, slot.bound - now.parent.sent_since(slot.since))
        if is_last and now.parameters.must_complete:
            wanted = left.quantity
        quantity, own_terms = whole_lots(wanted, of=left, at_least=at_least), slot.terms
        if slot.due_at == now.market_time:
            gone = now.goes(wanted, why, slot.terms, at_least=at_least)
            quantity, own_terms, why = gone.quantity, gone.terms, gone.why
            is_held = why in (Why.PRICE_BEYOND_LIMIT, Why.PARTICIPATION_CAP)
        slices.append((slot.due_at, quantity, own_terms or now.slice_terms(terms, quantity)))
        left = replace(
            left, quantity=left.quantity - quantity, filled_quantity=left.filled_quantity + quantity
        )
    looks_again = is_held or now.parameters.would_price is not None
    return Plan(numbered(slices), now.next_look if looks_again else None, why)


def reviewed_by(plan: Plan, moment: datetime, end: datetime) -> Plan:
    """Return the plan with a look at `moment` at the latest, unless that is at or past the end."""
    return replace(plan, review_at=earlier(plan.review_at, before_end(moment, end)))
