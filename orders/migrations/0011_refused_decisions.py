"""The way to the decisions that refused: a list of them is read along when they were recorded."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0010_checks_in_functions"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="riskdecision",
            index=models.Index(
                condition=models.Q(("is_admitted", False)),
                fields=["recorded_at", "id"],
                name="decision_refused",
            ),
        ),
    ]
