"""Market data: what a day's regular session came to."""

from django.db import models
from django.db.models import Q

from orders.models.fields import price_field


class DailyBar(models.Model):
    """What the minute bars of one regular session say together. Derived: loading bars writes it anew.

    `day` is the market's own date, `close` the close of the session's last bar in the instrument's currency, `volume`
    the units traded in the session. Minutes before and after it do not count.
    """

    pk = models.CompositePrimaryKey("instrument_id", "day")
    instrument = models.ForeignKey(
        "orders.Instrument", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    day = models.DateField()
    close = price_field()
    volume = models.DecimalField(max_digits=24, decimal_places=8)

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(name="daily_bar_known", condition=Q(close__gt=0, volume__gte=0))
        ]


DERIVE = """
    INSERT INTO execution_dailybar (instrument_id, day, close, volume)
    SELECT session.instrument_id, session.day, last.close, whole.volume
    FROM unnest(%s::uuid[], %s::date[], %s::timestamptz[], %s::timestamptz[])
        AS session(instrument_id, day, opens, closes)
    CROSS JOIN LATERAL (
        SELECT close FROM execution_bar
        WHERE instrument_id = session.instrument_id AND start >= session.opens AND start < session.closes
        ORDER BY start DESC LIMIT 1
    ) AS last
    CROSS JOIN LATERAL (
        SELECT sum(volume) AS volume FROM execution_bar
        WHERE instrument_id = session.instrument_id AND start >= session.opens AND start < session.closes
    ) AS whole
    ON CONFLICT (instrument_id, day) DO UPDATE SET close = EXCLUDED.close, volume = EXCLUDED.volume
"""
"""SQL that writes the days of sessions anew: instruments, days, opens and closes as arrays of the same length. A
session without a minute has no day."""
