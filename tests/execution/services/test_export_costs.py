"""A file of costs that was taken stands in the trail."""

import json

import pytest

from compliance.models import Leaf
from execution.services.export_costs import record_export
from orders.kernel.context import NotAPerson
from tests.world import SETUP, World


def test_who_took_which_file_is_kept_and_a_process_takes_none(world: World) -> None:
    record_export(actor=world.trader, form="csv", asked={"account": "ALPHA"}, orders=3)

    leaf = Leaf.objects.get(action="CostsExported")
    assert leaf.actor == world.trader.reference
    assert json.loads(leaf.body)["facts"] == {"asked": {"account": "ALPHA"}, "form": "csv", "orders": 3}
    with pytest.raises(NotAPerson):
        record_export(actor=SETUP, form="csv", asked={}, orders=0)
