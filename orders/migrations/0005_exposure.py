"""Exposure of account, desk and firm: kept by triggers, whoever writes a position or moves cash; and what is stored.

The triggers on positions and cash fire once per statement and lock accounts, then desks, then firms, each by id: so
a revaluation of many positions meets no deadlock with a fill.
"""

from decimal import Decimal

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import django.db.models.functions.math
from django.conf import settings
from django.db import migrations, models

import orders.kernel.ids
from orders.kernel.guards import APPLICATION_ROLE, append_only

_ROWS_COME_WITH_HOLDERS = migrations.RunSQL(
    sql="""
        CREATE FUNCTION qtweb_have_exposure() RETURNS trigger LANGUAGE plpgsql
            SECURITY DEFINER SET search_path FROM CURRENT AS $$
        BEGIN
            INSERT INTO orders_exposure (id, firm_id, desk_id, account_id, gross_notional, net_notional,
                    open_buy_notional, open_sell_notional, cash)
                VALUES (NEW.id, CASE TG_ARGV[0] WHEN 'firm' THEN NEW.id END,
                    CASE TG_ARGV[0] WHEN 'desk' THEN NEW.id END,
                    CASE TG_ARGV[0] WHEN 'account' THEN NEW.id END, 0, 0, 0, 0, 0);
            RETURN NULL;
        END
        $$
    """,
    reverse_sql="DROP FUNCTION qtweb_have_exposure()",
)


def _has_exposure(holder: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        sql=f"""
            CREATE TRIGGER has_exposure AFTER INSERT ON orders_{holder}
                FOR EACH ROW EXECUTE FUNCTION qtweb_have_exposure('{holder}');
            ALTER TABLE orders_{holder} ENABLE ALWAYS TRIGGER has_exposure;
        """,
        reverse_sql=f"DROP TRIGGER has_exposure ON orders_{holder}",
    )


def _carried(table: str, on: str, transitions: str, moved: str) -> migrations.RunSQL:
    """Let each statement that changes `table` move the exposure of its accounts, desks and firms by `moved`.

    `moved` selects, from the transition tables, account_id and what the statement moved of each sum.
    """
    name = f"qtweb_carry_{on.lower()}_of_{table.removeprefix('orders_')}"
    return migrations.RunSQL(
        sql=f"""
            CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql
                SECURITY DEFINER SET search_path FROM CURRENT AS $$
            DECLARE
                held record;
            BEGIN
                FOR held IN
                    SELECT coalesce(moved.account_id, account.desk_id, desk.firm_id) AS id,
                        sum(gross) AS gross, sum(net) AS net, sum(buys) AS buys, sum(sells) AS sells,
                        sum(cash) AS cash, sum(deposit) AS deposit
                    FROM ({moved}) AS moved
                    JOIN orders_account AS account ON account.id = moved.account_id
                    JOIN orders_desk AS desk ON desk.id = account.desk_id
                    WHERE (gross, net, buys, sells, cash) <> (0, 0, 0, 0, 0)
                    GROUP BY GROUPING SETS ((moved.account_id), (account.desk_id), (desk.firm_id))
                    ORDER BY grouping(moved.account_id, account.desk_id, desk.firm_id), 1
                LOOP
                    UPDATE orders_exposure SET
                        gross_notional = gross_notional + held.gross,
                        net_notional = net_notional + held.net,
                        open_buy_notional = open_buy_notional + held.buys,
                        open_sell_notional = open_sell_notional + held.sells,
                        cash = cash + held.cash,
                        opening_equity = opening_equity + held.deposit
                    WHERE id = held.id;
                END LOOP;
                RETURN NULL;
            END
            $$;
            CREATE TRIGGER carried_on_{on.lower()} AFTER {on} ON {table} REFERENCING {transitions}
                FOR EACH STATEMENT EXECUTE FUNCTION {name}();
            ALTER TABLE {table} ENABLE ALWAYS TRIGGER carried_on_{on.lower()};
        """,  # noqa: S608 - names of our own tables
        reverse_sql=f"DROP TRIGGER carried_on_{on.lower()} ON {table}; DROP FUNCTION {name}()",
    )


_CARRIED = (
    _carried(
        "orders_position",
        "INSERT",
        "NEW TABLE AS after",
        """SELECT account_id, worst_notional AS gross, net_notional AS net, open_buy_notional AS buys,
            open_sell_notional AS sells, traded_cash AS cash, 0 AS deposit FROM after""",
    ),
    _carried(
        "orders_position",
        "UPDATE",
        "OLD TABLE AS before NEW TABLE AS after",
        """SELECT after.account_id, after.worst_notional - before.worst_notional AS gross,
            after.net_notional - before.net_notional AS net,
            after.open_buy_notional - before.open_buy_notional AS buys,
            after.open_sell_notional - before.open_sell_notional AS sells,
            after.traded_cash - before.traded_cash AS cash, 0 AS deposit
            FROM after JOIN before USING (id)""",
    ),
    _carried(
        "orders_cashmovement",
        "INSERT",
        "NEW TABLE AS after",
        """SELECT account_id, 0 AS gross, 0 AS net, 0 AS buys, 0 AS sells, amount AS cash, amount AS deposit
            FROM after""",
    ),
)

_ONLY_THE_OPENING_IS_WRITTEN = migrations.RunSQL(
    sql=f"""
        REVOKE INSERT, UPDATE, DELETE ON orders_exposure FROM {APPLICATION_ROLE};
        GRANT UPDATE (opening_equity, opening_day) ON orders_exposure TO {APPLICATION_ROLE};
    """,
    reverse_sql=f"GRANT INSERT, UPDATE ON orders_exposure TO {APPLICATION_ROLE}",
)

# What is stored counts as if it had been booked by this version: at the rate of its moment, the next one where none
# was told before it. Without any rate an execution moved no cash and an open order counts one to one.
_FILL_WHAT_IS_STORED = migrations.RunSQL(
    sql="""
        CREATE FUNCTION qtweb_stored_rate(of text, into_currency text, at timestamptz) RETURNS numeric
            LANGUAGE sql STABLE AS $$
            SELECT CASE WHEN of = into_currency THEN 1 ELSE (
                SELECT told.rate FROM (
                    SELECT rate, market_time FROM orders_exchangerate WHERE base = of AND quote = into_currency
                    UNION ALL
                    SELECT 1 / rate, market_time FROM orders_exchangerate
                        WHERE base = into_currency AND quote = of
                ) AS told
                ORDER BY told.market_time > at, abs(extract(epoch FROM told.market_time - at)) LIMIT 1
            ) END
        $$;
        CREATE VIEW qtweb_stored_orders AS
            SELECT stored.id AS order_id, stored.account_id, stored.side,
                qtweb_stored_rate(instrument.currency, firm.currency, stored.market_time) AS rate,
                coalesce(
                    greatest(stored.limit_price, stored.stop_price),
                    (SELECT price FROM orders_execution AS fill JOIN orders_order AS filled
                        ON filled.id = fill.order_id WHERE filled.instrument_id = stored.instrument_id
                        AND fill.kind <> 'bust' ORDER BY fill.market_time DESC, fill.id DESC LIMIT 1),
                    (SELECT other.limit_price FROM orders_order AS other
                        WHERE other.instrument_id = stored.instrument_id AND other.limit_price IS NOT NULL
                        ORDER BY other.id DESC LIMIT 1),
                    instrument.tick_size
                ) AS price
            FROM orders_order AS stored
            JOIN orders_instrument AS instrument ON instrument.id = stored.instrument_id
            JOIN orders_account AS account ON account.id = stored.account_id
            JOIN orders_desk AS desk ON desk.id = account.desk_id
            JOIN orders_firm AS firm ON firm.id = desk.firm_id;
        UPDATE orders_order AS stored SET worst_price = ceil(seen.price * coalesce(seen.rate, 1) * 1e8) / 1e8
            FROM qtweb_stored_orders AS seen
            WHERE seen.order_id = stored.id AND stored.status <> 'rejected';
        UPDATE orders_replacement AS asked SET worst_price = greatest(stored.worst_price,
                ceil(greatest(asked.limit_price, asked.stop_price) * coalesce(seen.rate, 1) * 1e8) / 1e8)
            FROM qtweb_stored_orders AS seen JOIN orders_order AS stored ON stored.id = seen.order_id
            WHERE seen.order_id = asked.order_id;
        UPDATE orders_order AS stored SET reserved_notional = greatest(
                (quantity - filled_quantity) * worst_price,
                (SELECT max((asked.quantity - stored.filled_quantity) * asked.worst_price)
                    FROM orders_replacement AS asked JOIN orders_orderrequest AS request
                        ON request.id = asked.request_id
                    WHERE asked.order_id = stored.id AND request.state IN ('received', 'pending')
                        AND (stored.status = 'pending_replace' OR stored.instruction ->> 'name' = 'manual')))
            WHERE reserved_quantity > 0;
        ALTER TABLE orders_execution DISABLE TRIGGER append_only_rows;
        UPDATE orders_execution AS fill SET cash_amount =
                round(CASE seen.side WHEN 'buy' THEN -1 ELSE 1 END * fill.quantity * fill.price * seen.rate, 16)
            FROM qtweb_stored_orders AS seen WHERE seen.order_id = fill.order_id AND seen.rate IS NOT NULL;
        ALTER TABLE orders_execution ENABLE ALWAYS TRIGGER append_only_rows;
        UPDATE orders_position AS position SET
            open_buy_notional = coalesce((SELECT sum(reserved_notional) FROM orders_order AS open
                WHERE open.account_id = position.account_id AND open.instrument_id = position.instrument_id
                    AND open.side = 'buy'), 0),
            open_sell_notional = coalesce((SELECT sum(reserved_notional) FROM orders_order AS open
                WHERE open.account_id = position.account_id AND open.instrument_id = position.instrument_id
                    AND open.side = 'sell'), 0),
            traded_cash = coalesce((SELECT sum(fill.cash_amount)
                FROM orders_execution AS fill JOIN orders_order AS filled ON filled.id = fill.order_id
                WHERE filled.account_id = position.account_id
                    AND filled.instrument_id = position.instrument_id AND NOT EXISTS (
                        SELECT FROM orders_execution AS later WHERE later.corrects_id = fill.id)), 0),
            mark = coalesce((SELECT round(abs(fill.cash_amount) / fill.quantity, 8)
                FROM orders_execution AS fill JOIN orders_order AS filled ON filled.id = fill.order_id
                WHERE filled.account_id = position.account_id
                    AND filled.instrument_id = position.instrument_id AND fill.kind <> 'bust'
                ORDER BY fill.market_time DESC, fill.id DESC LIMIT 1), 0);
        -- A row that was changed twice has its foreign keys checked at the end: do it now, before tables are altered.
        SET CONSTRAINTS ALL IMMEDIATE;
        DROP VIEW qtweb_stored_orders;
        DROP FUNCTION qtweb_stored_rate(text, text, timestamptz);
    """,
    reverse_sql=migrations.RunSQL.noop,
)

_ROWS_FOR_STORED_HOLDERS = migrations.RunSQL(
    sql="""
        INSERT INTO orders_exposure (id, firm_id, desk_id, account_id, gross_notional, net_notional,
                open_buy_notional, open_sell_notional, cash)
            SELECT coalesce(account.id, desk.id, firm.id),
                CASE WHEN desk.id IS NULL AND account.id IS NULL THEN firm.id END, desk.id, account.id,
                coalesce(sum(worst_notional), 0), coalesce(sum(position.net_notional), 0),
                coalesce(sum(position.open_buy_notional), 0), coalesce(sum(position.open_sell_notional), 0),
                coalesce(sum(traded_cash), 0)
            FROM orders_firm AS firm
            LEFT JOIN orders_desk AS desk ON desk.firm_id = firm.id
            LEFT JOIN orders_account AS account ON account.desk_id = desk.id
            LEFT JOIN orders_position AS position ON position.account_id = account.id
            GROUP BY GROUPING SETS ((firm.id), (desk.id), (account.id))
            HAVING coalesce(account.id, desk.id, firm.id) IS NOT NULL
    """,
    reverse_sql=migrations.RunSQL.noop,
)


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0004_limits"),
    ]

    operations = [
        migrations.CreateModel(
            name="CashMovement",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=16, max_digits=40)),
                ("reference", models.CharField(max_length=64)),
                ("market_time", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
            ],
            options={
                "ordering": ("-id",),
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Exposure",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "gross_notional",
                    models.DecimalField(decimal_places=16, default=Decimal("0"), max_digits=40),
                ),
                ("net_notional", models.DecimalField(decimal_places=16, default=Decimal("0"), max_digits=40)),
                (
                    "open_buy_notional",
                    models.DecimalField(decimal_places=16, default=Decimal("0"), max_digits=40),
                ),
                (
                    "open_sell_notional",
                    models.DecimalField(decimal_places=16, default=Decimal("0"), max_digits=40),
                ),
                ("cash", models.DecimalField(decimal_places=16, default=Decimal("0"), max_digits=40)),
                ("opening_equity", models.DecimalField(decimal_places=16, max_digits=40, null=True)),
                ("opening_day", models.DateField(null=True)),
            ],
            options={
                "ordering": ("id",),
                "default_permissions": (),
            },
        ),
        migrations.RemoveConstraint(
            model_name="position",
            name="position_nothing_negative",
        ),
        migrations.AddField(
            model_name="execution",
            name="cash_amount",
            field=models.DecimalField(decimal_places=16, default=Decimal("0"), max_digits=40),
        ),
        migrations.AddField(
            model_name="order",
            name="reserved_notional",
            field=models.DecimalField(decimal_places=16, default=Decimal("0"), max_digits=40),
        ),
        migrations.AddField(
            model_name="order",
            name="worst_price",
            field=models.DecimalField(decimal_places=8, default=Decimal("0"), max_digits=32),
        ),
        migrations.AddField(
            model_name="position",
            name="mark",
            field=models.DecimalField(decimal_places=8, default=Decimal("0"), max_digits=32),
        ),
        migrations.AddField(
            model_name="position",
            name="open_buy_notional",
            field=models.DecimalField(decimal_places=16, default=Decimal("0"), max_digits=40),
        ),
        migrations.AddField(
            model_name="position",
            name="open_sell_notional",
            field=models.DecimalField(decimal_places=16, default=Decimal("0"), max_digits=40),
        ),
        migrations.AddField(
            model_name="position",
            name="traded_cash",
            field=models.DecimalField(decimal_places=16, default=Decimal("0"), max_digits=40),
        ),
        migrations.AddField(
            model_name="replacement",
            name="worst_price",
            field=models.DecimalField(decimal_places=8, default=Decimal("0"), max_digits=32),
        ),
        _FILL_WHAT_IS_STORED,
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reserved_notional", 0), ("reserved_quantity", 0)),
                    models.Q(("reserved_notional__gt", 0), ("reserved_quantity__gt", 0)),
                    _connector="OR",
                ),
                name="order_reserves_units_and_notional",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(("worst_price__gte", 0)), name="order_worst_price_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="position",
            constraint=models.CheckConstraint(
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
            ),
        ),
        migrations.AddField(
            model_name="cashmovement",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.account"
            ),
        ),
        migrations.AddField(
            model_name="cashmovement",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="exposure",
            name="account",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.account"
            ),
        ),
        migrations.AddField(
            model_name="exposure",
            name="desk",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.desk"
            ),
        ),
        migrations.AddField(
            model_name="exposure",
            name="firm",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.firm"
            ),
        ),
        migrations.AddField(
            model_name="position",
            name="net_notional",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.expressions.CombinedExpression(
                    django.db.models.expressions.CombinedExpression(
                        models.F("bought_quantity"), "-", models.F("sold_quantity")
                    ),
                    "*",
                    models.F("mark"),
                ),
                output_field=models.DecimalField(decimal_places=16, max_digits=40),
            ),
        ),
        migrations.AddField(
            model_name="position",
            name="worst_notional",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.comparison.Greatest(
                    django.db.models.functions.math.Abs(
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    models.F("bought_quantity"), "-", models.F("sold_quantity")
                                ),
                                "*",
                                models.F("mark"),
                            ),
                            "+",
                            models.F("open_buy_notional"),
                        )
                    ),
                    django.db.models.functions.math.Abs(
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    models.F("bought_quantity"), "-", models.F("sold_quantity")
                                ),
                                "*",
                                models.F("mark"),
                            ),
                            "-",
                            models.F("open_sell_notional"),
                        )
                    ),
                ),
                output_field=models.DecimalField(decimal_places=16, max_digits=40),
            ),
        ),
        migrations.AddConstraint(
            model_name="cashmovement",
            constraint=models.UniqueConstraint(fields=("account", "reference"), name="cash_movement_once"),
        ),
        migrations.AddConstraint(
            model_name="cashmovement",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount", 0), _negated=True), name="cash_movement_moves"
            ),
        ),
        migrations.AddConstraint(
            model_name="cashmovement",
            constraint=models.CheckConstraint(
                condition=models.Q(("reference", ""), _negated=True), name="cash_movement_has_reference"
            ),
        ),
        migrations.AddConstraint(
            model_name="exposure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("account", None), ("desk", None), ("firm", models.F("id"))),
                    models.Q(("account", None), ("desk", models.F("id")), ("firm", None)),
                    models.Q(("account", models.F("id")), ("desk", None), ("firm", None)),
                    _connector="OR",
                ),
                name="exposure_one_holder",
            ),
        ),
        migrations.AddConstraint(
            model_name="exposure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("gross_notional__gte", 0), ("open_buy_notional__gte", 0), ("open_sell_notional__gte", 0)
                ),
                name="exposure_nothing_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="exposure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("opening_day", None), ("opening_equity", None)),
                    models.Q(("opening_day__isnull", False), ("opening_equity__isnull", False)),
                    _connector="OR",
                ),
                name="exposure_opened_at_once",
            ),
        ),
        _ROWS_FOR_STORED_HOLDERS,
        _ROWS_COME_WITH_HOLDERS,
        *(_has_exposure(holder) for holder in ("firm", "desk", "account")),
        *_CARRIED,
        append_only("orders_cashmovement"),
        _ONLY_THE_OPENING_IS_WRITTEN,
    ]
