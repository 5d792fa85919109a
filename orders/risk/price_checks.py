"""Price collars: how far through the market a limit price may be, against one reference each (RTS 6 Art. 15(1)(a)).

A buy may not bid above reference * (1 + collar), a sell may not offer below reference * (1 - collar). Passive prices
are free: they can only be filled better. Where the order waits for a stop price, that is the reference: the market
will be there when the limit begins to work.
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal

from orders.risk.checks import LimitCheck
from orders.risk.figures import Finding, LimitInForce
from orders.risk.ticket import Ticket
from orders.terms import Side

BPS = Decimal(10_000)
_UPWARDS = Context(prec=100, rounding=ROUND_CEILING)
_FINEST = Decimal(1).scaleb(-16)
"""The last place of a limit's value: rounded up to it, a quotient exceeds a limit exactly where it did unrounded."""


def in_bps(part: Decimal, whole: Decimal) -> Decimal:
    """Return how many ten-thousandths of `whole` the `part` is, 16 places, rounded upwards."""
    return _UPWARDS.divide(_UPWARDS.multiply(part, BPS), whole).quantize(_FINEST, context=_UPWARDS)


@dataclass(frozen=True)
class PriceWithinCollar(LimitCheck):
    """The limit price lies within the collar around `reference`, a name of MarketFigures; `words` say what that is."""

    reference: str
    words: str

    def judge(self, ticket: Ticket, limit: LimitInForce) -> Finding | None:
        price = ticket.limit_price
        if price is None:
            return None
        reference = ticket.stop_price or getattr(ticket.market, self.reference)
        if reference is None:
            return self.unknown(limit, f"{self.words} is not known")
        away = price - reference if ticket.side == Side.BUY else reference - price
        return self.at_most(
            limit,
            f"the limit price is too far through {self.words}",
            with_order=in_bps(max(away, Decimal(0)), reference),
            limit_price=price,
            reference_price=reference,
            collar_bps=limit.value,
        )
