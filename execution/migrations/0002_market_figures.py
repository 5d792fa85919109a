"""Quotes, and daily bars derived from the minute bars that are there."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from execution.models.daily_bar import DERIVE
from execution.session import sessions_around
from orders.errors import MarketWithoutCalendar
from orders.kernel.guards import append_only

_DAYS_WITH_BARS = """
    SELECT DISTINCT instrument.id, instrument.mic, (bar.start AT TIME ZONE 'UTC')::date
    FROM execution_bar AS bar JOIN orders_instrument AS instrument ON instrument.id = bar.instrument_id
"""


def _derive(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    sessions = set()
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(_DAYS_WITH_BARS)
        for instrument_id, mic, utc_date in cursor.fetchall():
            try:
                around = sessions_around(utc_date, mic)
            except MarketWithoutCalendar:
                continue  # no day is known for it, and it takes no orders
            sessions.update((instrument_id, each.day, each.open, each.close) for each in around)
        if sessions:
            cursor.execute(DERIVE, [list(column) for column in zip(*sorted(sessions), strict=True)])


class Migration(migrations.Migration):
    dependencies = [
        ("execution", "0001_initial"),
        ("orders", "0004_limits"),
    ]

    operations = [
        migrations.CreateModel(
            name="DailyBar",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "instrument_id",
                        "day",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("day", models.DateField()),
                ("close", models.DecimalField(decimal_places=8, max_digits=20)),
                ("volume", models.DecimalField(decimal_places=8, max_digits=24)),
                (
                    "instrument",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.instrument",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("close__gt", 0), ("volume__gte", 0)), name="daily_bar_known"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Quote",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "instrument_id", "at", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("at", models.DateTimeField()),
                ("bid", models.DecimalField(decimal_places=8, max_digits=20)),
                ("ask", models.DecimalField(decimal_places=8, max_digits=20)),
                (
                    "instrument",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.instrument",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("bid__gt", 0), ("bid__lte", models.F("ask"))),
                        name="quote_not_crossed",
                    )
                ],
            },
        ),
        append_only("execution_quote"),
        migrations.RunPython(_derive, migrations.RunPython.noop),
    ]
