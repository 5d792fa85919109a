"""The tables of orders. Private to this app: others read through selectors and write through services."""

from orders.models.exchange_rate import ExchangeRate
from orders.models.exposure import CashMovement, Exposure
from orders.models.grants import AccountPermission, DeskPermission, FirmPermission
from orders.models.history import OrderRequest, OrderRevision, Refusal, Replacement, UsedClientOrderId
from orders.models.kill_switch import KillSwitch, KillSwitchGate
from orders.models.limit import Limit, Override, RiskDecision, ThrottleReset
from orders.models.limit_sample import LimitSample, LimitSampling
from orders.models.market_time import MarketTime
from orders.models.order import Execution, Order
from orders.models.organisation import Account, Desk, Firm
from orders.models.position import Lot, Position, Settlement
from orders.models.reference import Instrument, Market
from orders.models.trading_state import TradingStateChange
from orders.models.user import User

__all__ = [
    "Account",
    "AccountPermission",
    "CashMovement",
    "Desk",
    "DeskPermission",
    "ExchangeRate",
    "Execution",
    "Exposure",
    "Firm",
    "FirmPermission",
    "Instrument",
    "KillSwitch",
    "KillSwitchGate",
    "Limit",
    "LimitSample",
    "LimitSampling",
    "Lot",
    "Market",
    "MarketTime",
    "Order",
    "OrderRequest",
    "OrderRevision",
    "Override",
    "Position",
    "Refusal",
    "Replacement",
    "RiskDecision",
    "Settlement",
    "ThrottleReset",
    "TradingStateChange",
    "UsedClientOrderId",
    "User",
]
