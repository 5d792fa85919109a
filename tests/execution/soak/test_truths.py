"""What a soak looks at is seen when it is broken: each promise, tampered with behind the application's back."""

from pathlib import Path

import pytest

from tests.conftest import CommittedDatabase
from tests.execution.market import load_day
from tests.execution.replay import Replay
from tests.execution.soak.truths import PROMISES, Broken, check_moment
from tests.world import World

AS_THE_VENUE_HAS_IT = "an execution is as the venue has it"
AS_WE_SENT_IT = "the venue has nothing that we did not send as it is"
FIRST_REPORT = "sequence = (SELECT min(sequence) FROM execution_venuereport)"
APPEND_ONLY = ("orders_execution", "orders_orderrevision", "compliance_leaf", "orders_position")
TAMPERING = {
    # promise: what breaks it, and what mends it
    "an execution belongs to a venue order of its order": (
        "UPDATE orders_execution SET reported_for = 'x' || reported_for",
        "UPDATE orders_execution SET reported_for = substr(reported_for, 2)",
    ),
    "an order is filled by the sum of its executions": (
        "UPDATE orders_order SET filled_quantity = filled_quantity + 1",
        "UPDATE orders_order SET filled_quantity = filled_quantity - 1",
    ),
    "a venue order is filled by the sum of the executions that were reported for it": (
        "UPDATE execution_venueorder SET filled_quantity = filled_quantity - 1 WHERE status = 'filled'",
        "UPDATE execution_venueorder SET filled_quantity = filled_quantity + 1 WHERE status = 'filled'",
    ),
    "what is filled, live at the venue and planned is at most the order": (
        "UPDATE execution_slice SET quantity = quantity + 1 WHERE state = 'planned'",
        "UPDATE execution_slice SET quantity = quantity - 1 WHERE state = 'planned'",
    ),
    "a run that plans all at once has all of its order in its slices": (
        "WITH another AS (UPDATE execution_run SET algorithm = 'direct')"
        " UPDATE execution_slice SET quantity = quantity - 1 WHERE state = 'planned'",
        "WITH again AS (UPDATE execution_run SET algorithm = 'twap')"
        " UPDATE execution_slice SET quantity = quantity + 1 WHERE state = 'planned'",
    ),
    "a slice has one venue order when it is sent, and none before": (
        "UPDATE execution_slice SET state = 'withdrawn' WHERE number = 1",
        "UPDATE execution_slice SET state = 'sent' WHERE number = 1",
    ),
    "a position is the sum of its executions": (
        "UPDATE orders_position SET bought_quantity = bought_quantity + 1",
        "UPDATE orders_position SET bought_quantity = bought_quantity - 1",
    ),
    "an order's revisions have no gap": (
        "UPDATE orders_orderrevision SET version = 0 WHERE version = 1",
        "UPDATE orders_orderrevision SET version = 1 WHERE version = 0",
    ),
    "every revision of an order is in the audit log": (
        "UPDATE compliance_leaf SET revision = revision + 100 WHERE action = 'OrderPlaced'",
        "UPDATE compliance_leaf SET revision = revision - 100 WHERE action = 'OrderPlaced'",
    ),
    "the venue's reports are stored without a gap": (
        f"UPDATE execution_venuereport SET sequence = 100 WHERE {FIRST_REPORT}",
        "UPDATE execution_venuereport SET sequence = 1 WHERE sequence = 100",
    ),
    "nothing becomes a dead letter": (
        "UPDATE execution_run SET dead_lettered_at = now()",
        "UPDATE execution_run SET dead_lettered_at = NULL",
    ),
    AS_THE_VENUE_HAS_IT: (
        "UPDATE orders_execution SET price = price + 1",
        "UPDATE orders_execution SET price = price - 1",
    ),
    AS_WE_SENT_IT: (
        "UPDATE execution_venueorder SET symbol = 'IBM'",
        "UPDATE execution_venueorder SET symbol = 'SPY'",
    ),
}


def test_every_broken_promise_is_seen(
    committed_world: World, committed_database: CommittedDatabase, tmp_path: Path
) -> None:
    load_day()
    replay = Replay(tmp_path, minutes_after_open=10)
    half = {"name": "twap", "parameters": {"slices": 4, "duration_minutes": 20}}
    order = committed_world.place(type="market", limit_price=None, algorithm=half)
    assert replay.work(order, minutes=8).status == "partially_filled"
    assert set(TAMPERING) == {*PROMISES, AS_THE_VENUE_HAS_IT, AS_WE_SENT_IT}

    with committed_database.as_superuser() as superuser:
        for table in APPEND_ONLY:
            superuser.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        for promise, (breaking, mending) in TAMPERING.items():
            check_moment(replay.record)
            assert superuser.execute(breaking).rowcount > 0, promise
            with pytest.raises(Broken, match=f"BROKEN: {promise}"):
                check_moment(replay.record)
            superuser.execute(mending)
    replay.close()
