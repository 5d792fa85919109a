"""Venue orders name the model by which the venue fills them; of those before it is not known."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("execution", "0008_quote_sizes")]

    operations = [
        migrations.AddField("venueorder", "fill_model", models.CharField(blank=True, max_length=16)),
    ]
