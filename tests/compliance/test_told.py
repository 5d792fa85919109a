"""What a leaf tells is read out of its body, whatever version wrote it, and a forged one tells nothing."""

import json

import pytest

from compliance.told import Change, Told, readable, row_changes, told_by


def body(**said: object) -> str:
    return json.dumps({"action": "Changed", "object": {"id": "1", "type": "limit", "revision": 2}, **said})


def test_before_and_after_stand_side_by_side_in_the_facts_or_beside_them() -> None:
    expected = (Change("value", "10", "20"), Change("note", "x", None), Change("unit", None, "USD"))
    before, after = {"value": "10", "note": "x"}, {"value": "20", "unit": "USD"}

    assert told_by(body(facts={"before": before, "after": after})).changes == expected
    assert told_by(body(before=before, after=after, facts=None)).changes == expected
    assert [each.is_change for each in expected] == [True, True, True]
    assert not Change("value", "10", "10").is_change


def test_a_row_s_columns_are_told_with_digests_cut_short() -> None:
    digest = "0123456789abcdef" * 4
    leaf = body(
        before={"name": None, "size": 1}, after={"name": {"committed": digest}, "size": {"sha256": digest}}
    )

    assert row_changes(leaf) == (
        Change("name", None, "committed 0123456789abcdef…"),
        Change("size", "1", "sha256 0123456789abcdef…"),
    )


def test_who_for_whom_from_where_and_why_stand_aside_and_unknown_keys_with_them() -> None:
    told = told_by(
        body(door="api", on_behalf_of="user:2", where_from="digest", reason="audit", later={"a": 1})
    )

    assert told.aside == (
        ("door", "api"),
        ("on_behalf_of", "user:2"),
        ("where_from", "digest"),
        ("reason", "audit"),
        ("later", '{"a": 1}'),
    )


def test_other_facts_are_shown_flat_and_empty_ones_not_at_all() -> None:
    told = told_by(
        body(facts={"details": {"numbers": {"used": "3"}}, "ids": ["a"], "none": None, "empty": ""})
    )

    assert told.facts == (("details.numbers.used", "3"), ("ids", '["a"]'))


@pytest.mark.parametrize("forged", ["", "<script>", "[1]", "7", "[" * 30_000, '{"facts": [1], "before": 2}'])
def test_a_forged_body_tells_nothing_and_stops_nothing(forged: str) -> None:
    assert told_by(forged) == Told((), (), ())
    assert row_changes(forged) == ()
    assert readable(forged)[:1] == forged[:1]
