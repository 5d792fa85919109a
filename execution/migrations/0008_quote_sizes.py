"""Quotes may have sizes. Those that are there have none, and the check looks at each of them once."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def _change_nothing(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    pass


def _refuse_to_lose_sizes(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM execution_quote WHERE bid_size IS NOT NULL)")
        if True in cursor.fetchone():
            raise RuntimeError("there are quotes with sizes, which this would lose: nothing was changed")


class Migration(migrations.Migration):
    dependencies = [("execution", "0007_reconciliation")]

    operations = [
        *(
            migrations.AddField(
                model_name="quote",
                name=name,
                field=models.DecimalField(decimal_places=8, max_digits=20, null=True),
            )
            for name in ("bid_size", "ask_size")
        ),
        migrations.AddConstraint(
            model_name="quote",
            constraint=models.CheckConstraint(
                name="quote_sizes_both_or_neither",
                condition=models.Q(("ask_size__isnull", True), ("bid_size__isnull", True))
                | models.Q(
                    ("ask_size__gte", 0),
                    ("ask_size__isnull", False),
                    ("bid_size__gte", 0),
                    ("bid_size__isnull", False),
                ),
            ),
        ),
        migrations.RunPython(_change_nothing, _refuse_to_lose_sizes),
    ]
