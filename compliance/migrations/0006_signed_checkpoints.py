"""Checkpoints as signed notes, append-only like the rest of the log."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Now

from orders.kernel.guards import append_only


class Migration(migrations.Migration):
    dependencies = [("compliance", "0005_doors_and_search")]
    operations = [
        migrations.CreateModel(
            name="SignedCheckpoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("note", models.TextField()),
                ("recorded_at", models.DateTimeField(db_default=Now())),
                (
                    "checkpoint",
                    models.ForeignKey(
                        db_column="tree_size",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="compliance.checkpoint",
                    ),
                ),
            ],
            options={"ordering": ("id",), "default_permissions": ()},
        ),
        append_only("compliance_signedcheckpoint"),
    ]
