"""The way to the limits that are nobody's in particular: every admission looks for them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0008_trading_states"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="limit",
            index=models.Index(
                condition=models.Q(
                    ("account", None), ("desk", None), ("ended_at", None), ("firm", None), ("trader", None)
                ),
                fields=["instrument", "asset_class"],
                name="limit_without_holder",
            ),
        ),
    ]
