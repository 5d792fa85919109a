"""What a leaf may be at most: as long as c2sp.org/tlog-tiles takes, and of a moment that every reader can name.

NOT VALID: what is there is not read through, and a month that is archived comes back as it went. A partition that is
made later is made like the table. One that is attached has to have what the table has, so the archived get it as well.

Row leaves are bounded by themselves, because nobody's change may fail for what its session claims: each claim counts as
far as an honest one may be long, and before and after are digested where they would be too long beside that.
"""

from django.db import migrations

from compliance.models.leaf_partitions import SCHEMA

_BOUNDS = {
    "leaf_body_fits_a_tile": "octet_length(body) <= 65535",
    "leaf_recorded_at_is_nameable": "recorded_at >= '2000-01-01Z' AND recorded_at < '9000-01-01Z'",
}
_ADD = ", ".join(f"ADD CONSTRAINT {name} CHECK ({rule}) NOT VALID" for name, rule in _BOUNDS.items())
_DROP = ", ".join(f"DROP CONSTRAINT {name}" for name in _BOUNDS)


def _on_all(change: str) -> str:
    return f"""
        ALTER TABLE compliance_leaf {change};
        DO $$
        DECLARE
            archived record;
        BEGIN
            FOR archived IN SELECT oid::regclass AS name FROM pg_class
                WHERE relnamespace = '{SCHEMA}'::regnamespace AND relkind = 'r' AND NOT relispartition LOOP
                EXECUTE format('ALTER TABLE %s ', archived.name) || $change${change}$change$;
            END LOOP;
        END
        $$;
    """  # noqa: S608 - names of ours


# As 0008_capture has it, but for the claims.
_WRITE = """
    CREATE OR REPLACE FUNCTION qtweb_write_leaf(
        of_type text, of_id text, revision bigint, verb text, after text, before text
    ) RETURNS boolean LANGUAGE plpgsql AS $$
    DECLARE
        claims text[] := string_to_array(nullif(current_setting('qtweb.context', true), ''), chr(31), '');
        moment timestamptz := clock_timestamp();
        number text := pg_current_xact_id()::text;
        actor text := left(coalesce(claims[1], 'database:' || session_user), 64);
        correlation text := left(coalesce(claims[2], 'transaction:' || number), 64);
        head text;
        tail text;
        entry text;
    BEGIN
        claims := ARRAY[left(claims[1], 64), left(claims[2], 64), left(claims[3], 32), left(claims[4], 128),
            left(claims[5], 256), left(claims[6], 128)];
        head := '{"action":"' || verb || '","actor":' || to_json(actor);
        tail := ',"correlation_id":' || to_json(correlation)
            || ',"door":' || to_json(coalesce(claims[3], 'database'))
            || ',"kind":"row","object":{"id":' || to_json(of_id) || ',"revision":' || revision
            || ',"type":"' || of_type || '"},"on_behalf_of":' || coalesce(to_json(claims[4])::text, 'null')
            || ',"recorded_at":"' || to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
            || '","role":' || to_json(session_user::text)
            || ',"service":' || coalesce(to_json(claims[6])::text, 'null')
            || ',"source":' || to_json(coalesce(claims[5], concat_ws(' ', host(inet_client_addr()),
                nullif(current_setting('application_name'), '')))) || ',"transaction":' || number || '}';
        entry := head || ',"after":' || after || ',"before":' || before || tail;
        IF octet_length(entry) > 65535 THEN
            entry := head || ',"after":{"sha256":"' || encode(sha256(convert_to(after, 'UTF8')), 'hex')
                || '"},"before":{"sha256":"' || encode(sha256(convert_to(before, 'UTF8')), 'hex') || '"}' || tail;
        END IF;
        INSERT INTO public.compliance_leaf
            (kind, object_type, object_id, revision, action, actor, correlation_id, recorded_at, body)
            VALUES ('row', of_type, of_id, revision, verb, actor, correlation, moment, entry);
        RETURN true;
    END
    $$;
"""


class Migration(migrations.Migration):
    dependencies = [("compliance", "0012_case_rights")]
    operations = [
        migrations.RunSQL(_on_all(_ADD), _on_all(_DROP)),
        migrations.RunSQL(_WRITE, migrations.RunSQL.noop),
    ]
