"""A new month of market data gets the statement triggers of its table, whoever put them there and after whatever."""

from django.db import migrations

from execution.models.months import MONTH

_GUARDED = """
        EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.%I'
                       ' FOR EACH STATEMENT EXECUTE FUNCTION public.qtweb_refuse_change()', part);
        EXECUTE format('ALTER TABLE public.%I ENABLE ALWAYS TRIGGER never_emptied', part);
"""
_AS_THE_TABLE = """
        -- PostgreSQL clones a table's row triggers to its partitions, and none of those of statements.
        FOR kept IN SELECT tgname, pg_get_triggerdef(oid) AS made FROM pg_trigger
                WHERE tgrelid = format('public.%I', of_table)::regclass AND NOT tgisinternal AND tgtype & 1 = 0 LOOP
            EXECUTE replace(kept.made, format(' ON public.%I ', of_table), format(' ON public.%I ', part));
            EXECUTE format('ALTER TABLE public.%I ENABLE ALWAYS TRIGGER %I', part, kept.tgname);
        END LOOP;
"""


def _replaced(old: str, new: str) -> str:
    """The function with its guard of TRUNCATE spelled out, or with whatever triggers the table has."""
    text = MONTH.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)
    changed = text.replace(old.strip("\n"), new.strip("\n"))
    if changed == text:
        raise RuntimeError("the function that makes months is not what this migration changes")
    return changed.replace("    DECLARE\n", "    DECLARE\n        kept record;\n", 1)


class Migration(migrations.Migration):
    dependencies = [("execution", "0009_fill_model")]
    operations = [
        migrations.RunSQL(
            _replaced(_GUARDED, _AS_THE_TABLE), MONTH.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)
        )
    ]
