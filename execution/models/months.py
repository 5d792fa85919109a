"""SQL of the tables of market data: partitions by month, and the guard that keeps what a correction replaces.

The application's role owns nothing: it asks `qtweb_market_data_month` for the partition of a month. That function runs
as the owner (SECURITY DEFINER), takes nothing but the name of one of the three tables and a month, and gives nobody a
right on the partition: the table is the only door.
"""

PARTITIONED = {
    "execution_bar": ("bars", "start"),
    "execution_quote": ("quotes", "at"),
    "execution_trade": ("trades", "at"),
}
"""The tables with the kind and the moment's column of each."""

_NEVER_EMPTIED = """
        EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.%I'
                       ' FOR EACH STATEMENT EXECUTE FUNCTION public.qtweb_refuse_change()', part);
        EXECUTE format('ALTER TABLE public.%I ENABLE ALWAYS TRIGGER never_emptied', part);"""
_AS_THE_TABLE = """
        -- PostgreSQL clones a table's row triggers to its partitions, and none of those of statements.
        FOR kept IN SELECT tgname, pg_get_triggerdef(oid) AS made FROM pg_trigger
                WHERE tgrelid = format('public.%I', of_table)::regclass AND NOT tgisinternal AND tgtype & 1 = 0 LOOP
            EXECUTE replace(kept.made, format(' ON public.%I ', of_table), format(' ON public.%I ', part));
            EXECUTE format('ALTER TABLE public.%I ENABLE ALWAYS TRIGGER %I', part, kept.tgname);
        END LOOP;"""


def _month(guarded: str) -> str:
    """Return the SQL of the function that makes a month's partition, `guarded` as that SQL does."""
    return f"""
    CREATE OR REPLACE FUNCTION qtweb_market_data_month(of_table text, month date) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
        first timestamptz := date_trunc('month', month::timestamp) AT TIME ZONE 'UTC';
        next timestamptz := (date_trunc('month', month::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
        part text := format('%s_%s', of_table, to_char(month, 'YYYYMM'));
        kept record;
    BEGIN
        IF of_table NOT IN ('execution_bar', 'execution_quote', 'execution_trade') OR of_table IS NULL THEN
            RAISE invalid_parameter_value USING MESSAGE = 'no table of market data';
        END IF;
        IF month IS NULL OR month NOT BETWEEN DATE '1970-01-01' AND DATE '2199-12-31' THEN
            RAISE invalid_parameter_value USING MESSAGE = 'no month of market data';
        END IF;
        IF to_regclass('public.' || part) IS NOT NULL THEN
            RETURN FALSE;
        END IF;
        -- Who wants the same month waits here until the other has committed, and then finds it.
        PERFORM pg_advisory_xact_lock('public'::regnamespace::oid::int, hashtext(of_table));
        IF to_regclass('public.' || part) IS NOT NULL THEN
            RETURN FALSE;
        END IF;
        -- Made apart and attached: CREATE TABLE ... PARTITION OF would lock out everybody who reads.
        EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING ALL)', part, of_table);
        EXECUTE format('REVOKE ALL ON public.%I FROM qtweb_app', part);
        EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
                       of_table, part, first, next);{guarded}
        RETURN TRUE;
    END
    $$
"""  # noqa: S608 - names of ours


MONTH = _month(_NEVER_EMPTIED)
MONTH_AS_ITS_TABLE = _month(_AS_THE_TABLE)
"""The same, with whatever statement triggers the table has: its guard, and those of what stands above execution."""

KEEP_VERSION = """
    CREATE FUNCTION qtweb_keep_version() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        correction text := current_setting('qtweb.market_data_load', true);
        kind text := TG_ARGV[0];
        moment text := TG_ARGV[1];
        old_row jsonb := to_jsonb(OLD);
        new_row jsonb := to_jsonb(NEW);
    BEGIN
        IF correction IS NULL OR correction = '' THEN
            RAISE insufficient_privilege USING
                MESSAGE = format('permission denied: %s are restated by a correction alone', kind);
        END IF;
        IF (old_row->'instrument_id', old_row->moment, old_row->'trade_id')
            IS DISTINCT FROM (new_row->'instrument_id', new_row->moment, new_row->'trade_id') THEN
            RAISE insufficient_privilege USING MESSAGE = 'permission denied: a key is never changed';
        END IF;
        INSERT INTO execution_marketdataversion
            (kind, instrument_id, at, trade_id, version, values, recorded_at, superseded_at, load_id)
        VALUES (kind, OLD.instrument_id, (old_row->>moment)::timestamptz, coalesce(old_row->>'trade_id', ''),
            OLD.version, old_row - ARRAY['instrument_id', moment, 'trade_id', 'version', 'recorded_at'],
            OLD.recorded_at, transaction_timestamp(), correction::uuid);
        NEW.version := OLD.version + 1;
        NEW.recorded_at := transaction_timestamp();
        RETURN NEW;
    END
    $$
"""

_COLUMNS = """
    instrument_id uuid NOT NULL CONSTRAINT {table}_of_instrument REFERENCES orders_instrument (id)
        DEFERRABLE INITIALLY DEFERRED,
    {moment} timestamptz NOT NULL,
    {recorded_at}
"""
_BAR = """
    open numeric(20, 8) NOT NULL, high numeric(20, 8) NOT NULL, low numeric(20, 8) NOT NULL,
    close numeric(20, 8) NOT NULL, volume numeric(20, 8) NOT NULL,
    CONSTRAINT bar_prices_ordered CHECK
        (low > 0 AND low <= open AND high >= open AND low <= close AND high >= close),
    CONSTRAINT bar_volume_not_negative CHECK (volume >= 0),
    PRIMARY KEY (instrument_id, start)
"""
_QUOTE = """
    bid numeric(20, 8) NOT NULL, ask numeric(20, 8) NOT NULL,
    CONSTRAINT quote_not_crossed CHECK (bid > 0 AND bid <= ask),
    PRIMARY KEY (instrument_id, at)
"""
_TRADE = """
    trade_id varchar(64) NOT NULL, price numeric(20, 8) NOT NULL, size numeric(20, 8) NOT NULL,
    condition varchar(16) NOT NULL,
    CONSTRAINT trade_price_and_size_positive CHECK (price > 0 AND size > 0),
    PRIMARY KEY (instrument_id, at, trade_id)
"""
_OWN = {"execution_bar": _BAR, "execution_quote": _QUOTE, "execution_trade": _TRADE}
_VERSIONED = """recorded_at timestamptz NOT NULL DEFAULT transaction_timestamp(),
    version smallint NOT NULL DEFAULT 1,"""


def create(table: str, *, partitioned: bool = True) -> str:
    """Return the SQL that makes one of the three tables, or what it was before it had partitions and versions."""
    moment = PARTITIONED[table][1]
    shared = _COLUMNS.format(table=table, moment=moment, recorded_at=_VERSIONED if partitioned else "")
    by_month = f" PARTITION BY RANGE ({moment})" if partitioned else ""
    return f"CREATE TABLE {table} ({shared}{_OWN[table]}){by_month};"


def guard(table: str) -> str:
    """Return the SQL that lets rows of a table be added, read, and restated by a correction; never removed."""
    kind, moment = PARTITIONED[table]
    return f"""
        CREATE TRIGGER keep_version BEFORE UPDATE ON {table}
            FOR EACH ROW EXECUTE FUNCTION qtweb_keep_version('{kind}', '{moment}');
        CREATE TRIGGER never_removed BEFORE DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION qtweb_refuse_change();
        CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION qtweb_refuse_change();
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER keep_version;
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER never_removed;
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER never_emptied;
    """
