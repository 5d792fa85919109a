"""What the checks see: an order's terms, what bounds them, and what stood before it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from orders.limit_kinds import LimitKind
from orders.positions.trade import EXACT
from orders.risk.figures import HUNDRED, ZERO, Holder, HolderFigures, LimitInForce, MarketFigures
from orders.risk.worst import open_notional, worst_price
from orders.terms import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """An order, or one as an amendment would have it, with a snapshot of everything that judges it.

    Prices in the instrument's currency; `rate` is what a unit of that is worth in the firm's, None where nobody told.
    `limits` are those in force that apply. `before` and `after` are what account, desk and firm have without the order
    and with it, open orders at their worst; empty until they are read. `recent` is what has been used of the limits
    that count what happened lately, `margins` what the margin model says, both by the limit's id; None: it cannot say.
    `filled_quantity` is what of an amended order is filled. `stop_price` is what the order still waits for,
    `trail_price` or `trail_percent` the offset of a trailing stop that still waits.
    """

    side: Side
    quantity: Decimal
    limit_price: Decimal | None
    account_is_active: bool
    instrument_is_active: bool
    market_is_active: bool
    tick_size: Decimal
    lot_size: Decimal
    limits: tuple[LimitInForce, ...]
    market: MarketFigures
    rate: Decimal | None = Decimal(1)
    stop_price: Decimal | None = None
    trail_price: Decimal | None = None
    trail_percent: Decimal | None = None
    filled_quantity: Decimal = ZERO
    display_quantity: Decimal | None = None
    minimum_quantity: Decimal | None = None
    before: Mapping[Holder, HolderFigures] = field(default_factory=dict)
    after: Mapping[Holder, HolderFigures] = field(default_factory=dict)
    recent: Mapping[UUID, Decimal] = field(default_factory=dict)
    margins: Mapping[UUID, Decimal | None] = field(default_factory=dict)

    by_kind: Mapping[str, list[LimitInForce]] = field(init=False)

    def __post_init__(self) -> None:
        by_kind: dict[str, list[LimitInForce]] = {}
        for limit in self.limits:
            by_kind.setdefault(limit.kind, []).append(limit)
        object.__setattr__(self, "by_kind", by_kind)

    @property
    def left_quantity(self) -> Decimal:
        """What may still be filled, in units."""
        return max(self.quantity - self.filled_quantity, ZERO)

    def limits_of(self, kind: LimitKind) -> Sequence[LimitInForce]:
        """Return the limits of this kind."""
        return self.by_kind.get(kind, ())

    @property
    def worst_price(self) -> Decimal | None:
        """The dearest of limit, stop and last price, in the firm's currency; None without a last price or a rate."""
        last = self.market.last
        if last is None or self.rate is None:
            return None
        return worst_price((self.limit_price, self.stop_price, self.trailing_stop, last), self.rate)

    @property
    def trailing_stop(self) -> Decimal | None:
        """Where the stop of a trailing buy begins, and is never above; a sell's is below the last price. None for any
        other order, and without a last price.
        """
        last = self.market.last
        if last is None or self.side == Side.SELL:
            return None
        if self.trail_percent is not None:
            return EXACT.add(last, EXACT.divide(EXACT.multiply(last, self.trail_percent), HUNDRED))
        return None if self.trail_price is None else EXACT.add(last, self.trail_price)

    @property
    def notional(self) -> Decimal | None:
        """What the order is worth at worst, in the firm's currency; None where that is not known."""
        price = self.worst_price
        return None if price is None else open_notional(self.quantity, price)

    @property
    def reduces_position(self) -> bool:
        """Whether the account's position in the instrument, with all open orders of the side filled, is not beyond
        nothing: then the order can only bring it nearer. An amended one is among the open orders once.
        """
        mine = self.after[Holder.ACCOUNT].in_instrument
        if self.side == Side.BUY:
            return mine.net_quantity + mine.open_buy_quantity <= 0
        return mine.net_quantity - mine.open_sell_quantity >= 0

    @property
    def adds_nothing(self) -> bool:
        """Whether no more is open than before: new terms of an order that ask for no more units and no more money."""
        before, after = (figures[Holder.ACCOUNT].in_instrument for figures in (self.before, self.after))
        amounts = [f"open_{self.side}_{unit}" for unit in ("quantity", "notional")]
        return all(getattr(after, name) <= getattr(before, name) for name in amounts)

    @property
    def enlarges_position(self) -> bool:
        """Whether it could make the account's position larger than it can come to already."""
        return not (self.reduces_position or self.adds_nothing)
