"""A new month of market data gets the statement triggers of its table, whoever put them there."""

from django.db import migrations

from execution.models.months import MONTH, MONTH_AS_ITS_TABLE


class Migration(migrations.Migration):
    dependencies = [("execution", "0010_several_venues")]
    operations = [migrations.RunSQL(MONTH_AS_ITS_TABLE, MONTH)]
