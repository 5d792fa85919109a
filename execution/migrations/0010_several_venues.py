"""Several venues, and the rules by which slices go to them. What was there before goes on: all of it to SIM."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models
from django.utils import timezone

import orders.kernel.ids

_BEGINNING = "1990-01-01T00:00:00Z"
"""Of the market time that calendars know."""


def _keep_what_was(apps, schema_editor):
    now, database = timezone.now(), schema_editor.connection.alias
    venue = {"code": "SIM", "name": "Simulated venue", "recorded_at": now}
    apps.get_model("execution", "Venue").objects.using(database).create(**venue)
    rule = {
        "name": "default",
        "place": 1000,
        "venues": ["SIM"],
        "effective_from": _BEGINNING,
        "recorded_at": now,
    }
    apps.get_model("execution", "RoutingRule").objects.using(database).create(**rule)


_ENDS_ALONE = migrations.RunSQL(
    sql="""
        REVOKE UPDATE ON execution_routingrule FROM qtweb_app;
        GRANT UPDATE (effective_until, version) ON execution_routingrule TO qtweb_app;
        REVOKE UPDATE ON execution_venue FROM qtweb_app;
    """,
    reverse_sql="GRANT UPDATE ON execution_routingrule, execution_venue TO qtweb_app",
)
"""A rule that slices went by, and the calendar of a venue, say for ever what they said then."""


class Migration(migrations.Migration):
    dependencies = [
        ("execution", "0009_fill_model"),
        ("orders", "0016_routing"),
    ]

    operations = [
        migrations.AddField(
            model_name="venueorder",
            name="passed_over",
            field=models.JSONField(default=list),
        ),
        migrations.CreateModel(
            name="RoutingRule",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=32)),
                ("place", models.PositiveIntegerField()),
                (
                    "asset_class",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("equity", "equity"),
                            ("fund", "fund"),
                            ("bond", "bond"),
                            ("future", "future"),
                            ("option", "option"),
                            ("fx", "fx"),
                        ],
                        max_length=16,
                    ),
                ),
                ("mic", models.CharField(blank=True, max_length=4)),
                ("algorithm", models.CharField(blank=True, max_length=32)),
                (
                    "type",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("limit", "limit"),
                            ("market", "market"),
                            ("stop", "stop"),
                            ("stop_limit", "stop limit"),
                            ("market_if_touched", "market if touched"),
                            ("trailing_stop", "trailing stop"),
                        ],
                        max_length=17,
                    ),
                ),
                (
                    "time_in_force",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("day", "day"),
                            ("gtc", "gtc"),
                            ("gtd", "gtd"),
                            ("ioc", "ioc"),
                            ("fok", "fok"),
                            ("opg", "opg"),
                            ("cls", "cls"),
                        ],
                        max_length=4,
                    ),
                ),
                ("from_quantity", models.DecimalField(decimal_places=8, max_digits=20, null=True)),
                ("below_quantity", models.DecimalField(decimal_places=8, max_digits=20, null=True)),
                (
                    "venues",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=16), size=None
                    ),
                ),
                ("effective_from", models.DateTimeField()),
                ("effective_until", models.DateTimeField(null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                ("recorded_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.account",
                    ),
                ),
                (
                    "desk",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.desk",
                    ),
                ),
                (
                    "firm",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.firm",
                    ),
                ),
                (
                    "instrument",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.instrument",
                    ),
                ),
            ],
            options={
                "ordering": ("place", "name", "id"),
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="venueorder",
            name="routing_rule",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="execution.routingrule",
            ),
        ),
        migrations.CreateModel(
            name="Venue",
            fields=[
                ("code", models.CharField(max_length=16, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=64)),
                ("calendar", models.CharField(blank=True, max_length=4)),
                ("recorded_at", models.DateTimeField()),
            ],
            options={
                "ordering": ("code",),
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("code__regex", "^[A-Z][A-Z0-9_]{0,15}$")), name="venue_code_form"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("calendar", ""), ("calendar__regex", "^[A-Z0-9]{4}$"), _connector="OR"
                        ),
                        name="venue_calendar_form",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="routingrule",
            constraint=models.UniqueConstraint(
                condition=models.Q(("effective_until", None)),
                fields=("name", "firm", "desk", "account"),
                name="routing_rule_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="routingrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("account__isnull", True), ("desk__isnull", True), ("firm__isnull", True)),
                    models.Q(("account__isnull", True), ("desk__isnull", True), ("firm__isnull", False)),
                    models.Q(("account__isnull", True), ("desk__isnull", False), ("firm__isnull", True)),
                    models.Q(("account__isnull", False), ("desk__isnull", True), ("firm__isnull", True)),
                    _connector="OR",
                ),
                name="routing_rule_one_holder",
            ),
        ),
        migrations.AddConstraint(
            model_name="routingrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("asset_class", ""), ("instrument", None)),
                    models.Q(("instrument", None), ("mic", "")),
                    models.Q(("asset_class", ""), ("mic", "")),
                    _connector="OR",
                ),
                name="routing_rule_one_subject",
            ),
        ),
        migrations.AddConstraint(
            model_name="routingrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("from_quantity", None),
                    ("below_quantity", None),
                    ("from_quantity__lt", models.F("below_quantity")),
                    _connector="OR",
                ),
                name="routing_rule_quantities_in_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="routingrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("effective_until", None),
                    ("effective_until__gte", models.F("effective_from")),
                    _connector="OR",
                ),
                name="routing_rule_effective_in_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="routingrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("venues__len__gt", 0)), name="routing_rule_names_a_venue"
            ),
        ),
        migrations.RunPython(_keep_what_was, migrations.RunPython.noop),
        _ENDS_ALONE,
    ]
