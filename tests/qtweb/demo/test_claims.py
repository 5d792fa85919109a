"""A claim that does not hold is named and remembered; what builds on it does not go on."""

from __future__ import annotations

import pytest

from qtweb.demo.claims import Claims, eventually
from qtweb.demo.errors import ClaimFailed


def test_claim_that_holds_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    claims = Claims()
    claims.check("one is one", True, 1)
    assert (claims.held, claims.failed) == (1, [])
    assert "ok   one is one: 1" in capsys.readouterr().out


def test_claim_that_fails_is_named_and_the_next_is_still_checked(capsys: pytest.CaptureFixture[str]) -> None:
    claims = Claims()
    claims.check("one is two", False, 1)
    claims.check("one is one", True, 1)
    assert (claims.held, claims.failed) == (1, ["one is two (seen: 1)"])
    assert "FAIL one is two" in capsys.readouterr().out


def test_required_claim_that_fails_ends_the_scene() -> None:
    claims = Claims()
    with pytest.raises(ClaimFailed, match="admitted"):
        claims.require("the order is admitted", False, "422 RISK_ORDER_QUANTITY")
    assert claims.failed


def test_what_comes_true_in_time_is_returned() -> None:
    values = iter(range(5))
    assert eventually("it is two", lambda: next(values), lambda seen: seen == 2, patience_s=5) == 2


def test_what_does_not_come_true_is_said_with_what_was_seen_last() -> None:
    with pytest.raises(ClaimFailed, match=r"it is two: not within 0 s \(seen last: 1\)"):
        eventually("it is two", lambda: 1, lambda seen: seen == 2, patience_s=0)
