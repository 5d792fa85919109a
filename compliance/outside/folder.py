"""Checkpoints in a folder: a file for each size, written once.

On another disk, and mounted from another machine at best: whoever restores the database must not restore this with it.
The file system needs hard links, by which a file appears whole and under a name that is still free, or not at all.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex
from urllib.parse import quote

from compliance.outside.contract import MOST_DIGITS, Silent, require_same_head, require_size, stray

_ENDING = ".checkpoint"
_GROUP = 3
_READABLE = 0o444


class FolderStore:
    """A folder for each log's name; below it the size's digits in groups of three, so that none grows long."""

    kind = "folder"

    def __init__(self, name: str, folder: Path, *, origin: str) -> None:
        self.name = name
        self._root = folder / quote(origin, safe="")

    def latest(self) -> str | None:
        try:
            newest = next(_newest_first(self._root, MOST_DIGITS // _GROUP), None)
            if newest is None:
                return None
            note = newest.read_text(errors="replace")
        except OSError as error:
            raise Silent(f"the folder cannot be read: {error.strerror}") from error
        require_size(note, self._size(newest))
        return note

    def keep(self, size: int, note: str) -> None:
        path = self._path(size)
        try:
            _make(path.parent)
            if not _write_once(path, note):
                require_same_head(path.read_text(errors="replace"), size, note)
        except Silent:
            raise
        except OSError as error:
            raise Silent(f"the folder cannot be written: {error.strerror}") from error

    def _path(self, size: int) -> Path:
        digits = f"{size:0{MOST_DIGITS}d}"
        groups = [digits[at : at + _GROUP] for at in range(0, MOST_DIGITS, _GROUP)]
        return self._root.joinpath(*groups[:-1], groups[-1] + _ENDING)

    def _size(self, path: Path) -> int:
        name = str(path.relative_to(self._root))
        digits = name.removesuffix(_ENDING).replace(os.sep, "")
        if not (digits.isascii() and digits.isdecimal()):
            raise stray(name)
        return int(digits)


def _newest_first(folder: Path, levels: int) -> Iterator[Path]:
    """Yield the files below `folder`, the largest size first: a level's names have one length, and sort as numbers."""
    if not folder.is_dir():
        return
    length = _GROUP if levels > 1 else _GROUP + len(_ENDING)
    for path in sorted((path for path in folder.iterdir() if len(path.name) == length), reverse=True):
        if levels > 1:
            yield from _newest_first(path, levels - 1)
        elif path.suffix == _ENDING:
            yield path


def _write_once(path: Path, note: str) -> bool:
    """Let the file appear with this content, and survive; False where one is there already."""
    unfinished = path.with_name(f".{token_hex(8)}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _READABLE)
    try:
        with os.fdopen(descriptor, "w", newline="") as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())
        os.link(unfinished, path)
    except FileExistsError:
        return False
    finally:
        unfinished.unlink()
    sync(path.parent)
    return True


def _make(folder: Path) -> None:
    """Make the folder and those above it, each entered in its parent for good."""
    if folder.is_dir():
        return
    _make(folder.parent)
    folder.mkdir(exist_ok=True)
    sync(folder.parent)


def sync(folder: Path) -> None:
    """Let the names in a folder survive the machine. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
