"""Reconciliation: where a venue's record and ours disagree, and reports that wait for an execution."""

import django.db.models.deletion
from django.db import migrations, models

import execution.venues.differences
import orders.kernel.ids


class Migration(migrations.Migration):
    dependencies = [
        ("execution", "0006_market_data"),
    ]

    operations = [
        migrations.CreateModel(
            name="VenueBreak",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("execution_missing", "execution missing"),
                            ("execution_unknown", "execution unknown"),
                            ("execution_differs", "execution differs"),
                            ("quantity", "quantity"),
                            ("status", "status"),
                            ("order_unknown", "order unknown"),
                            ("not_understood", "not understood"),
                        ],
                        max_length=20,
                    ),
                ),
                ("subject", models.CharField(blank=True, max_length=1000)),
                ("ours", models.CharField(max_length=64)),
                ("venues", models.CharField(max_length=64)),
                ("detail", models.CharField(blank=True, max_length=300)),
                ("first_seen_at", models.DateTimeField()),
                ("last_seen_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("is_mended", models.BooleanField(default=False)),
                ("reason", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "ordering": ("id",),
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="venueorder",
            name="reconciled_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="venuereport",
            name="waits_for",
            field=models.CharField(max_length=1000, null=True),
        ),
        migrations.AddIndex(
            model_name="venueorder",
            index=models.Index(
                condition=models.Q(("reconciled_at", None)), fields=["id"], name="venue_order_unreconciled"
            ),
        ),
        migrations.AddField(
            model_name="venuebreak",
            name="venue_order",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="execution.venueorder"
            ),
        ),
        migrations.AddIndex(
            model_name="venuebreak",
            index=models.Index(
                condition=models.Q(("closed_at", None)), fields=["id"], name="venue_break_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="venuebreak",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at", None)),
                fields=("venue_order", "kind", "subject"),
                name="venue_break_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="venuebreak",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            execution.venues.differences.DifferenceKind["EXECUTION_MISSING"],
                            execution.venues.differences.DifferenceKind["EXECUTION_UNKNOWN"],
                            execution.venues.differences.DifferenceKind["EXECUTION_DIFFERS"],
                            execution.venues.differences.DifferenceKind["QUANTITY"],
                            execution.venues.differences.DifferenceKind["STATUS"],
                            execution.venues.differences.DifferenceKind["ORDER_UNKNOWN"],
                            execution.venues.differences.DifferenceKind["NOT_UNDERSTOOD"],
                        ],
                    )
                ),
                name="venue_break_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="venuebreak",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at", None), ("is_mended", False), ("reason", "")),
                    models.Q(("closed_at__isnull", False), ("is_mended", True), ("reason", "")),
                    models.Q(
                        ("closed_at__isnull", False),
                        ("is_mended", False),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="venue_break_closed_by_agreement_or_reason",
            ),
        ),
        # What had ended before there was a comparison is not compared by the timer.
        migrations.RunSQL(
            "UPDATE execution_venueorder SET reconciled_at = recorded_at"
            " WHERE status IN ('filled', 'canceled', 'rejected', 'expired')",
            migrations.RunSQL.noop,
        ),
    ]
