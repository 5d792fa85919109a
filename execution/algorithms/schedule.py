"""Spreading quantities and times evenly. Pure."""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise


def even_times(start: datetime, end: datetime, count: int) -> list[datetime]:
    """Return `count` moments from `start` on, the same time apart, the last as far before `end`."""
    return [start + (end - start) * number / count for number in range(count)]


def stepped_times(start: datetime, end: datetime, step: timedelta) -> list[datetime]:
    """Return `start` and every `step` after it, before `end`."""
    return [start + number * step for number in range(-((start - end) // step))]


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


def evenly_chosen(times: list[datetime], count: int) -> list[datetime]:
    """Return `count` of the times, at most all, spread evenly and with the first among them."""
    return [times[number * len(times) // count] for number in range(count)]
