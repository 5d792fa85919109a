"""A case keeps whose orders and limits it tells of, as rights may be taken back, and when it is tried again."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0011_cases"),
    ]

    operations = [
        migrations.AddField("case", "order_accounts", ArrayField(models.UUIDField(), default=list)),
        migrations.AddField("case", "limit_accounts", ArrayField(models.UUIDField(), default=list)),
        migrations.AddField("case", "retry_at", models.DateTimeField(null=True)),
    ]
