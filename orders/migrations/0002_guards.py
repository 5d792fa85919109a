"""Executions, revisions, refusals and exchange rates are append-only; what is derived or materialised may go.

An id that an order or a request has used in its account is written down by a trigger: one place that two tables share.
"""

from django.db import migrations

from orders.kernel.guards import CREATE_REFUSAL_FUNCTION, append_only, deletable


def _uses_up_its_id(table: str) -> migrations.RunSQL:
    """Let every new row of `table` use up its client_order_id in its account, for ever and against the other table."""
    return migrations.RunSQL(
        sql=f"""
            CREATE TRIGGER uses_up_its_id AFTER INSERT ON {table}
                FOR EACH ROW EXECUTE FUNCTION qtweb_use_client_order_id();
            ALTER TABLE {table} ENABLE ALWAYS TRIGGER uses_up_its_id;
        """,
        reverse_sql=f"DROP TRIGGER uses_up_its_id ON {table}",
    )


_CREATE_USE_FUNCTION = migrations.RunSQL(
    sql="""
        CREATE FUNCTION qtweb_use_client_order_id() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO orders_usedclientorderid (id, account_id, client_order_id)
                VALUES (NEW.id, NEW.account_id, NEW.client_order_id);
            RETURN NULL;
        END
        $$
    """,
    reverse_sql="DROP FUNCTION qtweb_use_client_order_id()",
)


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial"), ("sessions", "0001_initial")]
    operations = [
        CREATE_REFUSAL_FUNCTION,
        _CREATE_USE_FUNCTION,
        append_only("orders_execution"),
        append_only("orders_orderrevision"),
        append_only("orders_refusal"),
        append_only("orders_usedclientorderid"),
        *(_uses_up_its_id(table) for table in ("orders_order", "orders_orderrequest")),
        append_only("orders_exchangerate"),
        deletable("orders_lot"),
        deletable("orders_settlement"),
        deletable("orders_firmpermission"),
        deletable("orders_deskpermission"),
        deletable("orders_accountpermission"),
        deletable("django_session"),
    ]
