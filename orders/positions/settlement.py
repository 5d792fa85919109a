"""When trades settle: the markets' cycles as dated data, and what of a position has settled.

Sources of the cycles: SEC Rule 15c6-1 under the Securities Exchange Act (T+3 from 1995-06-07, release 34-33023; T+2
from 2017-09-05, release 34-80295; T+1 from 2024-05-28, release 34-96930). Union: markets went to T+2 together on
2014-10-06 ahead of Article 5(2) of Regulation (EU) 909/2014 (CSDR), whose amendment of 2025 makes it T+1 from
2027-10-11. United Kingdom: T+2 from 2014-10-06; T+1 from 2027-10-11 by the recommendation of the Accelerated
Settlement Taskforce, which the government accepted on 2025-02-19.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from orders.positions.holding import Holding
from orders.positions.trade import EXACT


class Region(StrEnum):
    """Who sets the settlement cycle of a market."""

    US = "us"
    EU = "eu"
    UK = "uk"


CYCLES: dict[Region, tuple[tuple[date, int], ...]] = {
    Region.US: ((date(1995, 6, 7), 3), (date(2017, 9, 5), 2), (date(2024, 5, 28), 1)),
    Region.EU: ((date(2014, 10, 6), 2), (date(2027, 10, 11), 1)),
    Region.UK: ((date(2014, 10, 6), 2), (date(2027, 10, 11), 1)),
}
"""By region, oldest first: trades from this date on settle so many business days later."""

MARKETS: dict[str, Region] = {
    **dict.fromkeys(("XNYS", "XNAS", "ARCX", "XASE", "BATS", "IEXG"), Region.US),
    **dict.fromkeys(
        (
            "XETR",
            "XFRA",
            "XPAR",
            "XAMS",
            "XBRU",
            "XLIS",
            "XMIL",
            "XMAD",
            "XDUB",
            "XHEL",
            "XSTO",
            "XCSE",
            "XWBO",
        ),
        Region.EU,
    ),
    "XLON": Region.UK,
}
"""The region of each market (ISO 10383) whose cycle is known here."""


def cycle_days(mic: str, trade_date: date) -> int | None:
    """Return after how many business days a trade of this date settles; None where no cycle is known."""
    region = MARKETS.get(mic)
    if region is None:
        return None
    in_force = [days for first, days in CYCLES[region] if first <= trade_date]
    return in_force[-1] if in_force else None


class Movement(Holding):
    """What settles together: the sums of its trades. Its P&L stays zero."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A position by settlement: units, and cash in the instrument's currency (positive: received)."""

    settled_quantity: Decimal
    unsettled_quantity: Decimal
    settled_cash: Decimal
    unsettled_cash: Decimal


def settled_at(holding: Holding, settlements: Mapping[date | None, Movement], today: date) -> Settled | None:
    """Return what has settled when the venue's date is `today`; None where a trade's cycle is not known.

    `settlements` holds at least everything that settles later than today. A trade has settled from its settlement
    date on.
    """
    if None in settlements:
        return None
    quantity = cash = Decimal(0)
    for settles_on, movement in settlements.items():
        if settles_on is not None and settles_on > today:
            quantity = EXACT.add(quantity, movement.net_quantity)
            cash = EXACT.subtract(cash, movement.cash)
    return Settled(
        settled_quantity=EXACT.subtract(holding.net_quantity, quantity),
        unsettled_quantity=quantity,
        settled_cash=EXACT.subtract(holding.cash.copy_negate(), cash),
        unsettled_cash=cash,
    )
