"""How much of each limit was used when: samples are added and never changed; only old ones may go."""

import django.db.models.deletion
from django.db import migrations, models

import orders.kernel.ids
from orders.kernel.guards import APPLICATION_ROLE

# Long enough for whoever has to look back, whatever a setting says: the setting can only keep them for longer.
_KEPT_DAYS = 90

_ONLY_OLD_ONES_GO = migrations.RunSQL(
    sql=f"""
        CREATE FUNCTION qtweb_keep_recent_samples() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF OLD.recorded_at > clock_timestamp() - interval '{_KEPT_DAYS} days' THEN
                RAISE EXCEPTION 'DELETE on % refused: the row is younger than {_KEPT_DAYS} days', TG_TABLE_NAME
                    USING ERRCODE = 'insufficient_privilege';
            END IF;
            RETURN OLD;
        END
        $$;
        REVOKE UPDATE, TRUNCATE ON orders_limitsample FROM {APPLICATION_ROLE};
        GRANT DELETE ON orders_limitsample TO {APPLICATION_ROLE};
        CREATE TRIGGER append_only_rows BEFORE UPDATE ON orders_limitsample
            FOR EACH ROW EXECUTE FUNCTION qtweb_refuse_change();
        CREATE TRIGGER recent_rows_stay BEFORE DELETE ON orders_limitsample
            FOR EACH ROW EXECUTE FUNCTION qtweb_keep_recent_samples();
        CREATE TRIGGER append_only_table BEFORE TRUNCATE ON orders_limitsample
            FOR EACH STATEMENT EXECUTE FUNCTION qtweb_refuse_change();
        ALTER TABLE orders_limitsample ENABLE ALWAYS TRIGGER append_only_rows;
        ALTER TABLE orders_limitsample ENABLE ALWAYS TRIGGER recent_rows_stay;
        ALTER TABLE orders_limitsample ENABLE ALWAYS TRIGGER append_only_table;
    """,
    reverse_sql="""
        DROP TRIGGER append_only_rows ON orders_limitsample;
        DROP TRIGGER recent_rows_stay ON orders_limitsample;
        DROP TRIGGER append_only_table ON orders_limitsample;
        DROP FUNCTION qtweb_keep_recent_samples();
    """,
)


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0012_room_for_totals"),
    ]

    operations = [
        migrations.CreateModel(
            name="LimitSampling",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("market_time", models.DateTimeField(null=True)),
                ("recorded_at", models.DateTimeField(null=True)),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="limit_sampling_is_one"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("market_time", None), ("recorded_at", None)),
                            models.Q(("market_time__isnull", False), ("recorded_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="limit_sampling_times_at_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LimitSample",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("sequence", models.PositiveIntegerField()),
                ("version", models.PositiveIntegerField()),
                ("value", models.DecimalField(decimal_places=16, max_digits=40)),
                ("warn_at_percent", models.PositiveSmallIntegerField()),
                ("used", models.DecimalField(decimal_places=16, max_digits=68, null=True)),
                ("peak_used", models.DecimalField(decimal_places=16, max_digits=68, null=True)),
                ("peak_percent", models.DecimalField(decimal_places=4, max_digits=14, null=True)),
                ("market_day", models.DateField()),
                ("market_time", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "limit",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.limit",
                    ),
                ),
            ],
            options={
                "ordering": ("limit", "sequence"),
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["limit", "market_time", "sequence"], name="limit_sample_by_time"),
                    models.Index(
                        models.F("limit"),
                        models.F("market_day"),
                        models.OrderBy(models.F("peak_percent"), descending=True),
                        condition=models.Q(("used__isnull", False)),
                        name="limit_sample_by_peak",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("limit", "sequence"), name="limit_sample_once"),
                    models.CheckConstraint(
                        condition=models.Q(("value__gte", 0)), name="limit_sample_value_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("warn_at_percent__gte", 1), ("warn_at_percent__lte", 100)),
                        name="limit_sample_warns_within_value",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("peak_used__isnull", False), ("used__isnull", False)),
                            models.Q(("peak_percent", None), ("peak_used", None), ("used", None)),
                            _connector="OR",
                        ),
                        name="limit_sample_known_as_a_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("peak_percent", None), ("peak_percent__gte", 0), _connector="OR"),
                        name="limit_sample_percent_not_negative",
                    ),
                ],
            },
        ),
        _ONLY_OLD_ONES_GO,
        migrations.RunSQL(
            sql="INSERT INTO orders_limitsampling (id) VALUES (1)",
            reverse_sql="DELETE FROM orders_limitsampling",
        ),
    ]
