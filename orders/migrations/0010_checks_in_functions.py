"""The CHECKs of what every order writes become functions; two indexes that another one covers go."""

from decimal import Decimal

import django.db.models.deletion
from django.db import migrations, models

from orders.kernel.checks import Checks

_BECOME_PARTS = {
    "exposure": ["exposure_one_holder", "exposure_nothing_negative", "exposure_opened_at_once"],
    "order": [
        "order_side_known",
        "order_type_takes_tif",
        "order_limit_price_with_limit",
        "order_stop_price_with_stop",
        "order_one_trail_with_trailing",
        "order_triggered_with_trigger",
        "order_expires_on_with_gtd",
        "order_effective_at_without_auction",
        "order_display_rests_within_quantity",
        "order_minimum_within_quantity",
        "order_minimum_within_display",
        "order_status_known",
        "order_base_status_known",
        "order_quantity_positive",
        "order_cash_quantity_positive",
        "order_filled_within_ordered",
        "order_notional_not_negative",
        "order_reserved_not_negative",
        "order_ended_reserves_nothing",
        "order_filled_means_all",
        "order_rejected_has_code",
        "order_reserves_units_and_notional",
        "order_worst_price_not_negative",
    ],
    "position": ["position_nothing_negative"],
}


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0009_limits_without_holder"),
    ]

    operations = [
        *(
            migrations.RemoveConstraint(model_name=model, name=name)
            for model, names in _BECOME_PARTS.items()
            for name in names
        ),
        migrations.AlterField(
            model_name="orderrevision",
            name="order",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orders.order",
            ),
        ),
        migrations.AlterField(
            model_name="usedclientorderid",
            name="account",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orders.account",
            ),
        ),
        migrations.AddConstraint(
            model_name="exposure",
            constraint=Checks(
                checks=[
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("account", None), ("desk", None), ("firm", models.F("id"))),
                            models.Q(("account", None), ("desk", models.F("id")), ("firm", None)),
                            models.Q(("account", models.F("id")), ("desk", None), ("firm", None)),
                            _connector="OR",
                        ),
                        name="exposure_one_holder",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("gross_notional__gte", 0),
                            ("open_buy_notional__gte", 0),
                            ("open_sell_notional__gte", 0),
                        ),
                        name="exposure_nothing_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("opening_day", None), ("opening_equity", None)),
                            models.Q(("opening_day__isnull", False), ("opening_equity__isnull", False)),
                            _connector="OR",
                        ),
                        name="exposure_opened_at_once",
                    ),
                ],
                name="exposure_is_sound",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=Checks(
                checks=[
                    models.CheckConstraint(
                        condition=models.Q(("side__in", ["buy", "sell"])),
                        name="order_side_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                (
                                    "time_in_force__in",
                                    [
                                        "cls",
                                        "day",
                                        "fok",
                                        "gtc",
                                        "gtd",
                                        "ioc",
                                        "opg",
                                    ],
                                ),
                                ("type", "limit"),
                            ),
                            models.Q(
                                (
                                    "time_in_force__in",
                                    [
                                        "cls",
                                        "day",
                                        "fok",
                                        "gtc",
                                        "gtd",
                                        "ioc",
                                        "opg",
                                    ],
                                ),
                                ("type", "market"),
                            ),
                            models.Q(
                                (
                                    "time_in_force__in",
                                    [
                                        "day",
                                        "gtc",
                                        "gtd",
                                    ],
                                ),
                                ("type", "market_if_touched"),
                            ),
                            models.Q(
                                (
                                    "time_in_force__in",
                                    [
                                        "day",
                                        "gtc",
                                        "gtd",
                                    ],
                                ),
                                ("type", "stop"),
                            ),
                            models.Q(
                                (
                                    "time_in_force__in",
                                    [
                                        "day",
                                        "gtc",
                                        "gtd",
                                    ],
                                ),
                                ("type", "stop_limit"),
                            ),
                            models.Q(
                                (
                                    "time_in_force__in",
                                    [
                                        "day",
                                        "gtc",
                                        "gtd",
                                    ],
                                ),
                                ("type", "trailing_stop"),
                            ),
                            _connector="OR",
                        ),
                        name="order_type_takes_tif",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                models.Q(
                                    (
                                        "type__in",
                                        [
                                            "limit",
                                            "stop_limit",
                                        ],
                                    ),
                                    ("limit_price__isnull", False),
                                ),
                                models.Q(
                                    models.Q(
                                        (
                                            "type__in",
                                            [
                                                "limit",
                                                "stop_limit",
                                            ],
                                        ),
                                        _negated=True,
                                    ),
                                    ("limit_price__isnull", True),
                                ),
                                _connector="OR",
                            ),
                            models.Q(("limit_price__isnull", True), ("limit_price__gt", 0), _connector="OR"),
                        ),
                        name="order_limit_price_with_limit",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                models.Q(
                                    (
                                        "type__in",
                                        [
                                            "market_if_touched",
                                            "stop",
                                            "stop_limit",
                                        ],
                                    ),
                                    ("stop_price__isnull", False),
                                ),
                                models.Q(
                                    models.Q(
                                        (
                                            "type__in",
                                            [
                                                "market_if_touched",
                                                "stop",
                                                "stop_limit",
                                            ],
                                        ),
                                        _negated=True,
                                    ),
                                    ("stop_price__isnull", True),
                                ),
                                _connector="OR",
                            ),
                            models.Q(("stop_price__isnull", True), ("stop_price__gt", 0), _connector="OR"),
                        ),
                        name="order_stop_price_with_stop",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("trail_percent", None),
                                ("trail_price__gt", 0),
                                ("trail_price__isnull", False),
                                ("type__in", ["trailing_stop"]),
                            ),
                            models.Q(
                                ("trail_percent__gt", 0),
                                ("trail_percent__isnull", False),
                                ("trail_percent__lt", Decimal("100")),
                                ("trail_price", None),
                                ("type__in", ["trailing_stop"]),
                            ),
                            models.Q(
                                models.Q(("type__in", ["trailing_stop"]), _negated=True),
                                ("trail_percent", None),
                                ("trail_price", None),
                            ),
                            _connector="OR",
                        ),
                        name="order_one_trail_with_trailing",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("triggered_at__isnull", True),
                            (
                                "type__in",
                                [
                                    "market_if_touched",
                                    "stop",
                                    "stop_limit",
                                    "trailing_stop",
                                ],
                            ),
                            _connector="OR",
                        ),
                        name="order_triggered_with_trigger",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("time_in_force", "gtd"),
                                ("expires_on__isnull", False),
                            ),
                            models.Q(
                                models.Q(("time_in_force", "gtd"), _negated=True),
                                ("expires_on__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="order_expires_on_with_gtd",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("effective_at__isnull", True),
                            (
                                "time_in_force__in",
                                [
                                    "day",
                                    "fok",
                                    "gtc",
                                    "gtd",
                                    "ioc",
                                ],
                            ),
                            _connector="OR",
                        ),
                        name="order_effective_at_without_auction",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("display_quantity__isnull", True),
                            models.Q(
                                ("display_quantity__gt", 0),
                                ("display_quantity__lte", models.F("quantity")),
                                (
                                    "time_in_force__in",
                                    [
                                        "day",
                                        "gtc",
                                        "gtd",
                                    ],
                                ),
                                (
                                    "type__in",
                                    ["limit", "stop_limit"],
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="order_display_rests_within_quantity",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("minimum_quantity__isnull", True),
                            models.Q(
                                ("minimum_quantity__gt", 0),
                                ("minimum_quantity__lte", models.F("quantity")),
                                (
                                    "time_in_force__in",
                                    [
                                        "day",
                                        "gtc",
                                        "gtd",
                                        "ioc",
                                    ],
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="order_minimum_within_quantity",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("minimum_quantity__isnull", True),
                            ("display_quantity__isnull", True),
                            ("minimum_quantity__lte", models.F("display_quantity")),
                            _connector="OR",
                        ),
                        name="order_minimum_within_display",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                [
                                    "pending_new",
                                    "new",
                                    "partially_filled",
                                    "filled",
                                    "done_for_day",
                                    "pending_cancel",
                                    "pending_replace",
                                    "stopped",
                                    "canceled",
                                    "rejected",
                                    "expired",
                                ],
                            )
                        ),
                        name="order_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "base_status__in",
                                [
                                    "pending_new",
                                    "working",
                                    "stopped",
                                    "done_for_day",
                                    "canceled",
                                    "expired",
                                    "rejected",
                                ],
                            )
                        ),
                        name="order_base_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gt", 0)), name="order_quantity_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cash_quantity", None), ("cash_quantity__gt", 0), _connector="OR"
                        ),
                        name="order_cash_quantity_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("filled_quantity__gte", 0), ("filled_quantity__lte", models.F("quantity"))
                        ),
                        name="order_filled_within_ordered",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("filled_notional__gte", 0)), name="order_notional_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reserved_quantity__gte", 0)), name="order_reserved_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reserved_notional", 0), ("reserved_quantity", 0)),
                            models.Q(("reserved_notional__gt", 0), ("reserved_quantity__gt", 0)),
                            _connector="OR",
                        ),
                        name="order_reserves_units_and_notional",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("worst_price__gte", 0)), name="order_worst_price_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                (
                                    "status__in",
                                    [
                                        "canceled",
                                        "expired",
                                        "rejected",
                                    ],
                                ),
                                _negated=True,
                            ),
                            ("reserved_quantity", 0),
                            _connector="OR",
                        ),
                        name="order_ended_reserves_nothing",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "filled"), _negated=True),
                            ("filled_quantity", models.F("quantity")),
                            _connector="OR",
                        ),
                        name="order_filled_means_all",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status", "rejected"),
                            ("denial_code", ""),
                            _connector="XOR",
                        ),
                        name="order_rejected_has_code",
                    ),
                ],
                name="order_is_sound",
            ),
        ),
        migrations.AddConstraint(
            model_name="position",
            constraint=Checks(
                checks=[
                    models.CheckConstraint(
                        condition=models.Q(
                            ("bought_notional__gte", 0),
                            ("bought_quantity__gte", 0),
                            ("mark__gte", 0),
                            ("open_buy_notional__gte", 0),
                            ("open_buy_quantity__gte", 0),
                            ("open_sell_notional__gte", 0),
                            ("open_sell_quantity__gte", 0),
                            ("sold_notional__gte", 0),
                            ("sold_quantity__gte", 0),
                        ),
                        name="position_nothing_negative",
                    )
                ],
                name="position_is_sound",
            ),
        ),
    ]
