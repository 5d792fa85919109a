"""An order as one table."""

from django.db import models


class PlainOrder(models.Model):
    client_order_id = models.CharField(max_length=64, unique=True)
    account = models.CharField(max_length=32)
    symbol = models.CharField(max_length=32)
    side = models.CharField(max_length=4)
    type = models.CharField(max_length=12)
    time_in_force = models.CharField(max_length=3)
    quantity = models.DecimalField(max_digits=24, decimal_places=8)
    limit_price = models.DecimalField(max_digits=24, decimal_places=8, null=True)
    status = models.CharField(max_length=16, default="new")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.client_order_id
