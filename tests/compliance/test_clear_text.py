"""What of the words that people type stands in clear in the log: what its decision record lists, and nothing else."""

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from compliance.commands import ProposeSubscription
from compliance.models import Leaf
from compliance.services.subscription_changes import propose_subscription
from orders.kernel.events import Event
from orders.services import record_refusal
from qtweb.embedded.instance import CHECKOUT
from tests.sign_in import in_role
from tests.world import World

RECORD = CHECKOUT / "docs" / "decisions" / "audit.md"
TYPED = ("reason", "source")
"""How events call what somebody gave in their own words."""


def classes(below: type[Event] = Event) -> Iterator[type[Event]]:
    for each in below.__subclasses__():
        if each.__module__.partition(".")[0] in ("orders", "execution", "compliance"):
            yield each
        yield from classes(each)


def test_the_record_names_every_event_that_has_words_of_people() -> None:
    said = {
        each.__name__
        for each in classes()
        for name, kind in inspect.get_annotations(each).items()
        if name in TYPED and kind in (str, "str")
    }
    listed = re.search(r"- Of what people type.*?\n- ", Path(RECORD).read_text(), re.DOTALL)
    assert listed is not None
    assert set(re.findall(r"`(\w+)`", listed[0])) == said | {"OrderEvent"}


@pytest.mark.parametrize(
    ("account", "symbol", "kept"),
    [("jane.doe@mail.example", "+41791234567", ("", "")), ("ALPHA", "SPY", ("ALPHA", "SPY"))],
)
def test_of_what_a_stranger_typed_only_codes_that_exist_are_told(
    world: World, account: str, symbol: str, kept: tuple[str, str]
) -> None:
    row = record_refusal(actor=world.stranger, code="INPUT_INVALID", account=account, symbol=symbol)
    facts = json.loads(Leaf.events.get(object_id=str(row.pk)).body)["facts"]
    assert (facts["account"], facts["symbol"]) == kept
    assert (row.account, row.symbol) == (account, symbol)


def test_an_address_with_a_key_in_it_is_told_by_its_digest(world: World) -> None:
    asked = {
        "name": "chat",
        "plugin": "webhook",
        "events": ["OrderPlaced"],
        "parameters": {"url": "https://hooks.example.com/services/T0/S3CR3T", "secret_name": "A"},
        "reason": "asked for",
    }
    operator = in_role("operator", world.firm)
    row = propose_subscription(actor=operator, command=ProposeSubscription.model_validate(asked))
    assert "S3CR3T" in row.payload["parameters"]["url"]
    payload = json.loads(Leaf.events.get(action="ApprovalRequested").body)["facts"]["payload"]
    assert (payload["name"], set(payload["parameters"])) == ("chat", {"sha256"})
    assert not Leaf.objects.filter(body__contains="S3CR3T").exists()
