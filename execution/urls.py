"""The addresses of execution, below /api/v1/."""

from django.urls import path

from execution.api.algorithms import AlgorithmCollection
from execution.api.costs import CostsCollection, OrderCosts
from execution.api.dead_letters import DeadLetterCollection, DeadLetterDiscard, DeadLetterRetry
from execution.api.market_data import MarketDataBars, MarketDataFigures, MarketDataLoads, MarketDataReport
from execution.api.plan import PlannedOrder
from execution.api.run import OrderRun, RunPause, RunResume
from execution.api.slices import OrderSlices
from execution.api.trigger import OrderTrigger
from execution.api.venue_breaks import VenueBreakCollection, VenueBreakSettle
from execution.api.venues import VenueCollection

app_name = "execution"
urlpatterns = [
    path("orders/plan", PlannedOrder.as_view(), name="order_plan"),
    path("orders/<uuid:order_id>/slices", OrderSlices.as_view(), name="order_slices"),
    path("orders/<uuid:order_id>/run", OrderRun.as_view(), name="order_run"),
    path("orders/<uuid:order_id>/run/pause", RunPause.as_view(), name="run_pause"),
    path("orders/<uuid:order_id>/run/resume", RunResume.as_view(), name="run_resume"),
    path("orders/<uuid:order_id>/trigger", OrderTrigger.as_view(), name="order_trigger"),
    path("orders/<uuid:order_id>/costs", OrderCosts.as_view(), name="order_costs"),
    path("costs", CostsCollection.as_view(), name="costs"),
    path("dead_letters", DeadLetterCollection.as_view(), name="dead_letters"),
    path("dead_letters/<uuid:letter_id>/retry", DeadLetterRetry.as_view(), name="dead_letter_retry"),
    path("dead_letters/<uuid:letter_id>/discard", DeadLetterDiscard.as_view(), name="dead_letter_discard"),
    path("market_data/figures", MarketDataFigures.as_view(), name="market_data_figures"),
    path("market_data/report", MarketDataReport.as_view(), name="market_data_report"),
    path("market_data/bars", MarketDataBars.as_view(), name="market_data_bars"),
    path("market_data/loads", MarketDataLoads.as_view(), name="market_data_loads"),
    path("venues", VenueCollection.as_view(), name="venues"),
    path("venue_breaks", VenueBreakCollection.as_view(), name="venue_breaks"),
    path("venue_breaks/<uuid:break_id>/settle", VenueBreakSettle.as_view(), name="venue_break_settle"),
    path("algorithms", AlgorithmCollection.as_view(), name="algorithms"),
]
