"""A leaf belongs to the transaction of what it tells about."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from compliance.handlers import record_leaf
from compliance.leaves import InvalidLeaf, columns, timestamp
from compliance.models import Leaf
from orders.kernel.context import correlated
from orders.kernel.transactions import NotInTransaction
from tests.compliance.log import event


def test_an_event_becomes_a_leaf_whose_columns_repeat_its_body(db):
    with correlated("request-7"):
        record_leaf(event("order-1"))
    leaf = Leaf.events.get()
    said = columns(leaf.body)
    assert (said.object_type, said.object_id, said.revision) == ("refusal", "order-1", 1)
    assert said.correlation_id == leaf.correlation_id == "request-7"
    assert said.recorded_at == timestamp(leaf.recorded_at)
    assert (leaf.action, leaf.actor) == ("InstructionRefused", "process:tests")


def test_a_leaf_costs_one_insert_and_reads_nothing(db):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        record_leaf(event())
    assert [query["sql"].split()[0] for query in queries] == ["INSERT"]


def test_a_leaf_goes_when_its_transaction_is_rolled_back(committed_database):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record_leaf(event())
        raise ZeroDivisionError
    assert Leaf.events.count() == 0


def test_a_leaf_outside_a_transaction_is_refused(committed_database):
    with pytest.raises(NotInTransaction):
        record_leaf(event())
    assert Leaf.events.count() == 0


def test_a_fact_without_canonical_form_stops_the_business(db):
    with pytest.raises(InvalidLeaf):
        record_leaf(event(symbol=0.1))


def test_a_leaf_knows_the_transaction_that_wrote_it(committed_database):
    with committed_database.as_application() as application, transaction.atomic():
        record_leaf(event())
        running = application.execute(
            "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
        ).fetchone()
        assert Leaf.events.get().transaction_id >= running[0]
