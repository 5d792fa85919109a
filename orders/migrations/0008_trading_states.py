"""Who halted or resumed what: append-only."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import orders.kernel.ids
from orders.kernel.guards import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0007_recent_activity"),
    ]

    operations = [
        migrations.CreateModel(
            name="TradingStateChange",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("before", models.CharField(max_length=16)),
                ("after", models.CharField(max_length=16)),
                ("reason", models.CharField(max_length=200)),
                ("market_time", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.account",
                    ),
                ),
                (
                    "changed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "instrument",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.instrument",
                    ),
                ),
                (
                    "market",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.market",
                    ),
                ),
            ],
            options={
                "ordering": ("-id",),
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("account", None), ("instrument__isnull", False), ("market", None)),
                            models.Q(("account", None), ("instrument", None), ("market__isnull", False)),
                            models.Q(("account__isnull", False), ("instrument", None), ("market", None)),
                            _connector="OR",
                        ),
                        name="trading_state_change_of_one",
                    )
                ],
            },
        ),
        append_only("orders_tradingstatechange"),
    ]
