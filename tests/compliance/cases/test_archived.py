"""A case is whole or refused: what is archived is never left out of it without a word."""

from pathlib import Path
from typing import Any

import pytest

from compliance.errors import CaseEmpty, LeafArchived
from compliance.models import CaseState
from compliance.services.archives import archive_month
from compliance.services.export_case import request_case
from orders.commands import CancelOrder
from orders.kernel.context import process_actor
from orders.services import cancel
from tests.compliance.cases.exporting import AUDIT_KEYS, command, exported, finished, log_signed
from tests.compliance.months import open_next_month
from tests.conftest import CommittedDatabase
from tests.world import World


def test_a_case_that_needs_archived_leaves_is_refused_when_it_is_asked_for_and_when_it_is_written(
    committed_world: World, committed_database: CommittedDatabase, tmp_path: Path, settings: Any
) -> None:
    settings.AUDIT_KEYS = AUDIT_KEYS
    world = committed_world
    old = world.place()
    ended, _begun = open_next_month(committed_database)
    cancel(actor=world.trader, order_id=old.pk, command=CancelOrder(reason="later"))
    later = world.place(client_order_id="later")
    log_signed()
    asked_before = request_case(actor=world.trader, command=command(action="OrderCanceled"))
    archive_month(actor=process_actor("archivist"), month=ended, folder=tmp_path)

    for about, which in (
        ({"order_id": old.pk}, "of the orders"),
        (
            {"action": "OrderCanceled"},
            "of the orders",
        ),  # it was canceled in this month, and placed in the other
        ({"action": "OrderPlaced", "kind": "event"}, "that meet the criteria"),
    ):
        with pytest.raises(LeafArchived, match=rf"leaves {which} are in the archive of {ended:%Y-%m}"):
            request_case(actor=world.trader, command=command(**about))
    assert finished(asked_before).state == CaseState.REFUSED
    assert asked_before.refusal.startswith("STATE_LEAF_ARCHIVED: leaves of the orders are in the archive")
    for about in ({"order_id": later.pk}, {"client_order_id": "later"}):
        assert exported(world.trader, **about).state == CaseState.READY
    # Of another desk's archived leaves nobody hears.
    with pytest.raises(CaseEmpty):
        request_case(actor=world.stranger, command=command(action="OrderPlaced"))
