"""Algorithms that look again: when, why, within which time, under which parameters, and whether a person holds them."""

from django.db import migrations, models

from execution.models.run import UNDER_WAY, RunState


class Migration(migrations.Migration):
    dependencies = [
        ("execution", "0003_kill_switch"),
        ("orders", "0013_limit_samples"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="run", name="run_to_close"),
        migrations.RemoveConstraint(model_name="run", name="run_state_known"),
        migrations.RenameField(model_name="run", old_name="session_close", new_name="works_until"),
        migrations.AddField("run", "parameters_revision", models.PositiveIntegerField(default=1)),
        migrations.AddField("run", "paused_at", models.DateTimeField(null=True)),
        migrations.AddField("run", "review_at", models.DateTimeField(null=True)),
        migrations.AddField("run", "why", models.CharField(blank=True, max_length=20)),
        migrations.AlterField(
            model_name="run",
            name="state",
            field=models.CharField(
                choices=[(str(state), str(state).replace("_", " ")) for state in RunState],
                default=RunState.NEW,
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                condition=models.Q(("state__in", sorted(UNDER_WAY))),
                fields=["works_until"],
                name="run_to_close",
            ),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                condition=models.Q(("state", RunState.WORKING)), fields=["review_at"], name="run_to_review"
            ),
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", list(RunState))), name="run_state_known"
            ),
        ),
    ]
