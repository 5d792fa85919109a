"""Kill switches, their gate with its one row, and who asked for a cancel where no person did."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import orders.kernel.ids
import orders.states


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0005_exposure"),
    ]

    operations = [
        migrations.CreateModel(
            name="KillSwitch",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "scope",
                    models.CharField(
                        choices=[
                            ("firm", "firm"),
                            ("desk", "desk"),
                            ("account", "account"),
                            ("trader", "trader"),
                            ("algorithm", "algorithm"),
                            ("instrument", "instrument"),
                        ],
                        max_length=10,
                    ),
                ),
                ("algorithm", models.CharField(blank=True, max_length=32)),
                ("key", models.CharField(max_length=64)),
                ("reason", models.CharField(max_length=200)),
                ("market_time", models.DateTimeField()),
                ("engaged_at", models.DateTimeField()),
                ("swept_at", models.DateTimeField(null=True)),
                ("pending_before", models.PositiveIntegerField(default=0)),
                ("lifted_at", models.DateTimeField(null=True)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "verbose_name_plural": "kill switches",
                "ordering": ("-id",),
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="KillSwitchGate",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                (
                    "engaged",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=64), default=list, size=None
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(
                    (
                        "status__in",
                        [
                            orders.states.OrderStatus["DONE_FOR_DAY"],
                            orders.states.OrderStatus["NEW"],
                            orders.states.OrderStatus["PARTIALLY_FILLED"],
                            orders.states.OrderStatus["PENDING_CANCEL"],
                            orders.states.OrderStatus["PENDING_NEW"],
                            orders.states.OrderStatus["PENDING_REPLACE"],
                            orders.states.OrderStatus["STOPPED"],
                        ],
                    )
                ),
                fields=["id"],
                name="order_open",
            ),
        ),
        migrations.AddField(
            model_name="killswitch",
            name="account",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.account"
            ),
        ),
        migrations.AddField(
            model_name="killswitch",
            name="desk",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.desk"
            ),
        ),
        migrations.AddField(
            model_name="killswitch",
            name="engaged_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="killswitch",
            name="firm",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.firm"
            ),
        ),
        migrations.AddField(
            model_name="killswitch",
            name="instrument",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orders.instrument",
            ),
        ),
        migrations.AddField(
            model_name="killswitch",
            name="lifted_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="killswitch",
            name="trader",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="orderrequest",
            name="kill_switch",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orders.killswitch",
            ),
        ),
        migrations.AddIndex(
            model_name="orderrequest",
            index=models.Index(
                condition=models.Q(("kill_switch__isnull", False)),
                fields=["kill_switch", "id"],
                name="request_by_kill_switch",
            ),
        ),
        migrations.AddConstraint(
            model_name="killswitchgate",
            constraint=models.CheckConstraint(condition=models.Q(("id", 1)), name="kill_switch_gate_is_one"),
        ),
        migrations.AddConstraint(
            model_name="killswitch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("account__isnull", True),
                        ("desk__isnull", True),
                        ("firm__isnull", False),
                        ("instrument__isnull", True),
                        ("scope", "firm"),
                        ("trader__isnull", True),
                        ("algorithm", ""),
                    ),
                    models.Q(
                        ("account__isnull", True),
                        ("desk__isnull", False),
                        ("firm__isnull", True),
                        ("instrument__isnull", True),
                        ("scope", "desk"),
                        ("trader__isnull", True),
                        ("algorithm", ""),
                    ),
                    models.Q(
                        ("account__isnull", False),
                        ("desk__isnull", True),
                        ("firm__isnull", True),
                        ("instrument__isnull", True),
                        ("scope", "account"),
                        ("trader__isnull", True),
                        ("algorithm", ""),
                    ),
                    models.Q(
                        ("account__isnull", True),
                        ("desk__isnull", True),
                        ("firm__isnull", True),
                        ("instrument__isnull", True),
                        ("scope", "trader"),
                        ("trader__isnull", False),
                        ("algorithm", ""),
                    ),
                    models.Q(
                        ("account__isnull", True),
                        ("desk__isnull", True),
                        ("firm__isnull", True),
                        ("instrument__isnull", True),
                        ("scope", "algorithm"),
                        ("trader__isnull", True),
                        models.Q(("algorithm", ""), _negated=True),
                    ),
                    models.Q(
                        ("account__isnull", True),
                        ("desk__isnull", True),
                        ("firm__isnull", True),
                        ("instrument__isnull", False),
                        ("scope", "instrument"),
                        ("trader__isnull", True),
                        ("algorithm", ""),
                    ),
                    _connector="OR",
                ),
                name="kill_switch_one_target",
            ),
        ),
        migrations.AddConstraint(
            model_name="killswitch",
            constraint=models.UniqueConstraint(
                condition=models.Q(("lifted_at", None)), fields=("key",), name="kill_switch_engaged_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="killswitch",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="kill_switch_has_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="killswitch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lifted_at", None), ("lifted_by", None)),
                    models.Q(
                        ("lifted_at__isnull", False),
                        ("lifted_by__isnull", False),
                        models.Q(("lifted_by", models.F("engaged_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="kill_switch_lifted_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="killswitch",
            constraint=models.CheckConstraint(
                condition=models.Q(("lifted_at", None), ("swept_at__isnull", False), _connector="OR"),
                name="kill_switch_lifted_when_swept",
            ),
        ),
        migrations.RunSQL(
            sql="INSERT INTO orders_killswitchgate (id, engaged) VALUES (1, '{}')",
            reverse_sql="DELETE FROM orders_killswitchgate",
        ),
    ]
