"""Exchange rates for tests, recorded by someone who may."""

from datetime import datetime
from decimal import Decimal

from orders import services
from orders.currencies.rates import Rate
from orders.kernel.context import Actor
from orders.models import User
from orders.permissions import RECORD_RATES, VIEW_ORDERS
from tests.world import NOON, World, person


def recorder(world: World) -> Actor:
    """A person who may record rates."""
    if User.objects.filter(username="recorder").exists():
        return Actor("recorder", world.trader.door, User.objects.get(username="recorder").pk)
    return person("recorder", world.firm, (RECORD_RATES, VIEW_ORDERS))


def record(world: World, pair: str, rate: str, *, at: datetime = NOON, source: str = "ECB") -> None:
    base, quote = pair.split("/")
    services.record_rates(actor=recorder(world), rates=[Rate(base, quote, Decimal(rate), at, source)])
