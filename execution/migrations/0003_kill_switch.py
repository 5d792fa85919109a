"""Runs that were stopped are found by an index: their requests may wait to be answered."""

from django.db import migrations, models

import execution.models.run


class Migration(migrations.Migration):
    dependencies = [
        ("execution", "0002_market_figures"),
        ("orders", "0006_kill_switch"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                condition=models.Q(("state", execution.models.run.RunState["STOPPING"])),
                fields=["id"],
                name="run_stopping",
            ),
        ),
    ]
