"""The tables of execution. Private to this app."""

from execution.models.bar import Bar
from execution.models.run import Run, Slice
from execution.models.trigger import Trigger
from execution.models.venue_order import VenueOrder, VenueReport

__all__ = ["Bar", "Run", "Slice", "Trigger", "VenueOrder", "VenueReport"]
