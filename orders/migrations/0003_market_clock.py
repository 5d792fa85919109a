"""The market clock runs with real time until a replay anchors it elsewhere."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_guards")]
    operations = [
        migrations.RunSQL(
            sql="""
                INSERT INTO orders_markettime (id, anchor, wall_anchor, speed, paused, version)
                SELECT 1, clock, clock, 1, false, 1 FROM clock_timestamp() AS clock
            """,
            reverse_sql="DELETE FROM orders_markettime",
        )
    ]
