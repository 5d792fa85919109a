"""What a search goes by is held to the leaves: whoever puts rows there stops nothing, and each of them is named."""

import pytest

from compliance.errors import MonthNotReady
from compliance.models import SearchEntry
from compliance.services.archives import archive_month
from compliance.services.index_leaves import index_batch
from compliance.services.sign_checkpoint import sign_checkpoint
from compliance.services.verify import verify
from compliance.services.watch import LogWatch
from compliance.tree_reads import newest_findable
from orders.kernel.context import process_actor
from orders.kernel.ids import new_id
from tests.compliance.log import indexed, integrate, record, tamper
from tests.compliance.months import open_next_month
from tests.world import World

_FORGE = """
    INSERT INTO compliance_searchentry
        (leaf_id, sequence, object_type, object_id, action, actor, correlation_id, recorded_at)
    VALUES (%s, %s, 'x', 'x', 'x', 'x', 'x', now())
"""


def test_a_row_beyond_the_tree_is_named_and_stops_no_indexing(committed_database):
    record(*"abc")
    indexed()
    assert verify().broken is None
    with committed_database.as_application() as application:
        application.execute(_FORGE, [999_999, 1_000_000_000])
    record("later")
    integrate()
    assert (index_batch(), newest_findable().sequence) == (1, 3)
    found = verify().broken
    assert found.what == "a search knows of an entry that is not there"
    assert LogWatch().turn() == found


def test_a_row_in_the_place_of_the_next_one_is_named_and_what_it_left_out_stays_in_the_log(
    committed_database, tmp_path
):
    record("a")
    indexed()
    record(*"bcd")
    ended, _begun = open_next_month(committed_database)
    integrate()
    with committed_database.as_application() as application:
        application.execute(_FORGE, [999_999, 2])
    assert (index_batch(), SearchEntry.objects.count()) == (1, 3)
    found = verify().broken
    assert (found.sequence, found.what) == (1, "a search does not find it as the leaf says")
    assert LogWatch().turn() == found
    sign_checkpoint()
    with pytest.raises(MonthNotReady, match="not all indexed"):
        archive_month(actor=process_actor("archivist"), month=ended, folder=tmp_path)


def test_an_altered_row_is_named_its_account_too(committed_world: World, committed_database):
    committed_world.place()
    indexed()
    assert verify().broken is None
    of_order = SearchEntry.objects.exclude(account_id=None).first()
    for column, value in (("account_id", "NULL"), ("account_id", f"'{new_id()}'"), ("actor", "'nobody'")):
        tamper(
            committed_database,
            "compliance_searchentry",
            f"UPDATE compliance_searchentry SET {column} = {value} WHERE leaf_id = {of_order.pk}",
        )
        found = verify().broken
        assert (found.sequence, found.leaf_id) == (of_order.sequence, of_order.pk)
        assert found.what == "a search does not find it as the leaf says"
        kept = f"'{getattr(of_order, column)}'"
        tamper(
            committed_database,
            "compliance_searchentry",
            f"UPDATE compliance_searchentry SET {column} = {kept} WHERE leaf_id = {of_order.pk}",
        )
    assert verify().broken is None
