"""Leaves by month: the rows that are there move into partitions as they are, with their ids and transactions."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models.functions import Now

from compliance.models import leaf_partitions
from orders.kernel.guards import APPLICATION_ROLE, append_only

_MONTHS_AHEAD = 3
_LEAF_COLUMNS = (
    "transaction_id, id, object_type, object_id, revision, action, actor, correlation_id, recorded_at, body,"
    " kind"
)

# A month begins with the first leaf that was recorded in it: what was recorded a moment before and committed late lies
# in it as well. The clock's own month begins above all ids.
_MONTHS_THERE = """
    WITH known AS (
        SELECT id, least(max(date_trunc('month', recorded_at AT TIME ZONE 'UTC')) OVER (ORDER BY id),
            date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC'))::date AS month
        FROM compliance_leaf_whole
    ), past AS (
        SELECT month, min(id) AS first_id FROM known
        WHERE month < date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC')::date GROUP BY month
    ), present AS (
        SELECT date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC')::date AS month,
            coalesce((SELECT min(id) FROM known
                WHERE month = date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC')::date),
                (SELECT max(id) + 1 FROM known), 1) AS first_id
    )
    SELECT month, first_id FROM past UNION ALL SELECT month, first_id FROM present ORDER BY month
"""
_LAST_ID = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}"


def _partition(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(leaf_partitions.SET_ASIDE + leaf_partitions.create())
        cursor.execute(append_only("compliance_leaf").sql + leaf_partitions.RIGHTS)
        cursor.execute(leaf_partitions.SCHEMA_AND_DEFAULT)
        cursor.execute(_LAST_ID.format(sequence="compliance_leaf_whole_id_seq"))
        last_id = cursor.fetchone()[0]
        cursor.execute(_MONTHS_THERE)
        months = cursor.fetchall()
        # An empty log begins with the first of its sequence's ids, a log that is there with the first of its leaves.
        months[0] = (months[0][0], 1)
        block = leaf_partitions.IDS_OF_A_MONTH
        ends = [first_id for _month, first_id in months[1:]] + [(last_id // block + 1) * block]
        for (month, first_id), end_id in zip(months, ends, strict=True):
            cursor.execute("SELECT qtweb_make_leaf_month(%s, %s, %s)", [month, first_id, end_id])
        cursor.execute("SELECT qtweb_leaf_months(%s)", [_MONTHS_AHEAD])
        # A search looks at a page of leaves: with several months to look into, PostgreSQL would start workers for that.
        cursor.execute("ALTER TABLE compliance_searchentry SET (parallel_workers = 0)")
        _move_rows(cursor, last_id)


def _make_whole(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_class AS part WHERE relnamespace = to_regnamespace(%s) AND relkind = 'r'"
            " AND NOT relispartition",
            [leaf_partitions.SCHEMA],
        )
        if cursor.fetchone()[0]:
            raise RuntimeError("months are archived, which this would lose: nothing was changed")
        cursor.execute(_LAST_ID.format(sequence="compliance_leaf_id_seq"))
        last_id = cursor.fetchone()[0]
        cursor.execute(leaf_partitions.SET_ASIDE + leaf_partitions.create(partitioned=False))
        _move_rows(cursor, last_id)
        cursor.execute(append_only("compliance_leaf").sql)
        cursor.execute(f"DROP SCHEMA {leaf_partitions.SCHEMA}")
        cursor.execute("ALTER TABLE compliance_searchentry RESET (parallel_workers)")


def _move_rows(cursor: object, last_id: int) -> None:
    """Move the rows, and drop the table that was set aside once all of them are in the new one."""
    execute = cursor.execute  # type: ignore[attr-defined]  # Django's cursor, which has no type
    execute(
        f"INSERT INTO compliance_leaf ({_LEAF_COLUMNS}) SELECT {_LEAF_COLUMNS}"  # noqa: S608 - names of ours
        " FROM compliance_leaf_whole ORDER BY id"
    )
    execute("SELECT (SELECT count(*) FROM compliance_leaf), (SELECT count(*) FROM compliance_leaf_whole)")
    moved, there = cursor.fetchone()  # type: ignore[attr-defined]
    if moved != there:
        raise RuntimeError(f"{moved} of {there} leaves were moved: nothing was changed")
    if last_id:
        execute("SELECT setval('compliance_leaf_id_seq', %s)", [last_id])
    execute("DROP TABLE compliance_leaf_whole")
    execute("ANALYZE compliance_leaf")


class Migration(migrations.Migration):
    dependencies = [("compliance", "0008_capture")]
    operations = [
        migrations.CreateModel(
            name="LeafMonth",
            fields=[
                ("month", models.DateField(primary_key=True, serialize=False)),
                ("from_id", models.BigIntegerField(unique=True)),
                ("to_id", models.BigIntegerField(unique=True)),
                ("recorded_at", models.DateTimeField(db_default=Now())),
            ],
            options={
                "ordering": ("month",),
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("from_id__lt", models.F("to_id"))), name="leaf_month_has_ids"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("month__day", 1)), name="leaf_month_is_its_first_day"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MonthStanding",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("act", models.CharField(max_length=8)),
                ("leaves", models.BigIntegerField()),
                ("first_sequence", models.BigIntegerField()),
                ("end_sequence", models.BigIntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("tree_size", models.BigIntegerField()),
                ("recorded_at", models.DateTimeField(db_default=Now())),
                (
                    "month",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="compliance.leafmonth",
                    ),
                ),
            ],
            options={
                "ordering": ("id",),
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("act__in", ["archived", "attached"])),
                        name="month_standing_act_known",
                    )
                ],
            },
        ),
        append_only("compliance_leafmonth"),
        append_only("compliance_monthstanding"),
        migrations.RunSQL(
            f"REVOKE INSERT ON compliance_leafmonth, compliance_monthstanding FROM {APPLICATION_ROLE}",
            f"GRANT INSERT ON compliance_leafmonth, compliance_monthstanding TO {APPLICATION_ROLE}",
        ),
        # A partitioned table that another refers to could never let a month go: the log's verification finds a leaf
        # that is missing, and the triggers keep all of them.
        migrations.AlterField(
            "treeentry",
            "leaf",
            models.OneToOneField(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="compliance.leaf",
            ),
        ),
        migrations.RunSQL(
            leaf_partitions.MAKE + leaf_partitions.AHEAD + leaf_partitions.OPEN + leaf_partitions.STANDINGS,
            """
            DROP FUNCTION qtweb_attach_leaf_month;
            DROP FUNCTION qtweb_archive_leaf_month;
            DROP FUNCTION qtweb_leaf_month_standing;
            DROP FUNCTION qtweb_open_leaf_month;
            DROP FUNCTION qtweb_move_to_leaf_month;
            DROP FUNCTION qtweb_leaf_months;
            DROP FUNCTION qtweb_make_leaf_month;
            """,
        ),
        migrations.RunPython(_partition, _make_whole),
    ]
