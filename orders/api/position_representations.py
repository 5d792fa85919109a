"""What the API tells of positions: each figure with its currency, and with the rates that it was converted by."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from orders.currencies.rates import Leg
from orders.kernel.api.paging import Page
from orders.kernel.money import Amount
from orders.models import ExchangeRate, Lot
from orders.positions.fifo import OpenLot
from orders.positions.settlement import Settled
from orders.valuation import Gains, ValuedPosition, Worth


class RateUsedRepresentation(BaseModel):
    """A rate that a figure was converted by: one unit of base is worth rate units of quote."""

    base: str
    quote: str
    rate: Amount
    inverted: bool = Field(description="whether it was used from quote to base")
    market_time: datetime
    source: str


class GainsRepresentation(BaseModel):
    """Cost and P&L by one method. Cost is negative for a short position: what its sale brought in."""

    cost_price: Amount | None = Field(description="per unit held; null where nothing is held")
    cost: Amount
    realised_pnl: Amount
    unrealised_pnl: Amount | None = Field(description="null where there is no price")


class WorthRepresentation(BaseModel):
    """A position's figures in one currency. `rates` is empty where nothing had to be converted."""

    currency: str
    market_value: Amount | None
    average_cost: GainsRepresentation
    fifo: GainsRepresentation
    rates: list[RateUsedRepresentation]


class SettlementRepresentation(BaseModel):
    """Units, and cash in the instrument's currency (positive: received), by what has settled at the venue's date."""

    settled_quantity: Amount
    unsettled_quantity: Amount
    settled_cash: Amount
    unsettled_cash: Amount


class PositionRepresentation(BaseModel):
    """What an account holds of an instrument, in units, what it cost and what it is worth.

    `open_buy_quantity` and `open_sell_quantity` are what open orders may still add; null for another time than now.
    `missing` says why a figure is null.
    """

    id: UUID
    account: str
    symbol: str
    as_of: datetime = Field(description="market time of prices and rates")
    net_quantity: Amount
    bought_quantity: Amount
    sold_quantity: Amount
    bought_notional: Amount
    sold_notional: Amount
    open_buy_quantity: Amount | None
    open_sell_quantity: Amount | None
    last_price: Amount | None
    last_price_at: datetime | None
    settlement: SettlementRepresentation | None
    in_instrument_currency: WorthRepresentation
    in_account_currency: WorthRepresentation | None
    in_firm_currency: WorthRepresentation | None
    missing: list[str]


class LotRepresentation(BaseModel):
    """What is still open of a trade. `execution_id` is in force, `trade_id` the first of its chain of corrections."""

    trade_id: UUID
    execution_id: UUID
    side: str = Field(description="long or short", pattern="^(long|short)$")
    quantity: Amount
    price: Amount
    market_time: datetime


class ExchangeRateRepresentation(BaseModel):
    """One unit of base is worth rate units of quote at market_time, as source says."""

    id: UUID
    base: str
    quote: str
    rate: Amount
    market_time: datetime
    recorded_at: datetime
    source: str


class PositionPage(Page[PositionRepresentation]):
    """Positions."""


class LotPage(Page[LotRepresentation]):
    """Lots by the id of their trade."""


class ExchangeRatePage(Page[ExchangeRateRepresentation]):
    """Exchange rates, newest recorded first."""


def represent_position(found: ValuedPosition) -> PositionRepresentation:
    """Represent a position as it is worth at its moment."""
    row, holding, last = found.position, found.holding, found.last_price
    is_now = not found.moment.is_past
    return PositionRepresentation(
        id=row.pk,
        account=row.account.code,
        symbol=row.instrument.symbol,
        as_of=found.moment.market_time,
        net_quantity=holding.net_quantity,
        bought_quantity=holding.bought_quantity,
        sold_quantity=holding.sold_quantity,
        bought_notional=holding.bought_notional,
        sold_notional=holding.sold_notional,
        open_buy_quantity=row.open_buy_quantity if is_now else None,
        open_sell_quantity=row.open_sell_quantity if is_now else None,
        last_price=None if last is None else last.price,
        last_price_at=None if last is None else last.market_time,
        settlement=_settlement(found.settled),
        in_instrument_currency=_worth(found.worth),
        in_account_currency=None if found.account_worth is None else _worth(found.account_worth),
        in_firm_currency=None if found.firm_worth is None else _worth(found.firm_worth),
        missing=found.missing,
    )


def _settlement(settled: Settled | None) -> SettlementRepresentation | None:
    return None if settled is None else SettlementRepresentation.model_validate(settled, from_attributes=True)


def _worth(worth: Worth) -> WorthRepresentation:
    return WorthRepresentation(
        currency=worth.currency,
        market_value=worth.market_value,
        average_cost=_gains(worth.average_cost),
        fifo=_gains(worth.fifo),
        rates=[_rate_used(leg) for leg in worth.conversion.legs],
    )


def _gains(gains: Gains) -> GainsRepresentation:
    return GainsRepresentation(
        cost_price=gains.cost_price,
        cost=gains.cost,
        realised_pnl=gains.realised,
        unrealised_pnl=gains.unrealised,
    )


def _rate_used(leg: Leg) -> RateUsedRepresentation:
    rate = leg.rate
    return RateUsedRepresentation(
        base=rate.base,
        quote=rate.quote,
        rate=rate.rate,
        inverted=leg.inverted,
        market_time=rate.market_time,
        source=rate.source,
    )


def represent_lot(lot: OpenLot | Lot, *, is_long: bool) -> LotRepresentation:
    """Represent an open lot of a position that is long or short."""
    return LotRepresentation(
        trade_id=lot.trade_id,
        execution_id=lot.execution_id,
        side="long" if is_long else "short",
        quantity=lot.quantity,
        price=lot.price,
        market_time=lot.market_time,
    )


def represent_rate(rate: ExchangeRate) -> ExchangeRateRepresentation:
    """Represent a recorded exchange rate."""
    return ExchangeRateRepresentation.model_validate(rate, from_attributes=True)
