"""What rows of market data have in common: a version, and since when it is known."""

from django.db import models
from django.db.models import Func


class TransactionTime(Func):
    """The recorded time of the transaction that writes a row: PostgreSQL's own clock, real UTC."""

    function = "transaction_timestamp"
    output_field = models.DateTimeField()


class Restated(models.Model):
    """A row of market data, partitioned by month. Only a correction changes it, and what it said before is kept.

    `recorded_at` is the recorded time from which the `version` is known; 1970-01-01 for rows from before versions were
    kept. The trigger `keep_version` counts the version and keeps the older one (MarketDataVersion).
    """

    version = models.SmallIntegerField(db_default=1)
    recorded_at = models.DateTimeField(db_default=TransactionTime())

    class Meta:
        abstract = True
