"""What keeps a table captured is compared as it is: whatever was renamed, replaced or taken off is put right again."""

from compliance.capture.attach import attach_all, not_captured
from compliance.capture.declared import ByRow, ByStatement
from compliance.capture.registry import REGISTRY
from compliance.models import Leaf
from compliance.services.verify import miscounted
from tests.compliance.months import as_owner


def test_a_table_that_was_renamed_is_captured_under_its_new_name_and_counts_anew(
    committed_database, monkeypatch
):
    with as_owner(committed_database) as owner:
        owner.execute("CREATE TABLE made_first (id int PRIMARY KEY, worth int)")
        monkeypatch.setitem(REGISTRY, "made_first", ByRow("id worth"))
        attach_all(owner.cursor(), owner.transaction)
        owner.execute("INSERT INTO made_first VALUES (1, 1)")
        owner.execute("UPDATE made_first SET worth = 2")
        owner.execute("ALTER TABLE made_first RENAME TO made_then")
        assert attach_all(owner.cursor(), owner.transaction) == ["made_then"]
        assert attach_all(owner.cursor(), owner.transaction) == []
        owner.execute("UPDATE made_then SET worth = 3")
        owner.execute("UPDATE made_then SET worth = 4")
        assert owner.execute("SELECT to_regproc('qtweb_capture_made_first')").fetchone() == (None,)
    leaves = Leaf.objects.filter(object_type__startswith="made_").order_by("pk")
    assert list(leaves.values_list("object_type", "revision")) == [
        ("made_first", 1),
        ("made_first", 2),
        ("made_then", 1),
        ("made_then", 2),
    ]
    assert miscounted() is None


def test_what_is_not_as_it_would_be_attached_is_told_and_put_right(committed_database):
    empty = "CREATE OR REPLACE FUNCTION qtweb_capture_execution_venue() RETURNS trigger LANGUAGE plpgsql"
    body = "AS 'BEGIN RETURN NULL; END'"
    on = "ON execution_venue"
    with as_owner(committed_database) as owner:
        owner.execute("SELECT qtweb_market_data_month('execution_bar', '2024-01-01')")
        assert not_captured(owner.cursor()) == {}
        for ways in (
            [f"{empty} SECURITY DEFINER SET search_path = pg_catalog, pg_temp {body}"],
            ["ALTER FUNCTION qtweb_capture_execution_venue() SECURITY INVOKER"],
            ["ALTER TABLE execution_venue DISABLE TRIGGER capture_rows"],
            [
                f"DROP TRIGGER capture_rows {on}",
                f"CREATE TRIGGER capture_rows AFTER DELETE {on} FOR EACH ROW"
                " EXECUTE FUNCTION qtweb_capture_execution_venue()",
                "ALTER TABLE execution_venue ENABLE ALWAYS TRIGGER capture_rows",
            ],
            [
                f"DROP TRIGGER revision_counts {on}",
                f"CREATE TRIGGER revision_counts BEFORE UPDATE {on} FOR EACH ROW"
                " EXECUTE FUNCTION qtweb_begin_revision()",
                "ALTER TABLE execution_venue ENABLE ALWAYS TRIGGER revision_counts",
            ],
        ):
            for statement in ways:
                owner.execute(statement)
            assert attach_all(owner.cursor(), owner.transaction) == ["execution_venue"]
        owner.execute("DROP TRIGGER capture_insert ON execution_bar_202401")
        assert attach_all(owner.cursor(), owner.transaction) == ["execution_bar"]
        assert not_captured(owner.cursor()) == {}


def test_a_table_that_is_told_by_statement_from_now_on_is_counted_no_more(committed_database, monkeypatch):
    monkeypatch.setitem(REGISTRY, "execution_venue", ByStatement("enough"))
    with as_owner(committed_database) as owner:
        assert attach_all(owner.cursor(), owner.transaction) == ["execution_venue"]
        assert attach_all(owner.cursor(), owner.transaction) == []
