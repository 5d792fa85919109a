"""The log as a folder of files (c2sp.org/tlog-tiles): where each lies, and how entries stand in a bundle.

A tile holds 256 hashes of one level, a bundle the same 256 leaves. Level L of the tiles is level 8 L of the tree.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

WIDTH = 256
LEVELS_PER_TILE = 8
CHECKPOINT = "checkpoint"
ENTRIES = "entries"
_LENGTH_BYTES = 2


@dataclass(frozen=True, slots=True)
class Tile:
    """The `index`-th tile of `level`, of which `width` hashes exist; WIDTH of them make it a full one."""

    level: int
    index: int
    width: int

    @property
    def start(self) -> int:
        """The first node of the tree's level 8 * level that it holds."""
        return self.index * WIDTH

    @property
    def path(self) -> str:
        """Where the tile lies, below the log's folder."""
        return f"tile/{self.level}/{_place(self.index, self.width)}"

    @property
    def entries_path(self) -> str:
        """Where the bundle of the same leaves lies; only a tile of level 0 has one."""
        return f"tile/{ENTRIES}/{_place(self.index, self.width)}"


def tiles_of(size: int) -> Iterator[Tile]:
    """Return the tiles of a tree of `size` leaves, level by level; the last of each may be a partial one."""
    level, nodes = 0, size
    while nodes:
        for index in range(0, -(-nodes // WIDTH)):
            yield Tile(level, index, min(WIDTH, nodes - index * WIDTH))
        level, nodes = level + 1, nodes // WIDTH


def files_of(
    size: int,
    entries: Callable[[int, int], Sequence[bytes]],
    hashes: Callable[[int, int, int], Sequence[bytes]],
) -> Iterator[tuple[str, bytes]]:
    """Return path and content of every tile and bundle of a tree of `size` leaves.

    `entries(start, stop)` reads leaves, `hashes(level, start, stop)` the nodes of a level of the tree, 0 its leaves'.
    """
    for tile in tiles_of(size):
        stop = tile.start + tile.width
        yield tile.path, b"".join(hashes(tile.level * LEVELS_PER_TILE, tile.start, stop))
        if tile.level == 0:
            yield tile.entries_path, entry_bundle(entries(tile.start, stop))


def entry_bundle(entries: Iterable[bytes]) -> bytes:
    """Return entries, each behind its length in two bytes. Raises OverflowError for one over 65,535 bytes."""
    return b"".join(len(entry).to_bytes(_LENGTH_BYTES) + entry for entry in entries)


def _place(index: int, width: int) -> str:
    digits = f"{index:03}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    place = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    return place if width == WIDTH else f"{place}.p/{width}"
