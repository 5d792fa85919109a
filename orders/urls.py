"""The addresses of orders, below /api/v1/."""

from django.urls import path

from orders.api.answers import OrderAnswers
from orders.api.cash import CashMovementCollection
from orders.api.decisions import OrderDecisions, OrderPreview
from orders.api.exposures import ExposureCollection
from orders.api.kill_switches import KillSwitchCollection, KillSwitchDetail, KillSwitchOrders
from orders.api.lists import (
    AccountCollection,
    InstrumentCollection,
    OrderEvents,
)
from orders.api.order_sizes import OrderSizesCollection
from orders.api.orders import OrderCancel, OrderCollection, OrderDetail
from orders.api.overrides import OrderOverride
from orders.api.positions import (
    ExchangeRateCollection,
    PositionCollection,
    PositionDetail,
    PositionLots,
)
from orders.api.throttles import ThrottleResetCollection
from orders.api.trading_states import AccountStateView, InstrumentStateView, MarketStateView

app_name = "orders"
urlpatterns = [
    path("orders", OrderCollection.as_view(), name="orders"),
    path("orders/preview", OrderPreview.as_view(), name="order_preview"),
    path("orders/<uuid:order_id>", OrderDetail.as_view(), name="order"),
    path("orders/<uuid:order_id>/cancel", OrderCancel.as_view(), name="order_cancel"),
    path("orders/<uuid:order_id>/answers", OrderAnswers.as_view(), name="order_answers"),
    path("orders/<uuid:order_id>/decisions", OrderDecisions.as_view(), name="order_decisions"),
    path("orders/<uuid:order_id>/events", OrderEvents.as_view(), name="order_events"),
    path("order_sizes", OrderSizesCollection.as_view(), name="order_sizes"),
    path("kill_switches", KillSwitchCollection.as_view(), name="kill_switches"),
    path("kill_switches/<uuid:kill_switch_id>", KillSwitchDetail.as_view(), name="kill_switch"),
    path("kill_switches/<uuid:kill_switch_id>/orders", KillSwitchOrders.as_view(), name="kill_switch_orders"),
    path("orders/<uuid:order_id>/override", OrderOverride.as_view(), name="order_override"),
    path("positions", PositionCollection.as_view(), name="positions"),
    path("positions/<uuid:position_id>", PositionDetail.as_view(), name="position"),
    path("positions/<uuid:position_id>/lots", PositionLots.as_view(), name="position_lots"),
    path("limits/<uuid:limit_id>/reset", ThrottleResetCollection.as_view(), name="limit_reset"),
    path("exchange_rates", ExchangeRateCollection.as_view(), name="exchange_rates"),
    path("exposures", ExposureCollection.as_view(), name="exposures"),
    path("cash_movements", CashMovementCollection.as_view(), name="cash_movements"),
    path("instruments", InstrumentCollection.as_view(), name="instruments"),
    path("accounts", AccountCollection.as_view(), name="accounts"),
    path("instruments/<str:symbol>/state", InstrumentStateView.as_view(), name="instrument_state"),
    path("markets/<str:mic>/state", MarketStateView.as_view(), name="market_state"),
    path("accounts/<str:code>/state", AccountStateView.as_view(), name="account_state"),
]
