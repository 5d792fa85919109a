"""Indexes for what pre-trade risk counts; those of the foreign keys that they begin with go."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models.fields.json import KT

_OPEN = [
    "done_for_day",
    "new",
    "partially_filled",
    "pending_cancel",
    "pending_new",
    "pending_replace",
    "stopped",
]
_BY_ALGORITHM = ~models.Q(instruction__contains={"name": "direct"})


def _without_index_of_its_own(model: str, name: str, to: str) -> migrations.AlterField:
    key = models.ForeignKey(
        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=to
    )
    return migrations.AlterField(model_name=model, name=name, field=key)


# Taking the index of a foreign key away, Django takes every index on its column that is no Index of the model:
# also that of a unique constraint with a condition (AlterField looks indexes up by column).
_ONE_CANCEL_OUTSTANDING = migrations.RunSQL(
    sql="""
        CREATE UNIQUE INDEX IF NOT EXISTS request_one_cancel_outstanding ON orders_orderrequest (order_id)
        WHERE kind = 'cancel' AND state IN ('received', 'pending')
    """,
    reverse_sql=migrations.RunSQL.noop,
)


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0006_kill_switch"),
    ]

    operations = [
        migrations.AddIndex(
            "order", models.Index(fields=["account", "recorded_at"], name="order_recent_of_account")
        ),
        migrations.AddIndex(
            "order", models.Index(fields=["placed_by", "recorded_at"], name="order_recent_of_trader")
        ),
        migrations.AddIndex(
            "order", models.Index(fields=["instrument", "recorded_at"], name="order_recent_in_instrument")
        ),
        migrations.AddIndex(
            "order",
            models.Index(
                fields=["instrument", "side", "limit_price"],
                name="order_open_in_instrument",
                condition=models.Q(status__in=_OPEN),
            ),
        ),
        migrations.AddIndex(
            "order",
            models.Index(
                KT("instruction__name"),
                models.F("account"),
                models.F("recorded_at"),
                name="order_algorithm_of_account",
                condition=_BY_ALGORITHM,
            ),
        ),
        migrations.AddIndex(
            "order",
            models.Index(
                KT("instruction__name"),
                models.F("placed_by"),
                models.F("recorded_at"),
                name="order_algorithm_of_trader",
                condition=_BY_ALGORITHM,
            ),
        ),
        migrations.AddIndex(
            "orderrequest",
            models.Index(fields=["account", "recorded_at"], name="request_recent_of_account"),
        ),
        migrations.AddIndex("orderrequest", models.Index(fields=["recorded_at"], name="request_recent")),
        migrations.AddIndex(
            "orderrequest",
            models.Index(
                fields=["order"],
                name="request_replace_outstanding",
                condition=models.Q(kind="replace", state__in=["received", "pending"]),
            ),
        ),
        _without_index_of_its_own("order", "account", "orders.account"),
        _without_index_of_its_own("order", "instrument", "orders.instrument"),
        _without_index_of_its_own("order", "placed_by", settings.AUTH_USER_MODEL),
        _without_index_of_its_own("orderrequest", "account", "orders.account"),
        _without_index_of_its_own("orderrequest", "order", "orders.order"),
        _ONE_CANCEL_OUTSTANDING,
    ]
