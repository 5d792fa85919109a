"""Places outside the database and what they signed; the continuous verification's one row."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from orders.kernel.guards import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0006_signed_checkpoints"),
    ]

    operations = [
        migrations.CreateModel(
            name="LogWatchStanding",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(
                        default=1, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("watched_at", models.DateTimeField()),
                ("verified_size", models.PositiveBigIntegerField(default=0)),
                ("whole_size", models.PositiveBigIntegerField(null=True)),
                ("whole_root", models.BinaryField(max_length=32, null=True)),
                ("whole_at", models.DateTimeField(null=True)),
                ("whole_took_ms", models.PositiveIntegerField(null=True)),
                ("broken_at", models.DateTimeField(null=True)),
                ("broken_what", models.CharField(blank=True, max_length=300)),
                ("broken_sequence", models.PositiveBigIntegerField(null=True)),
                ("broken_leaf_id", models.BigIntegerField(null=True)),
                ("broken_object", models.CharField(blank=True, max_length=100)),
                ("version", models.PositiveIntegerField(default=0)),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="log_watch_one_row"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("whole_at", None),
                                ("whole_root", None),
                                ("whole_size", None),
                                ("whole_took_ms", None),
                            ),
                            models.Q(
                                ("whole_at__isnull", False),
                                ("whole_root__isnull", False),
                                ("whole_size__isnull", False),
                                ("whole_took_ms__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="log_watch_whole_said_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("broken_at", None), ("broken_what", "")),
                            models.Q(
                                ("broken_at__isnull", False), models.Q(("broken_what", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="log_watch_broken_said_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OutsideCopy",
            fields=[
                ("name", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=16)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("agrees", "agrees"),
                            ("silent", "silent"),
                            ("differs", "differs"),
                            ("withdrawn", "withdrawn"),
                        ],
                        max_length=9,
                    ),
                ),
                ("detail", models.CharField(blank=True, max_length=300)),
                ("tree_size", models.PositiveBigIntegerField(null=True)),
                ("since", models.DateTimeField()),
                ("checked_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "ordering": ("name",),
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["agrees", "silent", "differs", "withdrawn"])),
                        name="outside_copy_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["agrees", "withdrawn"]),
                            models.Q(("detail", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="outside_copy_says_what_is_wrong",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Cosignature",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("witness", models.CharField(max_length=64)),
                ("line", models.TextField()),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "checkpoint",
                    models.ForeignKey(
                        db_column="tree_size",
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="compliance.checkpoint",
                    ),
                ),
            ],
            options={
                "ordering": ("id",),
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(fields=("checkpoint", "witness"), name="cosignature_once")
                ],
            },
        ),
        append_only("compliance_cosignature"),
    ]
