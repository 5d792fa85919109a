"""Reads of the stored tree."""

import pytest

from compliance.errors import AuditTreeBroken
from compliance.tree_reads import stored_hashes


def test_however_many_nodes_are_asked_for_it_is_one_statement_that_postgresql_can_read(db):
    with pytest.raises(AuditTreeBroken, match="a subtree is missing"):
        stored_hashes([(level, index) for level in (0, 1, 2) for index in range(20_000)])
