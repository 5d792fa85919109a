"""`NAME.pid` in the instance's folder: who runs under a Procfile name right now."""

from __future__ import annotations

from pathlib import Path


def write(home: Path, name: str, pid: int) -> None:
    """Put it there in one step, so that no reader sees half a number."""
    partial = _path(home, name).with_suffix(".partial")
    partial.write_text(f"{pid}\n")
    partial.replace(_path(home, name))


def read(home: Path, name: str) -> int | None:
    """The pid, or None while nothing runs under that name."""
    try:
        return int(_path(home, name).read_text())
    except FileNotFoundError:
        return None


def remove(home: Path, name: str) -> None:
    """Say that nothing runs under that name."""
    _path(home, name).unlink(missing_ok=True)


def _path(home: Path, name: str) -> Path:
    return home / f"{name}.pid"
