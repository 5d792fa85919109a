"""Checks of what one order asks for, by itself: quantity, worth, its share of the market's volume. Pure."""

from orders.risk.checks import LimitCheck
from orders.risk.figures import Finding, LimitInForce
from orders.risk.price_checks import in_bps
from orders.risk.ticket import Ticket


class QuantityWithinLimit(LimitCheck):
    """The quantity is at most the limit per order, in units (RTS 6 Art. 15(1)(c))."""

    def judge(self, ticket: Ticket, limit: LimitInForce) -> Finding:
        return self.at_most(
            limit,
            "the quantity is above the limit per order",
            with_order=ticket.quantity,
            quantity=ticket.quantity,
            limit=limit.value,
        )


class QuantityAboveMinimum(LimitCheck):
    """The quantity is at least the limit's, in units."""

    def judge(self, ticket: Ticket, limit: LimitInForce) -> Finding:
        if ticket.quantity >= limit.value:
            return self.passed(limit, quantity=ticket.quantity)
        return self.denied(limit, "the quantity is below the least per order", quantity=ticket.quantity)


class NotionalWithinLimit(LimitCheck):
    """Quantity times the dearest of limit, stop and last price is at most the limit (RTS 6 Art. 15(1)(b)).

    In the firm's currency. Without a price or a rate other checks refuse the order.
    """

    def judge(self, ticket: Ticket, limit: LimitInForce) -> Finding | None:
        notional = ticket.notional
        if notional is None:
            return None
        return self.at_most(
            limit,
            "the order's worth is above the limit per order",
            with_order=notional,
            notional=notional,
            limit=limit.value,
        )


class VolumeShareWithinLimit(LimitCheck):
    """The quantity is at most so many bps of the average daily volume."""

    def judge(self, ticket: Ticket, limit: LimitInForce) -> Finding:
        volume = ticket.market.average_daily_volume
        if not volume:
            return self.unknown(limit, "no average daily volume is known")
        return self.at_most(
            limit,
            "the quantity is too large a share of the average daily volume",
            with_order=in_bps(ticket.quantity, volume),
            average_daily_volume=volume,
        )
