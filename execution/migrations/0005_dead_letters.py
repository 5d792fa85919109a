"""Reports may be discarded; dead letters of every kind are found by an index, however long the tables are."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("execution", "0004_algorithms"),
        ("orders", "0014_settle_operations"),
    ]

    operations = [
        migrations.AddField(
            model_name="venuereport",
            name="discarded_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                condition=models.Q(("dead_lettered_at__isnull", False)), fields=["id"], name="run_dead"
            ),
        ),
        migrations.AddIndex(
            model_name="venueorder",
            index=models.Index(
                condition=models.Q(("dead_lettered_at__isnull", False)),
                fields=["id"],
                name="venue_order_dead",
            ),
        ),
        migrations.AddIndex(
            model_name="venuereport",
            index=models.Index(
                condition=models.Q(("dead_lettered_at__isnull", False)),
                fields=["id"],
                name="venue_report_dead",
            ),
        ),
    ]
