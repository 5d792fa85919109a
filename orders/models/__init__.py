"""The tables of orders. Private to this app: others read through selectors and write through services."""

from orders.models.exchange_rate import ExchangeRate
from orders.models.grants import AccountPermission, DeskPermission, FirmPermission
from orders.models.history import OrderRequest, OrderRevision, Refusal, Replacement, UsedClientOrderId
from orders.models.market_time import MarketTime
from orders.models.order import Execution, Order
from orders.models.organisation import Account, Desk, Firm
from orders.models.position import Limit, Lot, Position, Settlement
from orders.models.reference import Instrument
from orders.models.user import User

__all__ = [
    "Account",
    "AccountPermission",
    "Desk",
    "DeskPermission",
    "ExchangeRate",
    "Execution",
    "Firm",
    "FirmPermission",
    "Instrument",
    "Limit",
    "Lot",
    "MarketTime",
    "Order",
    "OrderRequest",
    "OrderRevision",
    "Position",
    "Refusal",
    "Replacement",
    "Settlement",
    "UsedClientOrderId",
    "User",
]
