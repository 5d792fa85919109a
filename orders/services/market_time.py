"""Set the market clock for a replay."""

from datetime import datetime
from decimal import Decimal

from django.conf import settings

from orders.errors import ReplayRefused
from orders.events import MarketClockSet
from orders.hooks import publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.transactions import service
from orders.models import MarketTime


@service
def set_market_clock(
    *, actor: Actor, anchor: datetime, speed: Decimal = Decimal(1), paused: bool = False
) -> MarketTime:
    """Let market time be `anchor` from now on, running `speed` times as fast as real time.

    Raises ReplayRefused on production settings, where the market's time is real time.
    """
    now = recorded_now()
    if not settings.REPLAY_ALLOWED and (anchor, speed, paused) != (now, 1, False):
        raise ReplayRefused("market time is real time on a production system")
    row = MarketTime.objects.select_for_update().get()
    row.anchor, row.wall_anchor, row.speed, row.paused = anchor, now, speed, paused
    row.version += 1
    row.save()
    publish(
        MarketClockSet(
            actor=actor,
            object_id=str(row.pk),
            revision=row.version,
            market_time=anchor,
            anchor=anchor,
            speed=speed,
            paused=paused,
        )
    )
    return row
