"""What is counted at the sign-in."""

from django.db import migrations, models

from orders.kernel.guards import deletable


class Migration(migrations.Migration):
    dependencies = [("compliance", "0012_case_rights")]
    operations = [
        migrations.CreateModel(
            name="SignInTally",
            fields=[
                ("subject", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("began_at", models.DateTimeField()),
                ("failures", models.PositiveIntegerField()),
                ("locks", models.PositiveSmallIntegerField(default=0)),
                ("locked_until", models.DateTimeField(null=True)),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("locked_until", None), ("locks__gt", 0), _connector="OR"),
                        name="sign_in_tally_locks",
                    )
                ],
            },
        ),
        deletable("compliance_signintally"),
    ]
