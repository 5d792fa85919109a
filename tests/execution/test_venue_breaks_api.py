"""Breaks with the venue in the API and on the Operations page: seen with their age, closed once with a reason."""

from uuid import uuid4

import pytest
from django.urls import reverse

from execution.models import VenueBreak, VenueOrder
from execution.models.run import Slice
from orders.kernel.clock import recorded_now
from orders.models import Order
from orders.permissions import SETTLE_OPERATIONS, VIEW_OPERATIONS, VIEW_ORDERS
from tests.execution.replay import Replay
from tests.orders.api.conftest import client_of
from tests.sign_in import sign_in
from tests.world import World, in_role, person, visible_text

URL = "/api/v1/venue_breaks"
WHY = {"reason": "the venue confirmed it by phone"}
