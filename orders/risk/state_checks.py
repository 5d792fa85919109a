"""Checks that hold always: states, rights, the instrument's steps, and that what judges an order is known. Pure."""

from decimal import Decimal

from orders.limit_kinds import NEEDED_TO_TRADE, LimitKind
from orders.risk.checks import LimitCheck, Rule, numbers_text
from orders.risk.figures import Finding, LimitInForce
from orders.risk.ticket import Ticket
from orders.risk.worst import WORST_PRICE_BOUND

Reason = tuple[str, dict[str, str]]
_SECONDS = Decimal(60)


class AccountActive(Rule):
    """The account may trade."""

    id, code = "account_active", "RISK_ACCOUNT_SUSPENDED"

    def reason(self, ticket: Ticket) -> Reason | None:
        return None if ticket.account_is_active else ("the account is suspended", {})


class InstrumentActive(Rule):
    """The instrument is not halted."""

    id, code = "instrument_active", "RISK_INSTRUMENT_HALTED"

    def reason(self, ticket: Ticket) -> Reason | None:
        return None if ticket.instrument_is_active else ("the instrument is halted", {})


class MarketActive(Rule):
    """Orders for the instrument's market are taken."""

    id, code = "market_active", "RISK_MARKET_HALTED"

    def reason(self, ticket: Ticket) -> Reason | None:
        return None if ticket.market_is_active else ("the market is halted", {})


class LimitsPresent(Rule):
    """Every limit without which nothing may be traded is in force for the account, its desk or its firm."""

    id, code = "limits_present", "RISK_LIMIT_MISSING"

    def reason(self, ticket: Ticket) -> Reason | None:
        present = {limit.kind for limit in ticket.limits if limit.holder_kind in ("account", "desk", "firm")}
        missing = [str(kind) for kind in NEEDED_TO_TRADE if kind not in present]
        return (f"the account has no limit for {', '.join(missing)}", {}) if missing else None


class TraderPermitted(Rule):
    """The trader may trade the instrument: a permission of the trader covers it (RTS 6 Art. 15(5))."""

    id, code = "trader_permitted", "RISK_NOT_PERMITTED"

    def reason(self, ticket: Ticket) -> Reason | None:
        if ticket.limits_of(LimitKind.PERMITTED):
            return None
        return "the trader has no permission for the instrument", {}


class QuantityInLots(Rule):
    """The quantity, and what of it is displayed or the least, are multiples of the instrument's lot."""

    id, code = "quantity_in_lots", "RISK_QUANTITY_OFF_LOT"

    def reason(self, ticket: Ticket) -> Reason | None:
        quantities = {
            "quantity": ticket.quantity,
            "display_quantity": ticket.display_quantity,
            "minimum_quantity": ticket.minimum_quantity,
        }
        return _off_step(quantities, "lot", lot_size=ticket.lot_size)


class PriceOnTick(Rule):
    """Limit price, stop price and a trailing stop's offset are multiples of the instrument's tick."""

    id, code = "price_on_tick", "RISK_PRICE_OFF_TICK"

    def reason(self, ticket: Ticket) -> Reason | None:
        prices = {
            "limit_price": ticket.limit_price,
            "stop_price": ticket.stop_price,
            "trail_price": ticket.trail_price,
        }
        return _off_step(prices, "tick", tick_size=ticket.tick_size)


def _off_step(amounts: dict[str, Decimal | None], step: str, **size: Decimal) -> Reason | None:
    (value,) = size.values()
    for name, amount in amounts.items():
        if amount is not None and amount % value != 0:
            words = name.replace("_", " ")
            return f"the {words} is not a multiple of the {step}", numbers_text(**{name: amount}, **size)
    return None


class MarketDataPresent(Rule):
    """There is a price to judge the order by; without one nothing can be said about its worth."""

    id, code = "market_data_present", "RISK_NO_REFERENCE_PRICE"

    def reason(self, ticket: Ticket) -> Reason | None:
        return (
            None if ticket.market.last is not None else ("the market has no price for the instrument yet", {})
        )


class RateKnown(Rule):
    """There is an exchange rate into the firm's currency, in which exposure is counted."""

    id, code = "rate_known", "RISK_NO_EXCHANGE_RATE"

    def reason(self, ticket: Ticket) -> Reason | None:
        return None if ticket.rate is not None else ("no exchange rate leads into the firm's currency", {})


class PriceCountable(Rule):
    """At worst a unit costs less than 10^12 of the instrument's and of the firm's currency, so that all fits."""

    id, code = "price_countable", "RISK_TOO_LARGE_TO_COUNT"

    def reason(self, ticket: Ticket) -> Reason | None:
        price = ticket.worst_price
        # Of the prices in the instrument's currency it alone is made of two: the others have 12 digits at most.
        stop = ticket.trailing_stop
        if price is None or (price < WORST_PRICE_BOUND and (stop is None or stop < WORST_PRICE_BOUND)):
            return None
        numbers = numbers_text(worst_price=price, trailing_stop=stop, bound=WORST_PRICE_BOUND)
        return "at worst a unit costs more than can be counted: 10^12 or more", numbers


class NotRestricted(LimitCheck):
    """The instrument is not on the restricted list (SEC 15c3-5(c)(2)(ii))."""

    def judge(self, ticket: Ticket, limit: LimitInForce) -> Finding:
        return self.denied(limit, "the instrument is on the restricted list")


class SessionNear(LimitCheck):
    """The session in which the order would work is open, or opens within the limit's minutes."""

    def judge(self, ticket: Ticket, limit: LimitInForce) -> Finding:
        opens_in_s = ticket.market.session_opens_in_s
        if opens_in_s is None:
            return self.unknown(limit, "it is not known when the session opens")
        return self.at_most(
            limit,
            "the session in which the order would work opens too late",
            with_order=opens_in_s / _SECONDS,
        )
