"""The tables of execution. Private to this app."""

from execution.models.bar import Bar
from execution.models.daily_bar import DailyBar
from execution.models.market_data import MarketDataLoad, MarketDataVersion
from execution.models.quote import Quote
from execution.models.run import Run, Slice
from execution.models.trade import Trade
from execution.models.trigger import Trigger
from execution.models.venue import RoutingRule, Venue
from execution.models.venue_break import VenueBreak
from execution.models.venue_order import VenueOrder, VenueReport

__all__ = [
    "Bar",
    "DailyBar",
    "MarketDataLoad",
    "MarketDataVersion",
    "Quote",
    "RoutingRule",
    "Run",
    "Slice",
    "Trade",
    "Trigger",
    "Venue",
    "VenueBreak",
    "VenueOrder",
    "VenueReport",
]
