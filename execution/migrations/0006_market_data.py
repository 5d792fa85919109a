"""Market data by month: bars and quotes move into partitions as they are, trades come, corrections keep versions."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

import orders.kernel.ids
from execution.models import months
from execution.models.restated import TransactionTime
from orders.kernel.guards import append_only

_KEPT = {"execution_bar": "start, open, high, low, close, volume", "execution_quote": "at, bid, ask"}
_RESTATED = [
    ("version", models.SmallIntegerField(db_default=1)),
    ("recorded_at", models.DateTimeField(db_default=TransactionTime())),
]


def _partition(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Move the rows into partitions. They are known since before versions were kept: since 1970."""
    with schema_editor.connection.cursor() as cursor:
        for table, columns in _KEPT.items():
            cursor.execute(_set_aside(table) + months.create(table) + months.guard(table))
            moment = months.PARTITIONED[table][1]
            cursor.execute(
                f"SELECT qtweb_market_data_month('{table}', month::date) FROM"  # noqa: S608 - names of ours
                f" (SELECT DISTINCT date_trunc('month', {moment} AT TIME ZONE 'UTC') AS month"
                f" FROM {table}_whole) AS months"
            )
            cursor.execute(
                f"INSERT INTO {table} (instrument_id, recorded_at, {columns})"  # noqa: S608 - names of ours
                f" SELECT instrument_id, TIMESTAMPTZ '1970-01-01Z', {columns} FROM {table}_whole"
            )
            _replace(cursor, table)
        cursor.execute(months.create("execution_trade") + months.guard("execution_trade"))


def _make_whole(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Move the newest values back into tables without partitions, where that loses nothing."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM execution_trade), EXISTS (SELECT FROM execution_marketdataversion)"
        )
        if True in cursor.fetchone():
            raise RuntimeError(
                "there are trades or corrected rows, which this would lose: nothing was changed"
            )
        for table, columns in _KEPT.items():
            cursor.execute(_set_aside(table) + months.create(table, partitioned=False))
            cursor.execute(
                f"INSERT INTO {table} (instrument_id, {columns})"  # noqa: S608 - names of ours
                f" SELECT instrument_id, {columns} FROM {table}_whole"
            )
            _replace(cursor, table)
        guard = append_only("execution_quote")
        cursor.execute(guard.sql)
        cursor.execute("DROP TABLE execution_trade")


def _set_aside(table: str) -> str:
    return f"""
        ALTER TABLE {table} RENAME TO {table}_whole;
        ALTER INDEX {table}_pkey RENAME TO {table}_whole_pkey;
    """


def _replace(cursor: object, table: str) -> None:
    """Drop the table that was set aside, once its rows are known to be in the new one."""
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")  # type: ignore[attr-defined]
    counts = f"SELECT (SELECT count(*) FROM {table}), (SELECT count(*) FROM {table}_whole)"  # noqa: S608 - our own names and constants: values are parameters
    cursor.execute(counts)  # type: ignore[attr-defined]
    moved, there = cursor.fetchone()  # type: ignore[attr-defined]
    if moved != there:
        raise RuntimeError(f"{moved} of {there} rows of {table} were moved: nothing was changed")
    cursor.execute(f"DROP TABLE {table}_whole")  # type: ignore[attr-defined]


class Migration(migrations.Migration):
    dependencies = [
        ("execution", "0005_dead_letters"),
        ("orders", "0014_settle_operations"),
    ]

    operations = [
        migrations.CreateModel(
            name="MarketDataLoad",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=8)),
                ("source", models.CharField(blank=True, max_length=255)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("count", models.BigIntegerField()),
                ("corrected", models.BigIntegerField()),
                ("symbols", models.JSONField()),
                ("first", models.DateTimeField()),
                ("last", models.DateTimeField()),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("actor", models.CharField(max_length=200)),
                ("market_time", models.DateTimeField()),
                ("recorded_at", models.DateTimeField(db_default=TransactionTime())),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("corrected", 0), models.Q(("reason", ""), _negated=True), _connector="OR"
                        ),
                        name="load_corrects_for_a_reason",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MarketDataVersion",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "kind",
                        "instrument_id",
                        "at",
                        "trade_id",
                        "version",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("kind", models.CharField(max_length=8)),
                ("at", models.DateTimeField()),
                ("trade_id", models.CharField(blank=True, max_length=64)),
                ("version", models.SmallIntegerField()),
                ("values", models.JSONField()),
                ("recorded_at", models.DateTimeField()),
                ("superseded_at", models.DateTimeField()),
                (
                    "instrument",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.instrument",
                    ),
                ),
                (
                    "load",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="execution.marketdataload",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "indexes": [models.Index(fields=["load"], name="version_of_load")],
            },
        ),
        append_only("execution_marketdataload"),
        append_only("execution_marketdataversion"),
        migrations.RunSQL(months.MONTH, "DROP FUNCTION qtweb_market_data_month(text, date)"),
        migrations.RunSQL(months.KEEP_VERSION, "DROP FUNCTION qtweb_keep_version()"),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(_partition, _make_whole)],
            state_operations=[
                *(
                    migrations.AddField(model_name=model, name=name, field=field)
                    for model in ("bar", "quote")
                    for name, field in _RESTATED
                ),
                migrations.CreateModel(
                    name="Trade",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "instrument_id",
                                "at",
                                "trade_id",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        *_RESTATED,
                        ("at", models.DateTimeField()),
                        ("trade_id", models.CharField(max_length=64)),
                        ("price", models.DecimalField(decimal_places=8, max_digits=20)),
                        ("size", models.DecimalField(decimal_places=8, max_digits=20)),
                        ("condition", models.CharField(blank=True, max_length=16)),
                        (
                            "instrument",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.instrument",
                            ),
                        ),
                    ],
                    options={
                        "default_permissions": (),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("price__gt", 0), ("size__gt", 0)),
                                name="trade_price_and_size_positive",
                            )
                        ],
                    },
                ),
            ],
        ),
    ]
