"""Limits by scope, the decisions that they lead to, what loosens one, and the states of markets."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import orders.kernel.ids
from orders.kernel.guards import append_only

_KNOWN_MARKETS = migrations.RunSQL(
    sql="INSERT INTO orders_market (mic, state) SELECT DISTINCT mic, 'active' FROM orders_instrument",
    reverse_sql="DELETE FROM orders_market",
)


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0003_market_clock"),
    ]

    operations = [
        migrations.CreateModel(
            name="Market",
            fields=[
                ("mic", models.CharField(max_length=4, primary_key=True, serialize=False)),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "active"), ("halted", "halted")], default="active", max_length=16
                    ),
                ),
            ],
            options={
                "ordering": ("mic",),
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Override",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("codes", models.JSONField()),
                ("reason", models.CharField(max_length=200)),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                ("recorded_at", models.DateTimeField()),
            ],
            options={
                "ordering": ("-id",),
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="RiskDecision",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("stage", models.CharField(choices=[("place", "place"), ("amend", "amend")], max_length=8)),
                ("is_admitted", models.BooleanField()),
                ("findings", models.JSONField()),
                ("tightest", models.JSONField(null=True)),
                ("figures", models.JSONField()),
                ("market_time", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
            ],
            options={
                "ordering": ("id",),
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="ThrottleReset",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("reason", models.CharField(max_length=200)),
                ("recorded_at", models.DateTimeField()),
            ],
            options={
                "ordering": ("-id",),
                "default_permissions": (),
            },
        ),
        migrations.AlterModelOptions(
            name="account",
            options={
                "default_permissions": (),
                "ordering": ("code",),
                "permissions": (
                    ("view_orders", "See orders, executions and positions"),
                    ("place_orders", "Place orders"),
                    ("amend_orders", "Amend orders"),
                    ("cancel_orders", "Cancel orders"),
                    ("work_orders", "Answer for orders that are worked by hand"),
                    ("propose_executions", "Propose a bust, a correction or a fill by hand"),
                    (
                        "approve_executions",
                        "Approve a bust, a correction or a fill that somebody else proposed",
                    ),
                    ("view_limits", "See limits"),
                    ("propose_limits", "Propose a change of a limit"),
                    ("approve_limits", "Approve a change of a limit that somebody else proposed"),
                    ("override_limits", "Let a refused order of another person be placed once"),
                    ("reset_throttles", "Let a throttled algorithm be used again"),
                    ("change_states", "Halt and resume instruments, markets and accounts"),
                    ("engage_kill_switch", "Engage a kill switch, and ask that one be lifted"),
                    ("lift_kill_switch", "Lift a kill switch when somebody else asked for it"),
                    ("view_audit", "See the audit log and verify it"),
                    ("view_operations", "See venue orders, reports and dead letters"),
                    ("record_rates", "Record exchange rates, which convert everyone's figures"),
                    ("record_cash", "Record cash that comes into an account or leaves it"),
                ),
            },
        ),
        migrations.AlterModelOptions(
            name="desk",
            options={
                "default_permissions": (),
                "ordering": ("code",),
                "permissions": (
                    ("view_orders", "See orders, executions and positions"),
                    ("place_orders", "Place orders"),
                    ("amend_orders", "Amend orders"),
                    ("cancel_orders", "Cancel orders"),
                    ("work_orders", "Answer for orders that are worked by hand"),
                    ("propose_executions", "Propose a bust, a correction or a fill by hand"),
                    (
                        "approve_executions",
                        "Approve a bust, a correction or a fill that somebody else proposed",
                    ),
                    ("view_limits", "See limits"),
                    ("propose_limits", "Propose a change of a limit"),
                    ("approve_limits", "Approve a change of a limit that somebody else proposed"),
                    ("override_limits", "Let a refused order of another person be placed once"),
                    ("reset_throttles", "Let a throttled algorithm be used again"),
                    ("change_states", "Halt and resume instruments, markets and accounts"),
                    ("engage_kill_switch", "Engage a kill switch, and ask that one be lifted"),
                    ("lift_kill_switch", "Lift a kill switch when somebody else asked for it"),
                    ("view_audit", "See the audit log and verify it"),
                    ("view_operations", "See venue orders, reports and dead letters"),
                    ("record_rates", "Record exchange rates, which convert everyone's figures"),
                    ("record_cash", "Record cash that comes into an account or leaves it"),
                ),
            },
        ),
        migrations.AlterModelOptions(
            name="firm",
            options={
                "default_permissions": (),
                "ordering": ("code",),
                "permissions": (
                    ("view_orders", "See orders, executions and positions"),
                    ("place_orders", "Place orders"),
                    ("amend_orders", "Amend orders"),
                    ("cancel_orders", "Cancel orders"),
                    ("work_orders", "Answer for orders that are worked by hand"),
                    ("propose_executions", "Propose a bust, a correction or a fill by hand"),
                    (
                        "approve_executions",
                        "Approve a bust, a correction or a fill that somebody else proposed",
                    ),
                    ("view_limits", "See limits"),
                    ("propose_limits", "Propose a change of a limit"),
                    ("approve_limits", "Approve a change of a limit that somebody else proposed"),
                    ("override_limits", "Let a refused order of another person be placed once"),
                    ("reset_throttles", "Let a throttled algorithm be used again"),
                    ("change_states", "Halt and resume instruments, markets and accounts"),
                    ("engage_kill_switch", "Engage a kill switch, and ask that one be lifted"),
                    ("lift_kill_switch", "Lift a kill switch when somebody else asked for it"),
                    ("view_audit", "See the audit log and verify it"),
                    ("view_operations", "See venue orders, reports and dead letters"),
                    ("record_rates", "Record exchange rates, which convert everyone's figures"),
                    ("record_cash", "Record cash that comes into an account or leaves it"),
                ),
            },
        ),
        migrations.AlterModelOptions(
            name="limit",
            options={"default_permissions": (), "ordering": ("id",)},
        ),
        migrations.RemoveConstraint(
            model_name="limit",
            name="limit_account_kind",
        ),
        migrations.RemoveConstraint(
            model_name="limit",
            name="limit_kind_known",
        ),
        migrations.AddField(
            model_name="instrument",
            name="asset_class",
            field=models.CharField(
                choices=[
                    ("equity", "equity"),
                    ("fund", "fund"),
                    ("bond", "bond"),
                    ("future", "future"),
                    ("option", "option"),
                    ("fx", "fx"),
                ],
                default="equity",
                max_length=16,
            ),
        ),
        migrations.AddField(
            model_name="limit",
            name="asset_class",
            field=models.CharField(blank=True, max_length=16),
        ),
        migrations.AddField(
            model_name="limit",
            name="desk",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.desk"
            ),
        ),
        migrations.AddField(
            model_name="limit",
            name="effective_from",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="limit",
            name="effective_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="limit",
            name="ended_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="limit",
            name="firm",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.firm"
            ),
        ),
        migrations.AddField(
            model_name="limit",
            name="instrument",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orders.instrument",
            ),
        ),
        migrations.AddField(
            model_name="limit",
            name="trader",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="limit",
            name="warn_at_percent",
            field=models.PositiveSmallIntegerField(default=80),
        ),
        migrations.AlterField(
            model_name="limit",
            name="account",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.account"
            ),
        ),
        migrations.AlterField(
            model_name="limit",
            name="kind",
            field=models.CharField(
                choices=[
                    ("order_quantity", "order quantity"),
                    ("order_minimum_quantity", "order minimum quantity"),
                    ("order_notional", "order notional"),
                    ("order_volume_share_bps", "order volume share bps"),
                    ("price_collar_bps", "price collar bps"),
                    ("mid_collar_bps", "mid collar bps"),
                    ("close_collar_bps", "close collar bps"),
                    ("window_collar_bps", "window collar bps"),
                    ("duplicate_window_s", "duplicate window s"),
                    ("orders_per_second", "orders per second"),
                    ("orders_per_minute", "orders per minute"),
                    ("messages_per_second", "messages per second"),
                    ("messages_per_minute", "messages per minute"),
                    ("repeated_executions", "repeated executions"),
                    ("position_quantity", "position quantity"),
                    ("gross_notional", "gross notional"),
                    ("net_notional", "net notional"),
                    ("concentration_bps", "concentration bps"),
                    ("credit_notional", "credit notional"),
                    ("cash_minimum", "cash minimum"),
                    ("unlocated_short_quantity", "unlocated short quantity"),
                    ("located_quantity", "located quantity"),
                    ("self_trade_quantity", "self trade quantity"),
                    ("day_loss", "day loss"),
                    ("margin", "margin"),
                    ("lead_time_minutes", "lead time minutes"),
                    ("restricted", "restricted"),
                    ("permitted", "permitted"),
                ],
                max_length=24,
            ),
        ),
        migrations.AddConstraint(
            model_name="instrument",
            constraint=models.CheckConstraint(
                condition=models.Q(("asset_class__in", ["equity", "fund", "bond", "future", "option", "fx"])),
                name="instrument_asset_class_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="limit",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("kind", "firm", "desk", "account", "trader", "instrument", "asset_class"),
                name="limit_once_per_scope",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="limit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "order_quantity",
                            "order_minimum_quantity",
                            "order_notional",
                            "order_volume_share_bps",
                            "price_collar_bps",
                            "mid_collar_bps",
                            "close_collar_bps",
                            "window_collar_bps",
                            "duplicate_window_s",
                            "orders_per_second",
                            "orders_per_minute",
                            "messages_per_second",
                            "messages_per_minute",
                            "repeated_executions",
                            "position_quantity",
                            "gross_notional",
                            "net_notional",
                            "concentration_bps",
                            "credit_notional",
                            "cash_minimum",
                            "unlocated_short_quantity",
                            "located_quantity",
                            "self_trade_quantity",
                            "day_loss",
                            "margin",
                            "lead_time_minutes",
                            "restricted",
                            "permitted",
                        ],
                    )
                ),
                name="limit_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="limit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("account__isnull", True),
                        ("desk__isnull", True),
                        ("firm__isnull", True),
                        ("trader__isnull", True),
                    ),
                    models.Q(
                        ("account__isnull", True),
                        ("desk__isnull", True),
                        ("firm__isnull", False),
                        ("trader__isnull", True),
                    ),
                    models.Q(
                        ("account__isnull", True),
                        ("desk__isnull", False),
                        ("firm__isnull", True),
                        ("trader__isnull", True),
                    ),
                    models.Q(
                        ("account__isnull", False),
                        ("desk__isnull", True),
                        ("firm__isnull", True),
                        ("trader__isnull", True),
                    ),
                    models.Q(
                        ("account__isnull", True),
                        ("desk__isnull", True),
                        ("firm__isnull", True),
                        ("trader__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="limit_one_holder",
            ),
        ),
        migrations.AddConstraint(
            model_name="limit",
            constraint=models.CheckConstraint(
                condition=models.Q(("instrument", None), ("asset_class", ""), _connector="OR"),
                name="limit_one_subject",
            ),
        ),
        migrations.AddConstraint(
            model_name="limit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("account__isnull", True),
                    ("asset_class", ""),
                    ("desk__isnull", True),
                    ("firm__isnull", True),
                    ("instrument__isnull", True),
                    ("trader__isnull", True),
                    _negated=True,
                ),
                name="limit_has_scope",
            ),
        ),
        migrations.AddConstraint(
            model_name="limit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        (
                            "kind__in",
                            [
                                "cash_minimum",
                                "concentration_bps",
                                "credit_notional",
                                "day_loss",
                                "gross_notional",
                                "located_quantity",
                                "margin",
                                "net_notional",
                                "position_quantity",
                                "unlocated_short_quantity",
                            ],
                        ),
                        _negated=True,
                    ),
                    ("firm__isnull", False),
                    ("desk__isnull", False),
                    ("account__isnull", False),
                    _connector="OR",
                ),
                name="limit_of_exposure_has_holder",
            ),
        ),
        migrations.AddConstraint(
            model_name="limit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "permitted"), _negated=True), ("trader__isnull", False), _connector="OR"
                ),
                name="limit_permission_has_trader",
            ),
        ),
        migrations.AddConstraint(
            model_name="limit",
            constraint=models.CheckConstraint(
                condition=models.Q(("warn_at_percent__gte", 1), ("warn_at_percent__lte", 100)),
                name="limit_warns_within_value",
            ),
        ),
        migrations.AddConstraint(
            model_name="limit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("effective_from", None),
                    ("effective_until", None),
                    ("effective_from__lt", models.F("effective_until")),
                    _connector="OR",
                ),
                name="limit_effective_in_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="market",
            constraint=models.CheckConstraint(
                condition=models.Q(("mic__regex", "^[A-Z0-9]{4}$")), name="market_mic_form"
            ),
        ),
        migrations.AddConstraint(
            model_name="market",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["active", "halted"])), name="market_state_known"
            ),
        ),
        migrations.AddField(
            model_name="override",
            name="granted_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="override",
            name="refused",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.order"
            ),
        ),
        migrations.AddField(
            model_name="override",
            name="trader",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="override",
            name="used_by",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.order"
            ),
        ),
        migrations.AddField(
            model_name="riskdecision",
            name="order",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.order"
            ),
        ),
        migrations.AddField(
            model_name="throttlereset",
            name="limit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.limit"
            ),
        ),
        migrations.AddField(
            model_name="throttlereset",
            name="reset_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="override",
            constraint=models.CheckConstraint(
                condition=models.Q(("granted_by", models.F("trader")), _negated=True),
                name="override_granted_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="override",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("used_at", None), ("used_by", None)),
                    models.Q(("used_at__isnull", False), ("used_by__isnull", False)),
                    _connector="OR",
                ),
                name="override_used_at_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="limit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind__in", ["cash_minimum", "credit_notional", "day_loss", "margin"]), _negated=True
                    ),
                    models.Q(("asset_class", ""), ("instrument", None)),
                    _connector="OR",
                ),
                name="limit_of_everything_has_no_subject",
            ),
        ),
        _KNOWN_MARKETS,
        append_only("orders_riskdecision"),
        append_only("orders_throttlereset"),
    ]
