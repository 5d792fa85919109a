"""The audit log is append-only, for the application's role and for the owner of the tables."""

from django.db import migrations

from orders.kernel.guards import append_only


class Migration(migrations.Migration):
    dependencies = [("compliance", "0001_initial"), ("orders", "0002_guards")]
    operations = [
        append_only("compliance_leaf"),
        append_only("compliance_treeentry"),
        append_only("compliance_treenode"),
        append_only("compliance_checkpoint"),
    ]
