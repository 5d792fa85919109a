"""Executions, revisions, refusals and exchange rates are append-only; what is derived or materialised may go."""

from django.db import migrations

from orders.kernel.guards import CREATE_REFUSAL_FUNCTION, append_only, deletable


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial"), ("sessions", "0001_initial")]
    operations = [
        CREATE_REFUSAL_FUNCTION,
        append_only("orders_execution"),
        append_only("orders_orderrevision"),
        append_only("orders_refusal"),
        append_only("orders_exchangerate"),
        deletable("orders_lot"),
        deletable("orders_settlement"),
        deletable("orders_firmpermission"),
        deletable("orders_deskpermission"),
        deletable("orders_accountpermission"),
        deletable("django_session"),
    ]
