"""Where instances lie on disk, and the removal of what dead ones left there."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
import time
from pathlib import Path

from qtweb.embedded import processes, unprivileged
from qtweb.embedded.errors import BusyInstanceError, EmbeddedError
from qtweb.embedded.lock import Lock

# Fixed, whatever TMPDIR says: a unix socket's path has at most 107 bytes, and servers running as nobody can
# enter here. mkdtemp's names are lower-case, which the host part of a URL needs.
SHORT = Path("/tmp")  # noqa: S108 - names come from mkdtemp, owners are checked
REACHABLE = Path("/var/tmp")  # noqa: S108 - the owner is checked
PREFIX = "qtweb-"
LOCK = "lock"
_YOUNG_SECONDS = 60
_STOP_GRACE_SECONDS = 5.0


def new_short() -> Path:
    """A new folder with a short path, open to nobody else (0711 when the servers run as another user)."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=SHORT))
    open_to_servers(folder)
    return folder


def open_to_servers(folder: Path) -> None:
    """Mode 0700, or 0711 where the servers' user has to pass through to its own folders inside."""
    folder.chmod(0o711 if unprivileged.needed() else 0o700)


def for_servers(folder: Path) -> Path:
    """Make `folder` (mode 0700) and give it to the servers' user; leave it when it is there."""
    if not folder.exists():
        folder.mkdir(mode=0o700)
        unprivileged.give(folder)
    return folder


def lasting(checkout: Path) -> Path:
    """The folder of the checkout's lasting instance, which need not exist yet.

    It is `.serve` in the checkout, unless the servers' user cannot get there.
    """
    if unprivileged.can_enter(checkout):
        return checkout / ".serve"
    digest = hashlib.sha256(os.fsencode(checkout)).hexdigest()[:8]
    return REACHABLE / f"{PREFIX}serve-{digest}"


def make_own(folder: Path) -> None:
    """Make a lasting instance's folder, or accept it when it is there and ours. Raises EmbeddedError."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if not _is_own(folder):
        raise EmbeddedError(f"{folder} belongs to another user or is a link: remove it")
    open_to_servers(folder)


def sweep() -> None:
    """Stop what dead throw-away instances left running, and remove their folders."""
    for folder in SHORT.glob(f"{PREFIX}*"):
        if _is_own(folder):
            _remove_if_dead(folder)


def remove_short(folder: Path) -> None:
    """Remove a folder that `new_short` made."""
    if folder.parent == SHORT and folder.name.startswith(PREFIX) and _is_own(folder):
        shutil.rmtree(folder)


def clear_leftovers(home: Path, title: str) -> list[processes.Process]:
    """Stop, by pid, the processes of an instance whose lock the caller holds, and say which they were."""
    found = processes.of_instance(home, title)
    processes.stop(found, _STOP_GRACE_SECONDS)
    return found


def _remove_if_dead(folder: Path) -> None:
    if not (folder / LOCK).exists():
        _remove_if_abandoned(folder)
        return
    try:
        lock = Lock(folder / LOCK, patience_seconds=0)
    except (BusyInstanceError, FileNotFoundError):
        return  # alive, or another sweep was faster
    clear_leftovers(folder, folder.name)
    shutil.rmtree(folder, ignore_errors=True)
    lock.release()


def _remove_if_abandoned(folder: Path) -> None:
    """A folder without a lock holds a lasting instance's sockets, or its maker died before locking it."""
    try:
        if time.time() - folder.stat().st_mtime > _YOUNG_SECONDS:
            folder.rmdir()
    except OSError:
        return  # in use, so not empty


def _is_own(folder: Path) -> bool:
    try:
        status = folder.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()
