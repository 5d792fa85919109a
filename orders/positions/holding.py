"""What a position is and what it is worth: cost and unrealised P&L follow from what was paid and what was realised.

For any sequence of trades, under both methods and at any price, exactly:

    realised + unrealised = value - cash,  where value = net quantity * price and cash = bought - sold notional

so the signed cost of what is held is cash + realised, and the unrealised gain is value - cost. Cost is positive for a
long position and negative (what its sale brought in) for a short one.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Self

from orders.positions.trade import EXACT

PRICE_QUANTUM = Decimal(1).scaleb(-8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A position's sums: units, and amounts in the instrument's currency. Zero is the position before any trade."""

    bought_quantity: Decimal = Decimal(0)
    sold_quantity: Decimal = Decimal(0)
    bought_notional: Decimal = Decimal(0)
    sold_notional: Decimal = Decimal(0)
    realised_average_cost: Decimal = Decimal(0)
    realised_fifo: Decimal = Decimal(0)

    @property
    def net_quantity(self) -> Decimal:
        """Units held: negative when short."""
        return EXACT.subtract(self.bought_quantity, self.sold_quantity)

    @property
    def cash(self) -> Decimal:
        """What was paid for all trades together: negative when more came in than went out."""
        return EXACT.subtract(self.bought_notional, self.sold_notional)

    @property
    def average_cost(self) -> Decimal:
        """The signed cost of what is held, by average cost."""
        return EXACT.add(self.cash, self.realised_average_cost)

    @property
    def fifo_cost(self) -> Decimal:
        """The signed cost of what is held, by FIFO: the sum of the lots."""
        return EXACT.add(self.cash, self.realised_fifo)

    def with_trade(self, *, quantity: Decimal, paid: Decimal) -> Self:
        """Return the sums after a trade of signed `quantity` that cost the signed `paid`; P&L is not moved by this."""
        return self._moved(quantity, paid, 1)

    def before_trade(self, *, quantity: Decimal, paid: Decimal) -> Self:
        """Return the sums before a trade that they count: the opposite of `with_trade`."""
        return self._moved(quantity, paid, -1)

    def with_gain(self, *, average_cost: Decimal, fifo: Decimal) -> Self:
        """Return the sums after a gain was realised by each method."""
        with localcontext(EXACT):
            return self._changed(
                realised_average_cost=self.realised_average_cost + average_cost,
                realised_fifo=self.realised_fifo + fifo,
            )

    def _moved(self, quantity: Decimal, paid: Decimal, times: int) -> Self:
        side = "bought" if quantity > 0 else "sold"
        with localcontext(EXACT):
            return self._changed(
                **{
                    f"{side}_quantity": getattr(self, f"{side}_quantity") + times * abs(quantity),
                    f"{side}_notional": getattr(self, f"{side}_notional") + times * abs(paid),
                }
            )

    def _changed(self, **changes: Decimal) -> Self:
        values = {name: getattr(self, name) for name in Holding.__slots__}
        return type(self)(**{**values, **changes})


def market_value(net_quantity: Decimal, price: Decimal | None) -> Decimal | None:
    """Return what is held is worth at `price`: nothing where nothing is held, None where there is no price."""
    if not net_quantity:
        return Decimal(0)
    return None if price is None else EXACT.multiply(net_quantity, price)


def unrealised(value: Decimal | None, cost: Decimal) -> Decimal | None:
    """Return the gain that selling what is held for `value` would realise; None where its value is not known."""
    return None if value is None else EXACT.subtract(value, cost)


def cost_price(cost: Decimal, net_quantity: Decimal) -> Decimal | None:
    """Return cost per unit held, rounded half-even to 8 places; None where nothing is held."""
    if not net_quantity:
        return None
    with localcontext() as context:
        context.prec = 100
        return (cost / net_quantity).quantize(PRICE_QUANTUM, rounding=ROUND_HALF_EVEN)
