"""Which accounts each month of the log concerns. The integrator reads a log that is there from its first entry on."""

import django.db.models.deletion
from django.db import migrations, models

from orders.kernel.guards import append_only


class Migration(migrations.Migration):
    dependencies = [("compliance", "0014_months_judged")]
    operations = [
        migrations.CreateModel(
            name="AccountMonth",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id",
                        "month_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("account_id", models.UUIDField()),
                (
                    "month",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="compliance.leafmonth",
                    ),
                ),
            ],
            options={"default_permissions": ()},
        ),
        migrations.CreateModel(
            name="AccountReading",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(
                        default=1, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("entries", models.PositiveBigIntegerField(default=0)),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="account_reading_one_row")
                ],
            },
        ),
        append_only("compliance_accountmonth"),
        migrations.RunSQL(
            "INSERT INTO compliance_accountreading (id, entries) VALUES (1, 0)", migrations.RunSQL.noop
        ),
    ]
