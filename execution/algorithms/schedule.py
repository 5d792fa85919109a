"""Spreading quantities and times over a session. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TypeVar

from execution.algorithms.jitter import drawn
from execution.session import Session

T = TypeVar("T")


def even_times(start: datetime, end: datetime, count: int) -> list[datetime]:
    """Return `count` moments from `start` on, the same time apart, the last as far before `end`."""
    return [start + (end - start) * number / count for number in range(count)]


def stepped_times(start: datetime, end: datetime, step: timedelta) -> list[datetime]:
    """Return `start` and every `step` after it, before `end`."""
    return [start + number * step for number in range(-((start - end) // step))]


def even_trading_times(session: Session, start: datetime, end: datetime, count: int) -> list[datetime]:
    """Return `count` trading moments from `start` on, the same trading time apart, the last as far before `end`."""
    length = session.trading_time(start, end)
    return [session.after(start, length * number / count) for number in range(count)]


def stepped_trading_times(
    session: Session, start: datetime, end: datetime, step: timedelta
) -> list[datetime]:
    """Return `start` and the moment after every `step` of trading time from there, before `end`."""
    steps = -(-session.trading_time(start, end) // step)
    return [session.after(start, number * step) for number in range(steps)]


def delayed_times(
    session: Session, times: Sequence[datetime], end: datetime, share: Decimal, seed: int
) -> list[datetime]:
    """Return the times, each late by chance: up to, not including, `share` (0 to 1) of the trading time to the next.

    The last stays before `end`. The delay of each hangs on the seed and its number alone.
    """
    delayed = []
    for number, (moment, following) in enumerate(pairwise([*times, end])):
        microseconds = session.trading_time(moment, following) // timedelta.resolution
        late = int(microseconds * share * drawn(seed, "time", number))
        delayed.append(session.after(moment, timedelta(microseconds=late)))
    return delayed


def middle_times(session: Session, times: Sequence[datetime]) -> list[datetime]:
    """Return each of the times later by half of the trading time to the next less a minute, in whole minutes.

    Half of what is traded from one to the next is traded by the middle of the minute that begins then. The last stays:
    after it there is nothing to make up for what is not filled.
    """
    minute = timedelta(minutes=1)
    halves = [
        max(session.trading_time(moment, following) - minute, timedelta(0)) // (2 * minute)
        for moment, following in pairwise(times)
    ]
    moved = [session.after(moment, half * minute) for moment, half in zip(times, halves, strict=False)]
    return [*moved, times[-1]]


def even_lots(quantity: Decimal, lot_size: Decimal, count: int) -> list[Decimal]:
    """Return at most `count` quantities in whole lots that sum exactly to `quantity`, each at least a lot.

    They differ by one lot at most: all parts have the same remainder, and the lots that are left over go to
    parts spread evenly over the row (Bresenham's line), so that the plan is never far from the straight one.
    What is no whole lot, because a venue filled an odd quantity, goes with the last part.
    """
    lots = int(quantity // lot_size)
    parts = max(min(count, lots), 1)
    marks = [lots * number // parts for number in range(parts + 1)]
    quantities = [(after - before) * lot_size for before, after in pairwise(marks)]
    quantities[-1] += quantity - lots * lot_size
    return quantities


def weighted_lots(quantity: Decimal, lot_size: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Return a quantity for each weight (zero or more, not all zero), in whole lots that sum exactly to `quantity`.

    Largest remainder (Hamilton's apportionment): each gets the whole lots of its share, and the lots left over go to
    the largest remainders; among equal ones to some spread evenly over the row. What is no whole lot goes with the
    last.
    """
    lots, total = int(quantity // lot_size), sum(weights)
    shares = [lots * weight / total for weight in weights]
    counts = [int(share) for share in shares]
    for number in _largest(
        [share - count for share, count in zip(shares, counts, strict=True)], lots - sum(counts)
    ):
        counts[number] += 1
    quantities = [count * lot_size for count in counts]
    quantities[-1] += quantity - lots * lot_size
    return quantities


def _largest(remainders: Sequence[Decimal], count: int) -> list[int]:
    """Return the numbers of the `count` largest remainders."""
    if count <= 0:
        return []
    least = sorted(remainders, reverse=True)[count - 1]
    above = [number for number, each in enumerate(remainders) if each > least]
    equal = [number for number, each in enumerate(remainders) if each == least]
    return above + evenly_chosen(equal, count - len(above))


def carried_up_to(quantities: Sequence[Decimal], minimum: Decimal) -> list[Decimal]:
    """Return the quantities with every one below `minimum` added to the next; the last takes what is left."""
    kept, carry = [], Decimal(0)
    for quantity in quantities[:-1]:
        carry += quantity
        kept.append(carry if carry >= minimum else Decimal(0))
        carry -= kept[-1]
    return [*kept, carry + quantities[-1]]


def evenly_chosen(row: Sequence[T], count: int) -> list[T]:
    """Return `count` of a row, at most all of it, spread evenly and with the first among them."""
    return [row[number * len(row) // count] for number in range(count)]
