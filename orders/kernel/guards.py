"""What a migration says so that the database itself guards a table, whoever writes and by whatever door."""

from django.db.migrations import RunSQL

APPLICATION_ROLE = "qtweb_app"

CREATE_REFUSAL_FUNCTION = RunSQL(
    sql="""
        CREATE FUNCTION qtweb_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% on % refused: the table is append-only', TG_OP, TG_TABLE_NAME
                USING ERRCODE = 'insufficient_privilege';
        END
        $$
    """,
    reverse_sql="DROP FUNCTION qtweb_refuse_change()",
)
"""The one trigger function that all append-only tables share."""


def append_only(table: str) -> RunSQL:
    """Let rows of `table` be added and read, never changed or removed.

    Twice over: the application's role has no right to, and a trigger that fires ALWAYS (replication mode or not)
    stops the owner as well.
    """
    return RunSQL(
        sql=f"""
            REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {APPLICATION_ROLE};
            CREATE TRIGGER append_only_rows BEFORE UPDATE OR DELETE ON {table}
                FOR EACH ROW EXECUTE FUNCTION qtweb_refuse_change();
            CREATE TRIGGER append_only_table BEFORE TRUNCATE ON {table}
                FOR EACH STATEMENT EXECUTE FUNCTION qtweb_refuse_change();
            ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only_rows;
            ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only_table;
        """,
        reverse_sql=f"""
            DROP TRIGGER append_only_rows ON {table};
            DROP TRIGGER append_only_table ON {table};
            GRANT UPDATE ON {table} TO {APPLICATION_ROLE};
        """,
    )


def deletable(table: str) -> RunSQL:
    """Let the application remove rows of `table`: the exception, for rows that are no one's record."""
    return RunSQL(
        sql=f"GRANT DELETE ON {table} TO {APPLICATION_ROLE}",
        reverse_sql=f"REVOKE DELETE ON {table} FROM {APPLICATION_ROLE}",
    )
