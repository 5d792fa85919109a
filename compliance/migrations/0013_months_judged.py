"""What verification asks of an archived month, whose partition the application cannot read."""

from django.db import migrations

from compliance.models import leaf_partitions


class Migration(migrations.Migration):
    dependencies = [("compliance", "0012_case_rights")]
    operations = [
        migrations.RunSQL(leaf_partitions.SET_APART, "DROP FUNCTION qtweb_leaves_with_entries"),
    ]
