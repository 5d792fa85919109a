"""Whatever happens anywhere is audited: what the wiring has to hold for."""

import pytest

import compliance.events  # every event class of the house has to be known here
import compliance.log_events  # noqa: F401  # as above
import execution.events  # noqa: F401
import orders.events  # noqa: F401
from compliance.handlers import record_leaf
from compliance.services.approvals import require_approval
from orders.hooks import hooks
from orders.kernel.events import Event, event_classes

HOUSE = [
    found
    for found in event_classes()
    if found.__module__.split(".")[0] in ("orders", "execution", "compliance")
]


def test_the_house_has_events_in_every_app():
    assert {found.__module__ for found in HOUSE} == {
        "orders.events",
        "execution.events",
        "compliance.events",
        "compliance.log_events",
    }


@pytest.mark.parametrize("event_class", HOUSE, ids=lambda found: found.__name__)
def test_every_event_is_heard_by_the_audit_log_once(event_class: type[Event]):
    assert hooks.subscriptions.handlers_of(event_class).count(record_leaf) == 1


def test_changes_that_need_approval_ask_compliance():
    assert hooks.require_approval is require_approval
