"""The user the servers run as: ourselves, or `nobody` when we are root, which PostgreSQL refuses to be.

No user is made; only folders of our own are handed over.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from pathlib import Path
from typing import Any

_USER = "nobody"


def needed() -> bool:
    """Whether the servers must run as another user."""
    return os.geteuid() == 0


def identity() -> dict[str, Any]:
    """Keyword arguments of subprocess.Popen that make a child run as the servers' user."""
    if not needed():
        return {}
    entry = pwd.getpwnam(_USER)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def give(folder: Path) -> None:
    """Hand a folder of ours, with everything in it, to the servers' user."""
    if not needed():
        return
    entry = pwd.getpwnam(_USER)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, entry.pw_uid, entry.pw_gid, follow_symlinks=False)


def can_enter(folder: Path) -> bool:
    """Whether the servers' user can pass through `folder` and all its parents."""
    return not needed() or _as_user('cd "$1"', folder)


def can_execute(file: Path) -> bool:
    """Whether the servers' user can read and run `file`."""
    return not needed() or _as_user('test -r "$1" && test -x "$1"', file)


def _as_user(test: str, path: Path) -> bool:
    # Asked of the kernel by a child of that user: the modes and access lists of all parents count.
    command = ["/bin/sh", "-c", test, "sh", str(path)]
    result = subprocess.run(command, check=False, cwd="/", stderr=subprocess.DEVNULL, **identity())
    return result.returncode == 0
