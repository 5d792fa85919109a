"""The passes that the integrator makes over the log beside sequencing it."""

import pytest
from django.db import DataError

from compliance.log_metrics import PASS_FAILURES
from compliance.services import passes
from compliance.services.passes import Pass


def failed() -> float:
    return PASS_FAILURES.labels("accounts")._value.get()


def test_what_fails_is_counted_told_and_tried_again_after_a_pause(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now_s, works = 100.0, False

    def batch() -> int:
        if not works:
            raise DataError("a leaf that cannot be read")
        return 7

    monkeypatch.setattr(passes.time, "monotonic", lambda: now_s)
    accounts, before = Pass("accounts", batch), failed()
    assert accounts.turn() == 0
    assert "the pass accounts over the log failed, tried again in 15 s" in caplog.text
    works = True
    now_s += passes.PAUSE_S - 1
    assert accounts.turn() == 0, "not before the pause is over"
    now_s += 1
    assert accounts.turn() == 7
    assert failed() == before + 1
