"""What capture's triggers share: the count of a row's changes, commitments under a key, and the writing of a leaf.

The triggers themselves are put on after each migration, by compliance/capture.
"""

from django.db import migrations, models

from orders.kernel.guards import APPLICATION_ROLE, append_only

_REVISIONS = """
    CREATE FUNCTION qtweb_begin_revision() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.audit_revision := 1;
        RETURN NEW;
    END
    $$;
    CREATE FUNCTION qtweb_count_revision() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.audit_revision := OLD.audit_revision + 1;
        RETURN NEW;
    END
    $$;
    CREATE FUNCTION qtweb_refuse_key() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'UPDATE on % refused: the key of a row never changes', TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END
    $$;
"""

_COMMITMENTS = f"""
    CREATE TABLE compliance_capturekey (id smallint PRIMARY KEY CHECK (id = 1), inner_pad bytea NOT NULL,
        outer_pad bytea NOT NULL);
    REVOKE ALL ON compliance_capturekey FROM {APPLICATION_ROLE};
    -- HMAC-SHA256 (RFC 2104) by hand: what both hashes begin with, made of a key of 244 random bits, and never the key.
    INSERT INTO compliance_capturekey
    SELECT 1, string_agg(set_byte('\\x00', 0, get_byte(key, place) # 54), '' ORDER BY place),
        string_agg(set_byte('\\x00', 0, get_byte(key, place) # 92), '' ORDER BY place)
    FROM (SELECT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || decode(repeat('00', 32), 'hex') AS key)
        AS made, generate_series(0, 63) AS place;
    CREATE FUNCTION qtweb_commitment(said text, place text, of_object text) RETURNS text
        LANGUAGE sql STABLE STRICT AS $$
        SELECT encode(sha256(outer_pad || sha256(inner_pad
            || convert_to(place || chr(31) || of_object || chr(31) || said, 'UTF8'))), 'hex')
        FROM public.compliance_capturekey
    $$;
    REVOKE EXECUTE ON FUNCTION qtweb_commitment FROM PUBLIC, {APPLICATION_ROLE};
"""  # noqa: S608 - names of ours

_WRITE = f"""
    CREATE FUNCTION qtweb_write_leaf(of_type text, of_id text, revision bigint, verb text, after text, before text)
        RETURNS boolean LANGUAGE plpgsql AS $$
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
        head := '{{"action":"' || verb || '","actor":' || to_json(actor);
        tail := ',"correlation_id":' || to_json(correlation)
            || ',"door":' || to_json(coalesce(claims[3], 'database'))
            || ',"kind":"row","object":{{"id":' || to_json(of_id) || ',"revision":' || revision
            || ',"type":"' || of_type || '"}},"on_behalf_of":' || coalesce(to_json(claims[4])::text, 'null')
            || ',"recorded_at":"' || to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
            || '","role":' || to_json(session_user::text)
            || ',"service":' || coalesce(to_json(claims[6])::text, 'null')
            || ',"source":' || to_json(coalesce(claims[5], concat_ws(' ', host(inet_client_addr()),
                nullif(current_setting('application_name'), '')))) || ',"transaction":' || number || '}}';
        entry := head || ',"after":' || after || ',"before":' || before || tail;
        IF octet_length(entry) > 65535 THEN
            entry := head || ',"after":{{"sha256":"' || encode(sha256(convert_to(after, 'UTF8')), 'hex')
                || '"}},"before":{{"sha256":"' || encode(sha256(convert_to(before, 'UTF8')), 'hex') || '"}}' || tail;
        END IF;
        INSERT INTO public.compliance_leaf
            (kind, object_type, object_id, revision, action, actor, correlation_id, recorded_at, body)
            VALUES ('row', of_type, of_id, revision, verb, actor, correlation, moment, entry);
        RETURN true;
    END
    $$;
    REVOKE EXECUTE ON FUNCTION qtweb_write_leaf FROM PUBLIC, {APPLICATION_ROLE};
"""  # noqa: S608 - names of ours

_REMOVE = """
    DO $$
    DECLARE
        made record;
    BEGIN
        -- What was before cannot read these leaves, and counting would begin again in the middle of a row's changes.
        IF EXISTS (SELECT FROM compliance_leaf WHERE kind = 'row') THEN
            RAISE EXCEPTION 'the log has leaves of changed rows: capture cannot be removed any more';
        END IF;
        FOR made IN SELECT oid::regprocedure AS name FROM pg_proc WHERE pronamespace = 'public'::regnamespace
            AND proname LIKE 'qtweb\\_capture\\_%' LOOP
            EXECUTE format('DROP FUNCTION %s CASCADE', made.name);
        END LOOP;
        FOR made IN SELECT attrelid::regclass AS name FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
            WHERE relnamespace = 'public'::regnamespace AND attname = 'audit_revision' AND NOT attisdropped LOOP
            EXECUTE format('DROP TRIGGER IF EXISTS key_stays ON %s', made.name);
            EXECUTE format('DROP TRIGGER IF EXISTS revision_begins ON %s', made.name);
            EXECUTE format('DROP TRIGGER IF EXISTS revision_counts ON %s', made.name);
            EXECUTE format('ALTER TABLE %s DROP COLUMN audit_revision', made.name);
        END LOOP;
    END
    $$;
    DROP FUNCTION qtweb_write_leaf;
    DROP FUNCTION qtweb_commitment;
    DROP TABLE compliance_capturekey;
    DROP FUNCTION qtweb_begin_revision;
    DROP FUNCTION qtweb_count_revision;
    DROP FUNCTION qtweb_refuse_key;
"""


class Migration(migrations.Migration):
    dependencies = [("compliance", "0007_outside_copies")]
    operations = [
        migrations.AddField(
            "leaf", "kind", models.CharField(db_default="event", default="event", max_length=5)
        ),
        migrations.RunSQL(_REVISIONS + _COMMITMENTS + _WRITE, _REMOVE),
        append_only("compliance_capturekey"),
    ]
