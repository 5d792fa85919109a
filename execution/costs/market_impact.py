"""What an order may have done to the market: I-Star, its share of the volume, the spread it paid, what came back.

I-Star: R. Kissell, "The Science of Algorithmic Trading and Portfolio Management" (2013): I* = a1 (Q/ADV)^a2 sigma^a3,
MI = b1 I* POV^a4 + (1 - b1) I*, in basis points, with the parameters that reference/execution.md gives.
"""

from decimal import Decimal

from execution.costs.shortfall import BASIS_POINTS
from orders.terms import Side

A1, A2, A3, A4, B1 = 708.0, 0.55, 0.71, 0.50, 0.98
"""Published for US large caps: nothing here is fitted to the firm's own fills."""


def instantaneous_impact_bps(*, size_share: float, volatility: float) -> float:
    """Return I* in basis points: `size_share` is Q/ADV, `volatility` that of a year, both 0.1 for 10 %.

    Raises ValueError below zero.
    """
    if size_share < 0 or volatility < 0:
        raise ValueError("neither size nor volatility is below zero")
    return float(A1 * size_share**A2 * volatility**A3)


def market_impact_bps(*, size_share: float, volatility: float, participation: float) -> float:
    """Return MI in basis points at a share of the volume (0.1 for 10 %). Raises ValueError below zero."""
    if participation < 0:
        raise ValueError("no share of the volume is below zero")
    instantaneous = instantaneous_impact_bps(size_share=size_share, volatility=volatility)
    return float(B1 * instantaneous * participation**A4 + (1 - B1) * instantaneous)


def captured_share(side: Side, *, price: Decimal, bid: Decimal, ask: Decimal) -> Decimal | None:
    """Return how much of the quoted spread a fill kept: 1 at its own side, 0 at the other, 0.5 in the middle.

    Beyond the quotes it is below 0 or above 1. None where bid and ask are one price.
    """
    if ask == bid:
        return None
    kept = ask - price if side is Side.BUY else price - bid
    return kept / (ask - bid)


def reversion_bps(side: Side, *, at_last_fill: Decimal, afterwards: Decimal) -> Decimal:
    """Return how far the price came back after the last fill, in basis points of what it was then.

    Positive where it moved against the order's side, so that what the order paid was for a moment's pressure only;
    negative where it moved on. Raises ValueError for a price not above zero.
    """
    if at_last_fill <= 0 or afterwards <= 0:
        raise ValueError("a price is more than zero")
    back = at_last_fill - afterwards if side is Side.BUY else afterwards - at_last_fill
    return back / at_last_fill * BASIS_POINTS


def participation(filled_quantity: Decimal, market_volume: Decimal) -> Decimal | None:
    """Return the fills' share of what the market traded meanwhile; None where it traded nothing."""
    return filled_quantity / market_volume if market_volume > 0 else None
