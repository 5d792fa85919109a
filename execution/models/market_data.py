"""Market data: what was loaded, and what was said before a correction."""

from django.db import models
from django.db.models import Q

from execution.models.restated import TransactionTime
from orders.kernel.ids import new_id


class MarketDataLoad(models.Model):
    """One load of bars, quotes or trades, or one correction of them, which has a `reason`. Append-only.

    `source` is the file's name and `sha256` its digest, both empty for rows that came from a program. `count` rows were
    read, of which `corrected` changed what was there. `recorded_at` is the same moment in the load's rows.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=8)
    source = models.CharField(max_length=255, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    count = models.BigIntegerField()
    corrected = models.BigIntegerField()
    symbols = models.JSONField()
    first = models.DateTimeField()
    last = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=200)
    market_time = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=TransactionTime())

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="load_corrects_for_a_reason", condition=Q(corrected=0) | ~Q(reason="")
            )
        ]


class MarketDataVersion(models.Model):
    """What a row of market data said before the correction `load`. Append-only; the trigger `keep_version` writes it.

    `values` are the row's columns besides its key; they were known from `recorded_at` until `superseded_at` (recorded
    time). `trade_id` is empty but for trades.
    """

    pk = models.CompositePrimaryKey("kind", "instrument_id", "at", "trade_id", "version")
    kind = models.CharField(max_length=8)
    instrument = models.ForeignKey(
        "orders.Instrument", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    trade_id = models.CharField(max_length=64, blank=True)
    version = models.SmallIntegerField()
    values = models.JSONField()
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField()
    load = models.ForeignKey(MarketDataLoad, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["load"], name="version_of_load")]
