"""Progress of a long load: in place at a terminal, a line now and then elsewhere, nothing for short files."""

import io

import pytest

from execution.management import loading
from execution.management.loading import ShownProgress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def told(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch, *, period_s: float) -> str:
    """What is said of three batches that end so far apart."""
    moments = iter([0.0, *(period_s * number for number in (1, 2, 3))])
    monkeypatch.setattr(loading.time, "monotonic", lambda: next(moments))
    progress = ShownProgress(stream)
    for rows in (50_000, 100_000, 1_500_000):
        progress(rows)
    progress.end()
    return stream.getvalue()


def test_at_a_terminal_one_line_is_written_over(monkeypatch: pytest.MonkeyPatch) -> None:
    said = told(Terminal(), monkeypatch, period_s=0.5)
    assert said == (
        "\r50,000 rows, 100,000 a second\r100,000 rows, 100,000 a second"
        "\r1,500,000 rows, 1,000,000 a second\r\x1b[K"
    )


def test_in_a_log_there_is_a_line_every_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(io.StringIO(), monkeypatch, period_s=5) == "100,000 rows, 10,000 a second\n"
