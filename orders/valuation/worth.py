"""A position as it is worth at a moment, in the currency of instrument, account and firm."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from orders.currencies.rates import Conversion, RateBook
from orders.hooks import LastPrice
from orders.models import Position
from orders.positions.holding import Holding, cost_price, market_value, unrealised
from orders.positions.settlement import Settled


@dataclass(frozen=True, slots=True, kw_only=True)
class AsOf:
    """A moment to look at: `market_time` in the market, with what had been recorded by `known_at` (real UTC, or all).

    `is_past` tells that the positions' own rows do not say it.
    """

    market_time: datetime
    known_at: datetime | None = None
    is_past: bool = False


@dataclass(frozen=True, slots=True)
class Gains:
    """A method's figures in one currency: what is held cost (per unit and in all), and P&L."""

    cost_price: Decimal | None
    cost: Decimal
    realised: Decimal
    unrealised: Decimal | None


@dataclass(frozen=True)
class Worth:
    """A position's figures in `currency`, converted by `conversion` at the rates of the moment."""

    currency: str
    conversion: Conversion
    market_value: Decimal | None
    average_cost: Gains
    fifo: Gains


@dataclass(frozen=True)
class ValuedPosition:
    """A position at a moment. `account_worth` and `firm_worth` are None where there is no rate into their currency."""

    position: Position
    moment: AsOf
    holding: Holding
    last_price: LastPrice | None
    settled: Settled | None
    rates: RateBook

    @property
    def currency(self) -> str:
        return self.position.instrument.currency

    @cached_property
    def worth(self) -> Worth:
        """The figures in the instrument's currency."""
        return self._worth(self.currency, Conversion(()))

    @cached_property
    def account_worth(self) -> Worth | None:
        return self._converted(self.position.account.currency)

    @cached_property
    def firm_worth(self) -> Worth | None:
        return self._converted(self.position.account.desk.firm.currency)

    @cached_property
    def missing(self) -> list[str]:
        """A sentence for each figure that cannot be told."""
        instrument, account = self.position.instrument, self.position.account
        by = self.moment.market_time.strftime("%Y-%m-%dT%H:%M:%SZ")
        reasons = []
        if self.worth.market_value is None:
            reasons.append(f"no price of {instrument.symbol} is known by {by}")
        if self.settled is None:
            reasons.append(f"no settlement cycle is known for a trade on {instrument.mic}")
        for whose, currency, worth in (
            ("account", account.currency, self.account_worth),
            ("firm", account.desk.firm.currency, self.firm_worth),
        ):
            if worth is None:
                reasons.append(f"no rate from {self.currency} into the {whose}'s {currency} is known by {by}")
        return reasons

    def _converted(self, currency: str) -> Worth | None:
        account = self.position.account
        across = (account.currency, account.desk.firm.currency)
        conversion = self.rates.conversion(self.currency, currency, across=across)
        return None if conversion is None else self._worth(currency, conversion)

    def _worth(self, currency: str, conversion: Conversion) -> Worth:
        holding = self.holding
        price = None if self.last_price is None else self.last_price.price
        value = market_value(holding.net_quantity, price)

        def gains(cost: Decimal, realised: Decimal) -> Gains:
            converted = conversion.convert(cost)
            return Gains(
                cost_price=cost_price(converted, holding.net_quantity),
                cost=converted,
                realised=conversion.convert(realised),
                unrealised=_convert(conversion, unrealised(value, cost)),
            )

        return Worth(
            currency=currency,
            conversion=conversion,
            market_value=_convert(conversion, value),
            average_cost=gains(holding.average_cost, holding.realised_average_cost),
            fifo=gains(holding.fifo_cost, holding.realised_fifo),
        )


def _convert(conversion: Conversion, amount: Decimal | None) -> Decimal | None:
    return None if amount is None else conversion.convert(amount)
