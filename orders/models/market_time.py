"""The row that says where the market's clock stands."""

from decimal import Decimal

from django.db import models

from orders.kernel.clock import MarketClock


class MarketTime(models.Model):
    """One row for the whole system; see orders.kernel.clock.MarketClock for what the columns mean."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    anchor = models.DateTimeField()
    wall_anchor = models.DateTimeField()
    speed = models.DecimalField(max_digits=8, decimal_places=2, default=Decimal(1))
    paused = models.BooleanField(default=False)
    version = models.PositiveBigIntegerField(default=1)

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(name="market_time_is_one_row", condition=models.Q(id=1)),
            models.CheckConstraint(name="market_time_speed_positive", condition=models.Q(speed__gt=0)),
        ]

    def clock(self) -> MarketClock:
        """Return the clock that this row describes."""
        return MarketClock(self.anchor, self.wall_anchor, self.speed, self.paused)
