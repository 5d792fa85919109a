"""Checks of what account, desk and firm come to hold with the order, open orders at their worst. Pure.

A holder is held to its limit by what `with_order` of orders/risk/worst.py makes of its figures. Only what the order
makes worse is refused: who is beyond a limit may still go back.
"""

from abc import abstractmethod
from dataclasses import dataclass
from decimal import Decimal

from orders.kernel.money import PRICE_QUANTUM
from orders.limit_kinds import LimitKind
from orders.risk.checks import LimitCheck
from orders.risk.figures import (
    HUNDRED,
    ZERO,
    Finding,
    Holder,
    HolderFigures,
    InstrumentFigures,
    LimitInForce,
    Outcome,
)
from orders.risk.price_checks import in_bps
from orders.risk.ticket import Ticket
from orders.terms import Side

MARGIN_UNKNOWN = "RISK_MARGIN_UNKNOWN"
"""The denial where a margin is limited and no model tells it."""


class ExposureCheck(LimitCheck):
    """A check of what the limit's holder has: one number before the order and with it."""

    detail = "with the open orders the limit could be exceeded"

    def judge(self, ticket: Ticket, limit: LimitInForce) -> Finding | None:
        holder = Holder(limit.holder_kind)
        used = self.measure(ticket.before[holder], ticket, limit)
        with_order = self.measure(ticket.after[holder], ticket, limit)
        if used is None or with_order is None:
            return None
        return self.at_most(
            limit,
            self.detail,
            used=max(used, ZERO),
            with_order=max(with_order, ZERO),
            worsens=with_order > used,
            **self.numbers(ticket, limit),
        )

    @abstractmethod
    def measure(self, figures: HolderFigures, ticket: Ticket, limit: LimitInForce) -> Decimal | None:
        """Return what the holder uses of the limit, None where the order has no part in it."""

    def numbers(self, ticket: Ticket, limit: LimitInForce) -> dict[str, Decimal | None]:
        """Return what else was seen: without it the decision could not be recomputed."""
        return {"quantity": ticket.quantity}


class PositionWithinLimit(ExposureCheck):
    """Units per instrument on the order's side: net with all open orders of that side filled."""

    detail = "with the open orders the position could exceed its limit"

    def measure(self, figures: HolderFigures, ticket: Ticket, limit: LimitInForce) -> Decimal:
        mine = figures.in_instrument
        if ticket.side == Side.BUY:
            return mine.net_quantity + mine.open_buy_quantity
        return mine.open_sell_quantity - mine.net_quantity


class GrossWithinLimit(ExposureCheck):
    """The sum over positions of the larger absolute notional with all open buys or all open sells filled."""

    detail = "with the open orders the gross exposure could exceed its limit"

    def measure(self, figures: HolderFigures, ticket: Ticket, limit: LimitInForce) -> Decimal:
        return figures.in_instrument.worst_notional if limit.subject_kind else figures.gross_notional


class NetWithinLimit(ExposureCheck):
    """Net notional on the order's side, with all open orders of that side filled."""

    detail = "with the open orders the net exposure could exceed its limit"

    def measure(self, figures: HolderFigures, ticket: Ticket, limit: LimitInForce) -> Decimal:
        part: HolderFigures | InstrumentFigures = figures.in_instrument if limit.subject_kind else figures
        if ticket.side == Side.BUY:
            return part.net_notional + part.open_buy_notional
        return part.open_sell_notional - part.net_notional


class ConcentrationWithinLimit(ExposureCheck):
    """What the holder has in the instrument at worst, in bps of its tightest limit of gross exposure."""

    detail = "with the open orders too much of the gross limit would be in one instrument"

    def judge(self, ticket: Ticket, limit: LimitInForce) -> Finding | None:
        if self._base(ticket, limit) is None:
            return self.unknown(
                limit, "concentration is measured by a gross limit, and there is none", "RISK_LIMIT_MISSING"
            )
        return super().judge(ticket, limit)

    def measure(self, figures: HolderFigures, ticket: Ticket, limit: LimitInForce) -> Decimal | None:
        base = self._base(ticket, limit)
        # Of a gross limit of nothing anything is too much; what makes it less still passes.
        return None if base is None else in_bps(figures.in_instrument.worst_notional, base or PRICE_QUANTUM)

    def numbers(self, ticket: Ticket, limit: LimitInForce) -> dict[str, Decimal | None]:
        return {**super().numbers(ticket, limit), "gross_limit": self._base(ticket, limit)}

    def _base(self, ticket: Ticket, limit: LimitInForce) -> Decimal | None:
        gross = ticket.limits_of(LimitKind.GROSS_NOTIONAL)
        mine = [
            each.value
            for each in gross
            if (each.holder_kind, each.holder) == (limit.holder_kind, limit.holder) and not each.subject_kind
        ]
        return min(mine, default=None)


class CreditWithinLimit(ExposureCheck):
    """How far cash falls below nothing with all open buys filled (SEC 15c3-5(c)(1)(i)). Sells use no credit."""

    detail = "with the open buys the credit limit could be exceeded"

    def measure(self, figures: HolderFigures, ticket: Ticket, limit: LimitInForce) -> Decimal | None:
        return None if ticket.side == Side.SELL else figures.open_buy_notional - figures.cash

    def numbers(self, ticket: Ticket, limit: LimitInForce) -> dict[str, Decimal | None]:
        return {**super().numbers(ticket, limit), "cash": ticket.before[Holder(limit.holder_kind)].cash}


class CashRemains(LimitCheck):
    """With all open buys filled at least so much cash remains. Sells use no cash, nor do new terms that add nothing.

    It warns where the minimum is the limit's percentage of what remains.
    """

    def judge(self, ticket: Ticket, limit: LimitInForce) -> Finding | None:
        if ticket.side == Side.SELL:
            return None
        holder = Holder(limit.holder_kind)
        after = ticket.after[holder]
        remaining = after.cash - after.open_buy_notional
        outcome = Outcome.PASSED
        if remaining < limit.value and not ticket.adds_nothing:
            outcome = Outcome.DENIED
        elif 0 < remaining * limit.warn_at_percent <= limit.value * HUNDRED and not ticket.adds_nothing:
            outcome = Outcome.WARNED
        return self._finding(
            limit,
            outcome,
            "with the open buys too little cash could remain",
            cash=after.cash,
            remaining=remaining,
            minimum=limit.value,
        )


class ShortIsLocated(ExposureCheck):
    """Units short with all open sells filled, beyond what the same holder has located, are at most the limit."""

    detail = "the order could sell short what is not located"

    def measure(self, figures: HolderFigures, ticket: Ticket, limit: LimitInForce) -> Decimal | None:
        if ticket.side == Side.BUY:
            return None
        mine = figures.in_instrument
        return max(mine.open_sell_quantity - mine.net_quantity, ZERO) - self._located(ticket, limit)

    def numbers(self, ticket: Ticket, limit: LimitInForce) -> dict[str, Decimal | None]:
        return {**super().numbers(ticket, limit), "located": self._located(ticket, limit)}

    def _located(self, ticket: Ticket, limit: LimitInForce) -> Decimal:
        locates = ticket.limits_of(LimitKind.LOCATED_QUANTITY)
        mine = [
            each.value
            for each in locates
            if (each.holder_kind, each.holder) == (limit.holder_kind, limit.holder)
        ]
        return sum(mine, ZERO)


class DayLossWithinLimit(LimitCheck):
    """The loss of the market day so far is at most the limit; what enlarges no position is let through."""

    def judge(self, ticket: Ticket, limit: LimitInForce) -> Finding | None:
        loss = ticket.before[Holder(limit.holder_kind)].day_loss
        if loss is None:
            if not ticket.enlarges_position:
                return self.passed(limit)
            return self.unknown(limit, "the day has not been valued yet")
        return self.at_most(
            limit,
            "the day's loss has exceeded its limit",
            used=max(loss, ZERO),
            with_order=max(loss, ZERO),
            worsens=ticket.enlarges_position,
            loss=loss,
        )


@dataclass(frozen=True)
class MarginWithinLimit(LimitCheck):
    """What the margin model says that the holder needs with the order is at most the limit."""

    def judge(self, ticket: Ticket, limit: LimitInForce) -> Finding | None:
        margin = ticket.margins.get(limit.id)
        if margin is None:
            return self.unknown(limit, "no margin model says what the order needs", MARGIN_UNKNOWN)
        return self.at_most(
            limit,
            "the margin with the order would exceed its limit",
            with_order=margin,
            worsens=ticket.enlarges_position,
        )
