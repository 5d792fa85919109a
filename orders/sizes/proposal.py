"""A limit proposed from history: a quantile of what was admitted, times a margin, rounded up to be readable. Pure.

What a limit would have said of the same orders is found by the comparison that the check makes (orders/risk/checks.py).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from orders.positions.trade import EXACT
from orders.risk.checks import held_against
from orders.risk.figures import HUNDRED, Outcome
from orders.sizes.quantiles import MEDIAN, P99, quantile, rounded_up

FEWEST_ORDERS = 100
"""With fewer admitted orders there is no 99th percentile that is not simply the largest."""
FEWEST_DAYS = 10
"""Two weeks of a market: what was done on a few days says little of how somebody usually orders."""
LOWER_QUARTILE, UPPER_QUARTILE = Decimal("0.25"), Decimal("0.75")


class Shortage(StrEnum):
    """Why nothing is proposed."""

    TOO_FEW_ORDERS = "too_few_orders"
    TOO_FEW_DAYS = "too_few_days"
    NOTHING_TO_SCALE = "nothing_to_scale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What limits of one kind measured of an order as it was placed, in the kind's unit, on a `day` by UTC.

    `outcome` and `limit_value` are what the decision kept of the present limit: None where it did not apply.
    """

    order_id: UUID
    day: date
    is_admitted: bool
    value: Decimal
    outcome: Outcome | None = None
    limit_value: Decimal | None = None

    @property
    def used_percent(self) -> Decimal | None:
        """How much of the present limit, as it was then, the order used; None where it did not apply or was zero."""
        return self.value / self.limit_value * HUNDRED if self.limit_value else None


@dataclass(frozen=True, slots=True)
class Basis:
    """How a value is reckoned: the quantile at `share` times `margin`, and not below what was expressly allowed."""

    share: Decimal
    margin: Decimal
    keeps_allowed: bool = True


@dataclass(frozen=True, slots=True)
class Counted:
    """How many orders were warned and refused, or would have been; `overridden` were let past by an override."""

    warned: int
    refused: int
    overridden: int = 0


@dataclass(frozen=True, slots=True)
class Spreading:
    """How the measure is spread over the orders that were admitted, in the kind's unit."""

    smallest: Decimal
    lower_quartile: Decimal
    median: Decimal
    upper_quartile: Decimal
    p99: Decimal
    largest: Decimal


@dataclass(frozen=True, slots=True)
class Found:
    """A value for the limit, rounded up from the larger of `scaled`, which is the quantile `at_share` times the margin,
    and of what an override allowed, where that counts: then it `is_raised`. `would` counts what it would have said of
    all that were placed.
    """

    at_share: Decimal
    scaled: Decimal
    is_raised: bool
    value: Decimal
    would: Counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What history speaks for: `found`, or a `shortage` for which there is nothing.

    `placed` orders had the measure, `admitted` of them were, on `days` different days. `allowed` is the largest order
    that an override expressly allowed. `did` counts what the present limit said as it was kept; `most_used` is the
    admitted order that used most of it.
    """

    basis: Basis
    placed: int
    admitted: int
    days: int
    spread: Spreading | None
    allowed: Decimal | None
    did: Counted
    most_used: Measured | None
    shortage: Shortage | None
    found: Found | None


def propose(
    history: Sequence[Measured], basis: Basis, *, warn_at_percent: int, allowed: Decimal | None = None
) -> Proposal:
    """Return what follows from `history`; `warn_at_percent` is where the proposed limit would begin to warn."""
    admitted = [each for each in history if each.is_admitted]
    ordered = sorted(each.value for each in admitted)
    days = len({each.day for each in admitted})
    shortage = _shortage(ordered, days, basis)
    return Proposal(
        basis=basis,
        placed=len(history),
        admitted=len(admitted),
        days=days,
        spread=_spread(ordered) if ordered else None,
        allowed=allowed,
        did=_did(history),
        most_used=_most_used(admitted),
        shortage=shortage,
        found=None if shortage else _found(history, ordered, basis, warn_at_percent, allowed),
    )


def _shortage(ordered: Sequence[Decimal], days: int, basis: Basis) -> Shortage | None:
    if len(ordered) < FEWEST_ORDERS:
        return Shortage.TOO_FEW_ORDERS
    if days < FEWEST_DAYS:
        return Shortage.TOO_FEW_DAYS
    return Shortage.NOTHING_TO_SCALE if quantile(ordered, basis.share) == 0 else None


def _found(
    history: Sequence[Measured],
    ordered: Sequence[Decimal],
    basis: Basis,
    warn_at_percent: int,
    allowed: Decimal | None,
) -> Found:
    at_share = quantile(ordered, basis.share)
    scaled = EXACT.multiply(at_share, basis.margin)
    least = allowed if basis.keeps_allowed and allowed is not None else scaled
    value = rounded_up(max(scaled, least))
    would = counted((each.value for each in history), value, warn_at_percent)
    return Found(at_share, scaled, least > scaled, value, would)


def counted(values: Iterable[Decimal], limit_value: Decimal, warn_at_percent: int) -> Counted:
    """Return how many of `values` a limit would have warned of and refused."""
    found = Counter(held_against(value, limit_value, warn_at_percent) for value in values)
    return Counted(found[Outcome.WARNED], found[Outcome.DENIED])


def _spread(ordered: Sequence[Decimal]) -> Spreading:
    return Spreading(
        smallest=ordered[0],
        lower_quartile=quantile(ordered, LOWER_QUARTILE),
        median=quantile(ordered, MEDIAN),
        upper_quartile=quantile(ordered, UPPER_QUARTILE),
        p99=quantile(ordered, P99),
        largest=ordered[-1],
    )


def _did(history: Iterable[Measured]) -> Counted:
    found = Counter(each.outcome for each in history)
    return Counted(found[Outcome.WARNED], found[Outcome.DENIED], found[Outcome.OVERRIDDEN])


def _most_used(admitted: Iterable[Measured]) -> Measured | None:
    """Return the order that used most of the present limit: what was refused used nothing of it."""
    used = [(percent, each.order_id, each) for each in admitted if (percent := each.used_percent) is not None]
    return max(used)[2] if used else None
