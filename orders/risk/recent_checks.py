"""Checks of what happened lately: orders/risk/recent.py counts what was used of each limit before the order. Pure."""

from dataclasses import dataclass
from decimal import Decimal

from orders.risk.checks import LimitCheck
from orders.risk.figures import ZERO, Finding, LimitInForce
from orders.risk.ticket import Ticket

ONE = Decimal(1)


@dataclass(frozen=True)
class RecentWithinLimit(LimitCheck):
    """What was counted, and this order as one more, is at most the limit; `detail` says what was exceeded."""

    detail: str

    def judge(self, ticket: Ticket, limit: LimitInForce) -> Finding | None:
        used = ticket.recent.get(limit.id)
        if used is None:
            return None
        return self.at_most(limit, self.detail, used=used, with_order=used + ONE)


class NoDuplicate(LimitCheck):
    """No equal order of the account came within the window (SEC 15c3-5(c)(1)(ii))."""

    def judge(self, ticket: Ticket, limit: LimitInForce) -> Finding | None:
        equal = ticket.recent.get(limit.id)
        if equal is None:
            return None
        if not equal:
            return self.passed(limit, window_s=limit.value)
        return self.denied(limit, "an equal order came a moment ago", window_s=limit.value, orders=equal)


class NotThrottled(LimitCheck):
    """The algorithm was used in fewer than so many orders since a named person let it (RTS 6 Art. 15(3))."""

    def judge(self, ticket: Ticket, limit: LimitInForce) -> Finding | None:
        used = ticket.recent.get(limit.id)
        if used is None:
            return None
        return self.at_most(
            limit,
            "the algorithm was used too often: a named person has to let it be used again",
            used=used,
            with_order=used + ONE,
        )


class NoSelfTrade(LimitCheck):
    """The holder's open units on the other side that would trade with what is left are at most the limit."""

    def judge(self, ticket: Ticket, limit: LimitInForce) -> Finding | None:
        crossing = ticket.recent.get(limit.id)
        if crossing is None:
            return None
        return self.at_most(
            limit,
            "the order could trade with open orders of the same holder",
            used=ZERO,
            with_order=min(crossing, ticket.left_quantity),
            crossing_quantity=crossing,
        )
