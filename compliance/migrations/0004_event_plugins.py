"""Subscriptions of event plugins, and every event that each of them is told."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import orders.kernel.ids


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0003_approvals_by_scope"),
    ]

    operations = [
        migrations.CreateModel(
            name="EventSubscription",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=64, unique=True)),
                ("plugin", models.CharField(max_length=64)),
                (
                    "events",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=64), size=None
                    ),
                ),
                ("parameters", models.JSONField()),
                ("next_sequence", models.PositiveBigIntegerField()),
                ("delivery_count", models.PositiveBigIntegerField(default=0)),
                ("stopped_at", models.DateTimeField(null=True)),
                ("stopped_because", models.CharField(blank=True, max_length=300)),
                ("version", models.PositiveIntegerField(default=1)),
                ("recorded_at", models.DateTimeField()),
            ],
            options={
                "ordering": ("name",),
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("stopped_at", None), ("stopped_because", "")),
                            models.Q(
                                ("stopped_at__isnull", False),
                                models.Q(("stopped_because", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="event_subscription_stopped_for_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("events__len__gt", 0)), name="event_subscription_hears_something"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EventDelivery",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "waiting"), ("delivered", "delivered"), ("parked", "parked")],
                        default="waiting",
                        max_length=9,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("next_attempt_at", models.DateTimeField(null=True)),
                ("last_error", models.CharField(blank=True, max_length=300)),
                ("delivered_at", models.DateTimeField(null=True)),
                ("parked_at", models.DateTimeField(null=True)),
                (
                    "entry",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="compliance.treeentry",
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="compliance.eventsubscription",
                    ),
                ),
            ],
            options={
                "ordering": ("id",),
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["subscription", "next_attempt_at"],
                        name="event_delivery_due",
                    ),
                    models.Index(
                        condition=models.Q(("state", "parked")),
                        fields=["subscription", "id"],
                        name="event_delivery_parked",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("subscription", "entry"), name="event_delivery_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("delivered_at", None),
                                ("next_attempt_at__isnull", False),
                                ("parked_at", None),
                                ("state", "waiting"),
                            ),
                            models.Q(
                                ("delivered_at__isnull", False),
                                ("next_attempt_at", None),
                                ("parked_at", None),
                                ("state", "delivered"),
                            ),
                            models.Q(
                                ("delivered_at", None),
                                ("next_attempt_at", None),
                                ("parked_at__isnull", False),
                                ("state", "parked"),
                            ),
                            _connector="OR",
                        ),
                        name="event_delivery_state_said_once",
                    ),
                ],
            },
        ),
    ]
