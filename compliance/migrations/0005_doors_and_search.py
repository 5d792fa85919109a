"""How often somebody was refused lately, and what a search of the log goes by."""

import django.db.models.deletion
from django.db import migrations, models

from orders.kernel.guards import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0004_event_plugins"),
    ]

    operations = [
        migrations.CreateModel(
            name="RefusalTally",
            fields=[
                ("subject", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("began_at", models.DateTimeField()),
                ("recorded", models.PositiveIntegerField()),
                ("left_out", models.PositiveBigIntegerField(default=0)),
                ("left_out_since", models.DateTimeField(null=True)),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("left_out", 0), ("left_out_since", None)),
                            models.Q(("left_out__gt", 0), ("left_out_since__isnull", False)),
                            _connector="OR",
                        ),
                        name="refusal_tally_left_out_since",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                (
                    "leaf",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="found",
                        serialize=False,
                        to="compliance.leaf",
                    ),
                ),
                ("sequence", models.PositiveBigIntegerField(unique=True)),
                ("object_type", models.CharField(max_length=32)),
                ("object_id", models.CharField(max_length=64)),
                ("action", models.CharField(max_length=64)),
                ("actor", models.CharField(max_length=64)),
                ("correlation_id", models.CharField(max_length=64)),
                ("recorded_at", models.DateTimeField()),
                ("account_id", models.UUIDField(null=True)),
            ],
            options={
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["recorded_at", "leaf"], name="search_by_time"),
                    models.Index(fields=["object_id", "recorded_at", "leaf"], name="search_by_object"),
                    models.Index(fields=["object_type", "recorded_at", "leaf"], name="search_by_type"),
                    models.Index(fields=["action", "recorded_at", "leaf"], name="search_by_action"),
                    models.Index(fields=["actor", "recorded_at", "leaf"], name="search_by_actor"),
                    models.Index(
                        fields=["correlation_id", "recorded_at", "leaf"], name="search_by_correlation"
                    ),
                    models.Index(
                        condition=models.Q(("account_id__isnull", False)),
                        fields=["account_id", "recorded_at", "leaf"],
                        name="search_by_account",
                    ),
                ],
            },
        ),
        append_only("compliance_searchentry"),
    ]
