"""The stateless pre-trade checks: small pure classes that look at a ticket and refuse it or not."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from orders.kernel.money import decimal_text
from orders.terms import Side

BPS = Decimal(10_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What the checks see: an order's terms and a snapshot of what bounds them.

    `limits` maps a limit's kind to its value (units, currency or bps, as the kind's name says), `reference_price`
    is the last price known in the market, in currency per unit, None where there is none. `stop_price` is what the
    order still waits for, `trail_price` a trailing stop's offset.
    """

    side: Side
    quantity: Decimal
    limit_price: Decimal | None
    account_is_active: bool
    instrument_is_active: bool
    tick_size: Decimal
    lot_size: Decimal
    limits: Mapping[str, Decimal]
    reference_price: Decimal | None
    stop_price: Decimal | None = None
    trail_price: Decimal | None = None
    display_quantity: Decimal | None = None
    minimum_quantity: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Denial:
    """Why a check refuses: its stable code, a sentence, and the numbers that it saw as strings."""

    code: str
    detail: str
    numbers: Mapping[str, str]


class Check(Protocol):
    """One rule. `code` is its denial code."""

    code: str

    def __call__(self, ticket: Ticket) -> Denial | None:
        """Return why the ticket is refused, or None."""


def _denial(code: str, detail: str, **numbers: Decimal) -> Denial:
    return Denial(code, detail, {name: decimal_text(number) for name, number in numbers.items()})


class AccountActive:
    """The account may trade."""

    code = "RISK_ACCOUNT_SUSPENDED"

    def __call__(self, ticket: Ticket) -> Denial | None:
        return None if ticket.account_is_active else _denial(self.code, "the account is suspended")


class InstrumentActive:
    """The instrument is not halted."""

    code = "RISK_INSTRUMENT_HALTED"

    def __call__(self, ticket: Ticket) -> Denial | None:
        return None if ticket.instrument_is_active else _denial(self.code, "the instrument is halted")


class PriceOnTick:
    """Limit price, stop price and a trailing stop's offset are multiples of the instrument's tick."""

    code = "RISK_PRICE_OFF_TICK"

    def __call__(self, ticket: Ticket) -> Denial | None:
        prices = {
            "limit_price": ticket.limit_price,
            "stop_price": ticket.stop_price,
            "trail_price": ticket.trail_price,
        }
        for name, price in prices.items():
            if price is not None and price % ticket.tick_size != 0:
                words = name.replace("_", " ")
                numbers = {name: price, "tick_size": ticket.tick_size}
                return _denial(self.code, f"the {words} is not a multiple of the tick", **numbers)
        return None


class QuantityInLots:
    """The quantity, and what of it is displayed or the least, are multiples of the instrument's lot."""

    code = "RISK_QUANTITY_OFF_LOT"

    def __call__(self, ticket: Ticket) -> Denial | None:
        quantities = {
            "quantity": ticket.quantity,
            "display_quantity": ticket.display_quantity,
            "minimum_quantity": ticket.minimum_quantity,
        }
        for name, quantity in quantities.items():
            if quantity is not None and quantity % ticket.lot_size != 0:
                words = name.replace("_", " ")
                numbers = {name: quantity, "lot_size": ticket.lot_size}
                return _denial(self.code, f"the {words} is not a multiple of the lot", **numbers)
        return None


class MarketDataPresent:
    """There is a price to judge the order by; without one nothing can be said about its worth."""

    code = "RISK_NO_REFERENCE_PRICE"

    def __call__(self, ticket: Ticket) -> Denial | None:
        if ticket.reference_price is not None:
            return None
        return _denial(self.code, "the market has no price for the instrument yet")


class LimitsPresent:
    """Every limit that the checks need is set for the account: deny unless granted."""

    code = "RISK_LIMIT_MISSING"
    needed = ("order_quantity", "order_notional", "price_collar_bps", "position_quantity")

    def __call__(self, ticket: Ticket) -> Denial | None:
        missing = [kind for kind in self.needed if kind not in ticket.limits]
        return _denial(self.code, f"the account has no limit for {', '.join(missing)}") if missing else None


class QuantityWithinLimit:
    """The quantity is at most the account's limit per order, in units."""

    code = "RISK_ORDER_QUANTITY"

    def __call__(self, ticket: Ticket) -> Denial | None:
        limit = ticket.limits["order_quantity"]
        if ticket.quantity <= limit:
            return None
        return _denial(
            self.code, "the quantity is above the limit per order", quantity=ticket.quantity, limit=limit
        )


class NotionalWithinLimit:
    """Quantity times price is at most the account's limit per order, in the instrument's currency.

    The price is the dearest of limit, stop and reference: a market order has the reference alone.
    """

    code = "RISK_ORDER_NOTIONAL"

    def __call__(self, ticket: Ticket) -> Denial | None:
        prices = [
            price
            for price in (ticket.limit_price, ticket.stop_price, ticket.reference_price)
            if price is not None
        ]
        notional = ticket.quantity * max(prices)
        limit = ticket.limits["order_notional"]
        if notional <= limit:
            return None
        return _denial(
            self.code, "the order's worth is above the limit per order", notional=notional, limit=limit
        )


class PriceWithinCollar:
    """The limit price is not further from the last price, on the aggressive side, than the collar allows.

    A buy may not bid above reference * (1 + collar), a sell may not offer below reference * (1 - collar). Passive
    prices are free: they can only be filled better. Where the order waits for a stop price, that is the reference: the
    market will be there when the limit begins to work. Collars are demanded by RTS 6 (Reg. 2017/589) Art. 15(1)(a).
    """

    code = "RISK_PRICE_COLLAR"

    def __call__(self, ticket: Ticket) -> Denial | None:
        price, reference = ticket.limit_price, ticket.stop_price or ticket.reference_price
        if price is None or reference is None:
            return None
        away = price - reference if ticket.side == Side.BUY else reference - price
        collar_bps = ticket.limits["price_collar_bps"]
        if away * BPS <= collar_bps * reference:
            return None
        return _denial(
            self.code,
            "the limit price is too far through the market",
            limit_price=price,
            reference_price=reference,
            collar_bps=collar_bps,
        )


CHECKS: list[Check] = [
    AccountActive(),
    InstrumentActive(),
    LimitsPresent(),
    QuantityInLots(),
    PriceOnTick(),
    QuantityWithinLimit(),
    MarketDataPresent(),
    NotionalWithinLimit(),
    PriceWithinCollar(),
]
"""The list in its order: the first denial is the answer, so what later ones need stands before them."""


def first_denial(checks: list[Check], ticket: Ticket) -> Denial | None:
    """Return the first denial of `checks` in order, or None when all of them pass."""
    return next((denial for check in checks if (denial := check(ticket)) is not None), None)
