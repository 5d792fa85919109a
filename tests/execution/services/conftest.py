"""Fixtures of the services of execution."""

import pytest

from orders.kernel.context import Actor
from orders.permissions import ENGAGE_KILL_SWITCH, VIEW_ORDERS
from tests.world import World, person


@pytest.fixture
def officer(world: World) -> Actor:
    """Engages kill switches anywhere in the firm."""
    return person("officer", world.firm, (VIEW_ORDERS, ENGAGE_KILL_SWITCH))
