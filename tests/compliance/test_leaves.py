"""What an entry of the audit log says, and that it has one spelling only."""

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.leaves import ENTRY_MAX_BYTES, InvalidLeaf, body, canonical, columns, timestamp
from orders.events import InstructionRefused
from orders.kernel.context import Actor, Door, process_actor
from orders.kernel.events import Event

PERSON = Actor(name="ana", door=Door.API, user_id=UUID("01900000-0000-7000-8000-000000000001"))
MARKET = datetime(2024, 3, 8, 14, 30, tzinfo=UTC)
RECORDED = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=20,
)


def refusal(actor: Actor = PERSON, **changes: Any) -> InstructionRefused:
    given_facts = {"code": "RESOURCE_ACCOUNT_NOT_FOUND", "account": "EQ-1", "symbol": "SPY", **changes}
    return InstructionRefused(actor=actor, object_id="abc", revision=0, market_time=MARKET, **given_facts)


def entry(event: Event) -> str:
    return body(event, correlation_id="c-1", recorded_at=RECORDED)


def test_an_entry_says_who_by_which_door_when_what_and_on_which_object():
    assert entry(refusal()) == (
        '{"action":"InstructionRefused","actor":"user:01900000-0000-7000-8000-000000000001",'
        '"correlation_id":"c-1","door":"api",'
        '"facts":{"account":"EQ-1","code":"RESOURCE_ACCOUNT_NOT_FOUND","symbol":"SPY"},'
        '"market_time":"2024-03-08T14:30:00.000000Z",'
        '"object":{"id":"abc","revision":0,"type":"refusal"},'
        '"on_behalf_of":null,"recorded_at":"2026-01-02T03:04:05.000006Z","service":null,"source":null}'
    )


def test_an_entry_names_a_person_by_id_and_never_by_login():
    assert "ana" not in entry(refusal())
    assert '"actor":"process:gateway"' in entry(refusal(actor=process_actor("gateway")))


def test_the_columns_are_read_back_from_the_entry():
    read = columns(entry(refusal()))
    assert (read.object_type, read.object_id, read.revision) == ("refusal", "abc", 0)
    assert (read.action, read.actor) == ("InstructionRefused", PERSON.reference)
    assert (read.correlation_id, read.recorded_at) == ("c-1", timestamp(RECORDED))


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"object":1}', '{"object":{"id":"a"}}'])
def test_what_is_no_entry_is_refused(text):
    with pytest.raises(InvalidLeaf):
        columns(text)


@given(json_values)
def test_canonical_json_is_json_and_has_one_spelling(value):
    text = canonical(value)
    assert json.loads(text) == value
    assert canonical(json.loads(text)) == text
    assert "\n" not in text


@given(st.dictionaries(st.text(max_size=3), st.integers()))
def test_the_order_in_which_facts_were_given_does_not_matter(facts):
    assert canonical(facts) == canonical(dict(reversed(facts.items())))


@pytest.mark.parametrize(
    "value", [1.0, float("nan"), b"x", {1: "a"}, {"a": [0.5]}, {"a"}, RECORDED, "\ud800"]
)
def test_what_has_no_single_spelling_is_refused(value):
    with pytest.raises(InvalidLeaf):
        canonical(value)


def test_text_that_is_not_ascii_stays_itself():
    assert canonical("Zürich") == '"Zürich"'


def test_facts_too_large_for_an_entry_are_replaced_by_their_digest():
    event = refusal(symbol="Z" * ENTRY_MAX_BYTES)
    text = entry(event)
    assert json.loads(text)["facts"] == {
        "sha256": hashlib.sha256(canonical(event.facts()).encode()).hexdigest()
    }
    assert len(text.encode()) < 1000


def test_the_largest_entry_that_fits_keeps_its_facts():
    room = ENTRY_MAX_BYTES - len(entry(refusal(symbol="")).encode())
    largest = entry(refusal(symbol="Z" * room))
    assert len(largest.encode()) == ENTRY_MAX_BYTES
    assert json.loads(largest)["facts"]["symbol"] == "Z" * room
    assert "sha256" in json.loads(entry(refusal(symbol="Z" * (room + 1))))["facts"]


def test_an_entry_too_large_without_its_facts_is_refused():
    with pytest.raises(InvalidLeaf):
        body(refusal(), correlation_id="c" * ENTRY_MAX_BYTES, recorded_at=RECORDED)


def test_moments_are_utc_to_the_microsecond():
    zurich = timezone(timedelta(hours=1))
    assert timestamp(datetime(2026, 1, 2, 4, 4, 5, 6, tzinfo=zurich)) == "2026-01-02T03:04:05.000006Z"


def test_a_moment_without_time_zone_is_refused():
    with pytest.raises(InvalidLeaf):
        timestamp(datetime(2026, 1, 2))  # noqa: DTZ001


def test_a_float_among_the_facts_is_refused():
    with pytest.raises(InvalidLeaf):
        entry(refusal(symbol=1.5))
