"""Exchange rates, as somebody told them."""

from django.db import models
from django.db.models import F, Q

from orders.kernel.ids import new_id
from orders.models.fields import rate_field


class ExchangeRate(models.Model):
    """One unit of `base` is worth `rate` units of `quote` (ISO 4217) at `market_time`, as `source` says.

    Never changed: a later row for the same moment stands in the place of an earlier one.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    base = models.CharField(max_length=3)
    quote = models.CharField(max_length=3)
    rate = rate_field()
    market_time = models.DateTimeField()
    recorded_at = models.DateTimeField()
    source = models.CharField(max_length=64)

    class Meta:
        ordering = ("-id",)
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["base", "quote", "-market_time", "-recorded_at"], name="exchange_rate_by_time"
            )
        ]
        constraints = [
            models.CheckConstraint(name="exchange_rate_base_form", condition=Q(base__regex=r"^[A-Z]{3}$")),
            models.CheckConstraint(name="exchange_rate_quote_form", condition=Q(quote__regex=r"^[A-Z]{3}$")),
            models.CheckConstraint(name="exchange_rate_two_currencies", condition=~Q(base=F("quote"))),
            models.CheckConstraint(name="exchange_rate_positive", condition=Q(rate__gt=0)),
            models.CheckConstraint(name="exchange_rate_has_source", condition=~Q(source="")),
        ]
