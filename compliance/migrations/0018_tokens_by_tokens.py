"""A token says by which other it was made, so that it does not outlive that one's revocation."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("compliance", "0017_sign_in")]
    operations = [
        migrations.AddField(
            "apitoken",
            "made_by",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="made",
                to="compliance.apitoken",
                to_field="id",
            ),
        ),
    ]
