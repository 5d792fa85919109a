#!/usr/bin/env python3
"""Check what qtweb's audit log handed over, without qtweb: this one file, Python 3.11 or newer, and `cryptography`.

    python verify.py bundle FILE.zip --key VKEY             an order's bundle, as a file or unpacked in a folder
    python verify.py case FILE.zip --key VKEY               a case, as a file or unpacked in a folder
    python verify.py export FOLDER --key VKEY               the whole log as c2sp.org/tlog-tiles
    python verify.py archive FILE --key VKEY                a month of the log that was archived

VKEY is the log's public key, name+id+base64, which you must have from elsewhere than the file. While keys are
exchanged give --key twice. Exit status: 0 all holds, 1 at least one fault, each named by a kind below, 2 the
arguments cannot be used.

A signed checkpoint says which tree was signed, not when. Whether it is a recent one is judged by what you hold:
a checkpoint that you have seen before (--checkpoint, --previous), or a witness's dated cosignature (--witness with
--max-age). An export is also judged by its newest leaf's own time, which is the log's word alone.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import io
import json
import re
import struct
import sys
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

KINDS = {
    "altered-container": "bytes of the ZIP that are no file's content were altered, or another program wrote it",
    "altered-file": "a file is not the one that the manifest lists",
    "altered-leaf": "a leaf, or its proof, is not what the log signed",
    "altered-manifest": "the manifest is not the one whose digest the log signed",
    "altered-story": "the story does not say what the leaves say",
    "altered-tile": "a tile does not follow from the leaves below it",
    "bad-signature": "a known key's signature does not hold",
    "dropped-leaf": "a leaf is missing",
    "foreign-file": "there is a file that does not belong there",
    "foreign-leaf": "a leaf does not belong there",
    "forked-tree": "the tree is another one than a checkpoint signed",
    "future-time": "something is dated at a time that has not come yet",
    "malformed": "a file has not the format that it should have",
    "missing-file": "a file is missing",
    "repeated-leaf": "a leaf is there twice",
    "shrunk-tree": "a checkpoint of a larger tree is known",
    "stale-checkpoint": "the checkpoint is older than what is known or allowed",
    "swapped-file": "a file stands in the place of another",
    "swapped-leaf": "leaves stand in each other's place",
    "unknown-key": "no known key signed",
}
OWN = "order"
"""What a bundle is about: whatever became of an order, placed, rejected or refused by the desk, it has revision 1."""
GAPLESS = (OWN,)
"""Objects whose every change has the next revision, as rows of tables have: a gap in them is a leaf that is missing."""

DASH, HEADER, HASH, WIDTH = "\u2014 ", "c2sp.org/tlog-proof@v1", 32, 256
LOG_KEY, WITNESS_KEY = 1, 4
STORED = b"PK\x03\x04\x14\x00\x00\x08\x00\x00"
"""How a file begins in a ZIP that `pack` wrote: version 2.0, names in UTF-8, not compressed."""
FORMAT = "qtweb audit bundle 1"
CASE_FORMAT = "qtweb audit case 1"
SEALED = "CaseExported"
"""The action of the leaf that has the digest of a case's manifest: the log's signature over it is the case's."""
MOST_AHEAD_S = 300
"""By so much may a clock be ahead of this machine's."""
MOST_SIGNATURES = 100
MOST_MEMBERS = 65_535
MOST_SOUGHT = 50
"""Of so many leaves that their proofs do not fit it is looked whether they are other ones'."""


class Fault(Exception):
    """What does not hold: one of KINDS, and where."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(f"{kind}: {shown(text)}")
        self.kind = kind


def shown(text: str) -> str:
    """Return text that moves no cursor and hides nothing, whatever a file's name or a leaf says."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


class Key(NamedTuple):
    """A public key, by the name and id under which it signs."""

    name: str
    key_id: bytes
    kind: int
    public: bytes


class Checkpoint(NamedTuple):
    """A tree that known keys signed, which ones, and when witnesses say that they saw it (seconds since 1970)."""

    origin: str
    size: int
    root: bytes
    signed_by: list[str]
    seen_at_s: list[int]

    def __str__(self) -> str:
        return f"log {self.origin}, {self.size} leaves, root {self.root.hex()}, signed by {', '.join(self.signed_by)}"


class Found:
    """What a check has found so far: the signed checkpoint, what is proved, the newest leaf's time, and faults."""

    def __init__(self) -> None:
        self.checkpoint: Checkpoint | None = None
        self.proved: list[str] = []
        self.faults: list[Fault] = []
        self.newest_s: float | None = None

    @contextmanager
    def kept(self, what: str) -> Iterator[None]:
        """Whatever ends the reading of `what` is a fault, and hides none of those that were found before it."""
        try:
            yield
        except Fault as fault:
            self.faults.append(fault)
        except OSError:
            raise
        except Exception as error:  # noqa: BLE001 - nobody thought of it, so nobody named it
            self.faults.append(Fault("malformed", f"{what} cannot be read to its end: {error!r}"))


# Signed notes and checkpoints: c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature


def unbase64(text: str) -> bytes:
    """Return what canonical base64 spells. Raises ValueError."""
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(f"no base64: {error}") from error
    if base64.b64encode(data).decode() != text:
        raise ValueError("not the canonical base64 of its bytes")
    return data


def key_of(vkey: str) -> Key:
    """Return a public key from name+id+base64. Raises ValueError."""
    name, _, rest = vkey.strip().partition("+")
    key_id, _, material = rest.partition("+")
    data = unbase64(material)
    computed = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]
    if not name or len(data) != 1 + HASH or data[0] not in (LOG_KEY, WITNESS_KEY) or computed.hex() != key_id:
        raise ValueError(f"{vkey!r} is no Ed25519 key of a log or witness as name+id+base64")
    return Key(name, computed, data[0], data[1:])


def open_checkpoint(note: bytes, keys: Iterable[Key], what: str) -> Checkpoint:
    """Return a checkpoint that a known key of its log signed. Raises Fault."""
    text, signatures = _note(note, what)
    known = {(key.name, key.key_id): key for key in keys}
    used: set[Key] = set()
    signed_by: list[str] = []
    seen_at_s: list[int] = []
    origin, size, root = _head(text, what)
    for name, key_id, signature in signatures:
        key = known.get((name, key_id))
        if key is None:
            continue
        if key in used:
            raise Fault("malformed", f"{what} is signed twice by {name}+{key_id.hex()}")
        used.add(key)
        _require_signature(key, text, signature, what)
        if key.kind == WITNESS_KEY:
            seen_at_s.append(int.from_bytes(signature[:8], "big"))
        elif name == origin:
            signed_by.append(f"{name}+{key_id.hex()}")
    if not signed_by:
        names = ", ".join(f"{name}+{key_id.hex()}" for name, key_id, _ in signatures)
        raise Fault(
            "unknown-key", f"{what} of log {origin} is signed by {names}, by no key of that log that you gave"
        )
    return Checkpoint(origin, size, root, signed_by, seen_at_s)


def _note(note: bytes, what: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    try:
        text, parted, lines = note.decode().rpartition("\n\n")
        if not parted or not lines.endswith("\n") or any(ord(c) < 32 and c != "\n" for c in text + lines):
            raise ValueError("no signatures stand behind an empty line, or a control character is in it")
        signatures = [_signature(line) for line in lines[:-1].split("\n")]
        if len(signatures) > MOST_SIGNATURES:
            raise ValueError(f"it has more than {MOST_SIGNATURES} signatures")
        return f"{text}\n", signatures
    except ValueError as error:
        raise Fault("malformed", f"{what} is no signed note: {error}") from error


def _signature(line: str) -> tuple[str, bytes, bytes]:
    name, _, value = line[len(DASH) :].partition(" ")
    data = unbase64(value)
    if not line.startswith(DASH) or not name or "+" in name or name.split() != [name] or len(data) < 5:
        raise ValueError("a line is no signature")
    return name, data[:4], data[4:]


def _head(text: str, what: str) -> tuple[str, int, bytes]:
    lines = text[:-1].split("\n")
    try:
        if len(lines) < 3 or not all(lines):
            raise ValueError("it has not three lines, or an empty one")
        root = unbase64(lines[2])
        if len(root) != HASH:
            raise ValueError("the root is no SHA-256 hash")
        return lines[0], _number(lines[1]), root
    except ValueError as error:
        raise Fault("malformed", f"{what} is no checkpoint: {error}") from error


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or str(int(text)) != text:
        raise ValueError(f"{text!r} is no number")
    return int(text)


def _require_signature(key: Key, text: str, signature: bytes, what: str) -> None:
    message, at_s = text.encode(), 0
    if key.kind == WITNESS_KEY:
        at_s = int.from_bytes(signature[:8], "big")
        message = b"cosignature/v1\ntime %d\n" % at_s + message
        signature = signature[8:]
    try:
        if at_s >= 1 << 63:
            raise InvalidSignature("the specification has no such time")
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
    except InvalidSignature:
        raise Fault("bad-signature", f"{what}: the signature of {key.name}+{key.key_id.hex()}") from None


# The Merkle tree: RFC 6962, proofs as RFC 9162 verifies them


def leaf_hash(entry: bytes) -> bytes:
    """Return SHA-256(0x00 || entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree that grows leaf by leaf: its size, and its complete subtrees with their sizes, largest first."""

    def __init__(self) -> None:
        self.size = 0
        self._subtrees: list[tuple[int, bytes]] = []

    def append(self, root: bytes, width: int = 1) -> None:
        """Add a leaf by its hash, or `width` leaves by the root over them, where the tree has such a subtree."""
        self.size += width
        while self._subtrees and self._subtrees[-1][0] == width:
            root = node_hash(self._subtrees.pop()[1], root)
            width *= 2
        self._subtrees.append((width, root))

    def root(self) -> bytes:
        if not self._subtrees:
            return hashlib.sha256().digest()
        *above, (_, root) = self._subtrees
        for _, subtree in reversed(above):
            root = node_hash(subtree, root)
        return root


def root_of(hashes: Iterable[bytes]) -> bytes:
    """Return the root over these hashes as leaves."""
    tree = Tree()
    for each in hashes:
        tree.append(each)
    return tree.root()


def widths_between(start: int, stop: int) -> list[int]:
    """Return how many leaves each of the largest complete subtrees has that cover the leaves from `start` to `stop`."""
    widths = []
    while start < stop:
        width = 1 << ((stop - start).bit_length() - 1)
        widths.append(min(width, start & -start) if start else width)
        start += widths[-1]
    return widths


def root_by_proof(entry_hash: bytes, index: int, size: int, proof: list[bytes]) -> bytes | None:
    """Return the root that a proof of inclusion leads to, None where it has not the length that it should have."""
    if index >= size:
        return None
    position, last, root, rest = index, size - 1, entry_hash, list(proof)
    while last:
        if position % 2 or position < last:
            if not rest:
                return None
            sibling = rest.pop(0)
            root = node_hash(sibling, root) if position % 2 else node_hash(root, sibling)
        position, last = position // 2, last // 2
    return None if rest else root


def begins_with(old: Checkpoint, new: Checkpoint, proof: list[bytes]) -> bool:
    """Tell whether a proof of consistency shows that the new tree begins with the old one."""
    if old.size == new.size or not old.size:
        return not proof and (not old.size or old.root == new.root)
    position, last, rest = old.size - 1, new.size - 1, list(proof)
    while position % 2:
        position, last = position // 2, last // 2
    if old.size & (old.size - 1):
        if not rest:
            return False
        before = after = rest.pop(0)
    else:
        before = after = old.root
    while last:
        if position % 2 or position < last:
            if not rest:
                return False
            sibling = rest.pop(0)
            if position % 2:
                before, after = node_hash(sibling, before), node_hash(sibling, after)
            else:
                after = node_hash(after, sibling)
        position, last = position // 2, last // 2
    return not rest and (before, after) == (old.root, new.root)


# The bundle: a ZIP of stored files, written byte by byte so that every byte of it is accounted for


def pack(members: dict[str, bytes]) -> bytes:
    """Return a ZIP of these files, uncompressed, in this order and without times. Raises ValueError for too many."""
    if len(members) > MOST_MEMBERS:
        raise ValueError(f"a ZIP holds at most {MOST_MEMBERS} files")
    body, directory = b"".join(_packed(members)), []
    at = 0
    for name, content in members.items():
        fields = _zip_fields(name, content)
        made = struct.pack("<4s4B", b"PK\x01\x02", 20, 3, 20, 0)
        placed = struct.pack("<3HLL", 0, 0, 0, 0o100644 << 16, at)
        directory.append(made + fields + placed + name.encode())
        at += 30 + len(name.encode()) + len(content)
    listed = b"".join(directory)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, len(members), len(members), len(listed), len(body), 0)
    return body + listed + end


def _packed(members: dict[str, bytes]) -> Iterator[bytes]:
    for name, content in members.items():
        yield (
            struct.pack("<4s2B", b"PK\x03\x04", 20, 0) + _zip_fields(name, content) + name.encode() + content
        )


def _zip_fields(name: str, content: bytes) -> bytes:
    """What the header of a file and its line in the directory share: flags, method, 1980-01-01, CRC, sizes, lengths."""
    size = len(content)
    return struct.pack("<4H3L2H", 0x800, 0, 0, 0x21, zlib.crc32(content), size, size, len(name.encode()), 0)


def unpack(packed: bytes) -> dict[str, bytes]:
    """Return the files of a ZIP that `pack` wrote; their content may have been altered since. Raises Fault."""
    members: dict[str, bytes] = {}
    at = 0
    try:
        while packed[at : at + len(STORED)] == STORED:
            size, name_bytes = struct.unpack_from("<LH", packed, at + 22)
            start = at + 30 + name_bytes
            name = packed[at + 30 : start].decode()
            if name in members:
                kind = "repeated-leaf" if name.startswith("leaves/") else "foreign-file"
                raise Fault(kind, f"{name} is there twice")
            at = start + size
            members[name] = packed[start:at]
    except (struct.error, UnicodeDecodeError) as error:
        raise Fault("altered-container", f"the ZIP cannot be read: {error}") from error
    if packed[at : at + 4] != b"PK\x01\x02":
        text = (
            "no directory follows its files: if another program wrote this ZIP, unpack it and give the folder"
        )
        raise Fault("altered-container", text)
    return members


class Leaf(NamedTuple):
    """A leaf: its place in the tree, its bytes, and what they say, where they can be read."""

    sequence: int
    body: bytes
    said: dict[str, Any]
    is_read: bool = True

    @property
    def object_name(self) -> tuple[str, str]:
        named = self.said.get("object")
        named = named if isinstance(named, dict) else {}
        return str(named.get("type", "?")), str(named.get("id", "?"))

    @property
    def revision(self) -> int:
        """Its object's revision, 0 where it tells none."""
        named = self.said.get("object")
        revision = named.get("revision") if isinstance(named, dict) else None
        return revision if isinstance(revision, int) else 0

    @property
    def is_gapless(self) -> bool:
        """Whether no leaf about its object may be missing between two others."""
        return self.object_name[0] in GAPLESS or (self.is_row and self.revision > 0)

    @property
    def is_row(self) -> bool:
        """Whether a table's trigger told it: of a row, whose revisions begin anew when it is made anew."""
        return self.said.get("kind") == "row"


MOST_NESTED = 100
"""So deep an entry's values may lie within each other for the entry to be read, by whatever program."""


def said_by(body: bytes | str) -> dict[str, Any] | None:
    """Return what an entry says, None for what is no JSON object or lies deeper than MOST_NESTED."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    level: list[Any] = [said]
    for _ in range(MOST_NESTED):
        parts = (each.values() if isinstance(each, dict) else each for each in level)
        level = [item for part in parts for item in part if isinstance(item, dict | list)]
        if not level:
            return said
    return None


def leaf_of(sequence: int, body: bytes) -> Leaf:
    """Return a leaf from its bytes; one that cannot be read says nothing."""
    said = said_by(body)
    return Leaf(sequence, body, said or {}, is_read=said is not None)


TOLD = ("action", "actor", "correlation_id", "door", "market_time", "object", "recorded_at")
"""What a leaf's first lines in the story say; whatever else it says follows line by line."""


def story_of(order_id: str, leaves: list[Leaf]) -> str:
    """Return what an order's leaves say, for people to read: made of nothing but them, in the order of the tree."""
    return story_under(f"Order {order_id}", leaves)


def story_under(heading: str, leaves: list[Leaf]) -> str:
    """Return what leaves say, below a heading."""
    lines = [heading, f"{len(leaves)} leaves of the audit log, in its order. Times are UTC.", ""]
    for leaf in leaves:
        if not leaf.is_read:
            lines += [f"leaf {leaf.sequence} cannot be read: it is no entry of this log", ""]
            continue
        said = {key: _plain(leaf.said.get(key)) for key in TOLD}
        lines += [
            f"{said['recorded_at']}  {said['action']}",
            f"    leaf {leaf.sequence}, {leaf.object_name[0]} revision {leaf.revision}",
            f"    by {said['actor']} through {said['door']}, correlation id {said['correlation_id']}",
            f"    market time {said['market_time']}",
        ]
        others = {key: value for key, value in leaf.said.items() if key not in TOLD}
        lines += [f"    {path} = {value}" for path, value in _flat("", others)] + [""]
    return "\n".join(lines)


def text_bytes(told: str) -> bytes:
    """Return a story as its file has it; half a surrogate, which JSON can spell and UTF-8 cannot, as its code."""
    return told.encode(errors="backslashreplace")


def _plain(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text[1:-1] if isinstance(value, str) else text


def _flat(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """Every value that is no mapping, with the way to it; facts are not called facts."""
    if not isinstance(value, dict) or not value:
        yield path, _plain(value)
        return
    for key, item in sorted(value.items()):
        name = "" if (path, key) == ("", "facts") and isinstance(item, dict) and item else _plain(key)
        yield from _flat(".".join(filter(None, (path, name))), item)


def manifest_of(order_id: str, sequences: list[int]) -> bytes:
    """Return bundle.json: what the bundle is about and which leaves it has."""
    said = {"format": FORMAT, "leaves": sequences, "order": order_id}
    return (json.dumps(said, indent=1) + "\n").encode()


# Checking a bundle

FIXED = ("bundle.json", "checkpoint", "story.txt")


class Proof(NamedTuple):
    """What stands in a file before the checkpoint that it leads to."""

    number: int
    hashes: list[bytes]
    checkpoint: bytes
    has_extra: bool
    """Whether it has a line of extra data, which no proof of the log has."""


def proof_of(text: bytes, word: str, what: str) -> Proof:
    """Return a tlog-proof (word "index") or a proof of consistency (word "old"). Raises Fault."""
    try:
        above, parted, checkpoint = text.decode().partition("\n\n")
        lines = above.split("\n")
        if word == "index" and lines.pop(0) != HEADER:
            raise ValueError(f"it does not begin with {HEADER}")
        has_extra = word == "index" and bool(lines) and lines[0].startswith("extra ")
        if has_extra:
            unbase64(lines.pop(0)[len("extra ") :])
        if not lines or not lines[0].startswith(f"{word} ") or not parted:
            raise ValueError(f"no {word} is given, or no checkpoint follows")
        hashes = [unbase64(line) for line in lines[1:]]
        if any(len(each) != HASH for each in hashes):
            raise ValueError("a line is no SHA-256 hash")
        return Proof(_number(lines[0][len(word) + 1 :]), hashes, checkpoint.encode(), has_extra)
    except ValueError as error:
        raise Fault("malformed", f"{what}: {error}") from error


def check_bundle(path: Path, keys: list[Key], found: Found) -> None:
    """Check an order's bundle. Raises Fault where the rest of it cannot be."""
    members = _members(path, found.faults)
    for name in FIXED:
        if name not in members:
            raise Fault("missing-file", name)
    found.checkpoint = open_checkpoint(members["checkpoint"], keys, "the checkpoint")
    order_id, leaves = _listed_leaves(members, found.faults)
    found.faults += _proof_faults(members, leaves, found.checkpoint)
    revisions = Revisions()
    for leaf in leaves:
        found.faults += revisions.faults_of(leaf)
        if leaf.is_read and leaf.object_name[1] != order_id:
            text = f"leaf {leaf.sequence} is about {' '.join(leaf.object_name)}"
            found.faults.append(Fault("foreign-leaf", text))
    if not revisions.has(OWN, order_id):
        text = f"no leaf of {OWN} {order_id} is there, and each order has a first one"
        found.faults.append(Fault("dropped-leaf", text))
    if text_bytes(story_of(order_id, leaves)) != members["story.txt"]:
        found.faults.append(Fault("altered-story", "story.txt does not say what the leaves say"))
    found.proved = revisions.proved()


def _unread(leaf: Leaf) -> str:
    return f"leaf {leaf.sequence} cannot be read: it is no JSON object of this log"


def _members(path: Path, faults: list[Fault]) -> dict[str, bytes]:
    if path.is_dir():
        return {name: file.read_bytes() for name, file in _files_in(path, faults)}
    packed = path.read_bytes()
    members = unpack(packed)
    try:
        is_ours = pack(members) == packed
    except (ValueError, struct.error) as error:
        raise Fault("altered-container", f"the log packs no such ZIP: {error}") from error
    if not is_ours:
        faults.append(
            Fault("altered-container", "bytes of the ZIP, of a file or beside it, are not the log's")
        )
    return members


def _files_in(folder: Path, faults: list[Fault]) -> Iterator[tuple[str, Path]]:
    """Return the files below a folder, by name; what is neither file nor folder does not belong there."""
    for each in sorted(folder.rglob("*")):
        name = each.relative_to(folder).as_posix()
        if each.is_symlink() or not (each.is_file() or each.is_dir()):
            faults.append(Fault("foreign-file", f"{name} is no file, but a link or a device"))
        elif each.is_file():
            yield name, each


def _listed_leaves(members: dict[str, bytes], faults: list[Fault]) -> tuple[str, list[Leaf]]:
    try:
        said = json.loads(members["bundle.json"])
        order_id, listed = str(said["order"]), [int(each) for each in said["leaves"]]
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise Fault("malformed", f"bundle.json: {error}") from error
    if manifest_of(order_id, listed) != members["bundle.json"]:
        faults.append(Fault("malformed", "bundle.json is not spelt as the log spells it"))
    if len(set(listed)) < len(listed):
        faults.append(Fault("repeated-leaf", "bundle.json lists a leaf twice"))
    elif sorted(listed) != listed:
        faults.append(Fault("swapped-leaf", "bundle.json does not list the leaves in the order of the tree"))
    faults += _file_faults(members, listed)
    return order_id, _leaves_there(members, sorted(set(listed)))


def _file_faults(members: dict[str, bytes], listed: list[int]) -> Iterator[Fault]:
    wanted = {f"leaves/{sequence}.json": "dropped-leaf" for sequence in listed}
    wanted.update({f"leaves/{sequence}.tlog-proof": "missing-file" for sequence in listed})
    for name, kind in wanted.items():
        if name not in members:
            yield Fault(kind, f"{name} is missing")
    for name in members:
        if name not in wanted and name not in FIXED:
            kind = "foreign-leaf" if name.startswith("leaves/") else "foreign-file"
            yield Fault(kind, f"bundle.json does not list {name}")


def _proof_faults(members: dict[str, bytes], leaves: list[Leaf], checkpoint: Checkpoint) -> Iterator[Fault]:
    proofs: dict[int, Proof] = {}
    for leaf in leaves:
        name = f"leaves/{leaf.sequence}.tlog-proof"
        if name not in members:
            continue
        try:
            proofs[leaf.sequence] = proof_of(members[name], "index", name)
        except Fault as fault:
            yield fault
            continue
        yield from _format_faults(leaf, proofs[leaf.sequence], name, members["checkpoint"])
    wrong = []
    for leaf in leaves:
        if leaf.sequence in proofs and not _leads(leaf, leaf.sequence, proofs, checkpoint):
            wrong.append(leaf)
        elif not leaf.is_read:
            yield Fault("malformed", _unread(leaf))
    # To look where each belongs takes as many steps as there are leaves: it is done for few, and their tree's only.
    is_sought = len(wrong) <= MOST_SOUGHT and all(
        proofs[leaf.sequence].checkpoint == members["checkpoint"] for leaf in wrong
    )
    for leaf in wrong:
        yield _misplaced(leaf, leaves if is_sought else [], proofs, checkpoint)


def _format_faults(leaf: Leaf, proof: Proof, name: str, checkpoint: bytes) -> Iterator[Fault]:
    if proof.number != leaf.sequence:
        yield Fault("swapped-leaf", f"{name} is the proof of leaf {proof.number}")
    if proof.has_extra:
        yield Fault("altered-leaf", f"{name} has an extra line, which no proof of the log has")
    if proof.checkpoint != checkpoint:
        yield Fault("altered-leaf", f"{name} leads to another checkpoint than the bundle's")


def _leads(leaf: Leaf, sequence: int, proofs: dict[int, Proof], checkpoint: Checkpoint) -> bool:
    root = root_by_proof(leaf_hash(leaf.body), sequence, checkpoint.size, proofs[sequence].hashes)
    return root == checkpoint.root


def _misplaced(leaf: Leaf, leaves: list[Leaf], proofs: dict[int, Proof], checkpoint: Checkpoint) -> Fault:
    """Name the fault of a leaf that its proof does not fit: perhaps it is another one's."""
    for other in leaves:
        if other.sequence in proofs and _leads(leaf, other.sequence, proofs, checkpoint):
            kind = "repeated-leaf" if other.body == leaf.body else "swapped-leaf"
            return Fault(kind, f"leaf {other.sequence} stands in the place of leaf {leaf.sequence}")
    return Fault(
        "altered-leaf", f"leaf {leaf.sequence}, or its proof, does not lead to the checkpoint's root"
    )


class Revisions:
    """The revisions of each object, leaf by leaf: those of gapless objects go up by one, from 1 on or from anywhere."""

    def __init__(self, from_anywhere: bool = False) -> None:
        self._from_anywhere = from_anywhere
        self._last: dict[tuple[str, str], int] = {}
        self._count: dict[tuple[str, str], int] = {}

    def faults_of(self, leaf: Leaf) -> Iterator[Fault]:
        name, revision = leaf.object_name, leaf.revision
        last = self._last.get(name, revision - 1 if self._from_anywhere else 0)
        if not leaf.is_read:
            return
        self._count[name] = self._count.get(name, 0) + 1
        if not leaf.is_gapless:
            return
        self._last[name] = revision
        if revision != last + 1 and not (leaf.is_row and revision == 1):
            told = f"leaf {leaf.sequence} has revision {revision} of {' '.join(name)} after revision {last}"
            yield Fault("dropped-leaf" if revision > last else "repeated-leaf", told)

    def has(self, kind: str, name: str) -> bool:
        """Tell whether there was any leaf of an object: where revisions have no gap, the first one then is there."""
        return (kind, name) in self._count

    def proved(self) -> list[str]:
        """Return for each object how far it is proved that no leaf is missing."""
        return [
            f"{' '.join(name)}: revisions 1 to {self._last[name]}; that nothing came later is not proved"
            if name in self._last
            else f"{' '.join(name)}: {count} leaves; that none is missing is not proved"
            for name, count in self._count.items()
        ]


# The case: a ZIP like a bundle, of leaves that a search found, with a manifest of every file. The log signs the
# manifest as it signs everything: a leaf has its digest, and the seal is that leaf with its proof in the signed tree.

MANIFEST, SEAL, SEAL_PROOF, SEAL_CONSISTENCY = (
    "SHA256SUMS",
    "seal/leaf.json",
    "seal/leaf.tlog-proof",
    "seal/consistency",
)
UNLISTED = (MANIFEST, SEAL, SEAL_PROOF, SEAL_CONSISTENCY)
"""The files of a case that the manifest does not list."""
CASE_FIXED = ("case.json", "checkpoint", "story.txt", "summary.pdf")


def sums_of(members: dict[str, bytes]) -> bytes:
    """Return the manifest of these files, by name, as `sha256sum --check` reads it."""
    lines = [f"{hashlib.sha256(members[name]).hexdigest()}  {name}\n" for name in sorted(members)]
    return "".join(lines).encode()


def case_heading(reference: str, title: str) -> str:
    """Return the first line of a case's story."""
    return f"Case {_plain(reference)}: {_plain(title)}"


class CaseSays(NamedTuple):
    """What case.json says: which case, which leaves were found, and each order's own leaves."""

    case_id: str
    heading: str
    found: list[int]
    orders: dict[str, list[int]]

    @property
    def sequences(self) -> list[int]:
        """Every leaf of the case, in the order of the tree."""
        return sorted({*self.found, *(each for life in self.orders.values() for each in life)})


def case_said(text: bytes) -> CaseSays:
    """Return what case.json says. Raises Fault."""
    try:
        said = json.loads(text)
        if said["format"] != CASE_FORMAT:
            raise ValueError(f"its format is not {CASE_FORMAT}")
        orders = {str(name): [int(each) for each in life] for name, life in said["orders"].items()}
        heading = case_heading(said["reference"], said["title"])
        return CaseSays(str(said["case"]), heading, [int(each) for each in said["found"]], orders)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise Fault("malformed", f"case.json: {error!r}") from error


def check_case(path: Path, keys: list[Key], found: Found) -> None:
    """Check a case against the checkpoint that seals it. Raises Fault where the rest of it cannot be."""
    members = _members(path, found.faults)
    for name in (*UNLISTED, *CASE_FIXED):
        if name not in members:
            raise Fault("missing-file", name)
    proof = proof_of(members[SEAL_PROOF], "index", SEAL_PROOF)
    found.checkpoint = open_checkpoint(proof.checkpoint, keys, f"the checkpoint in {SEAL_PROOF}")
    listed = _listed_sums(members, found.faults)
    found.faults += _sum_faults(members, listed)
    said = case_said(members["case.json"])
    with found.kept(SEAL):
        found.faults += _seal_faults(members, proof, found.checkpoint, said)
    checkpoint = open_checkpoint(members["checkpoint"], keys, "the checkpoint")
    with found.kept(SEAL_CONSISTENCY):
        found.faults += _growth_faults(members, proof, checkpoint, found.checkpoint)
    found.faults += _named_faults(listed, said)
    leaves = _leaves_there(members, said.sequences)
    found.faults += _proof_faults(members, leaves, checkpoint)
    found.proved = _proved_of_case(members, leaves, said, found.faults)
    found.faults += _story_faults(members, leaves, said)


def _listed_sums(members: dict[str, bytes], faults: list[Fault]) -> dict[str, str]:
    listed: dict[str, str] = {}
    try:
        for line in members[MANIFEST].decode().splitlines():
            digest, parted, name = line.partition("  ")
            if len(digest) != 2 * HASH or not parted or not name:
                raise ValueError(f"{line[:80]!r} is no digest and name")
            if name in listed:
                raise ValueError(f"{name} is listed twice")
            listed[name] = digest
    except ValueError as error:
        faults.append(Fault("altered-manifest", f"{MANIFEST}: {error}"))
    return listed


def _sum_faults(members: dict[str, bytes], listed: dict[str, str]) -> Iterator[Fault]:
    """Hold every file against the manifest: none is missing, added, altered, or in another's place."""
    names = {digest: name for name, digest in listed.items()}
    for name, digest in listed.items():
        if name not in members:
            is_leaf = name.startswith("leaves/") and name.endswith(".json")
            yield Fault("dropped-leaf" if is_leaf else "missing-file", f"{name} is missing")
            continue
        found = hashlib.sha256(members[name]).hexdigest()
        kind = "leaf" if name.startswith("leaves/") else "file"
        if found != digest and found in names:
            yield Fault(f"swapped-{kind}", f"{names[found]} stands in the place of {name}")
        elif found != digest:
            yield Fault(f"altered-{kind}", f"{name} has another SHA-256 than {MANIFEST} lists")
    for name in members:
        if name not in listed and name not in UNLISTED:
            kind = "foreign-leaf" if name.startswith("leaves/") else "foreign-file"
            yield Fault(kind, f"{MANIFEST} does not list {name}")


def _seal_faults(
    members: dict[str, bytes], proof: Proof, sealed: Checkpoint, said: CaseSays
) -> Iterator[Fault]:
    if proof.has_extra:
        yield Fault("altered-file", f"{SEAL_PROOF} has an extra line, which no proof of the log has")
    leaf = leaf_of(proof.number, members[SEAL])
    if not leaf.is_read:
        yield Fault("malformed", _unread(leaf))
    if root_by_proof(leaf_hash(leaf.body), leaf.sequence, sealed.size, proof.hashes) != sealed.root:
        yield Fault("altered-leaf", f"{SEAL}, or its proof, does not lead to the signed root")
    facts = leaf.said.get("facts")
    digest = facts.get("sha256") if isinstance(facts, dict) else None
    if leaf.said.get("action") != SEALED or leaf.is_row:
        yield Fault("foreign-leaf", f"{SEAL} is no leaf of an exported case")
    elif digest != hashlib.sha256(members[MANIFEST]).hexdigest():
        yield Fault("altered-manifest", f"{MANIFEST} is not the one of which {SEAL} has the SHA-256")
    if leaf.object_name[1] != said.case_id:
        yield Fault(
            "foreign-leaf", f"{SEAL} is about case {leaf.object_name[1]}, case.json is of {said.case_id}"
        )


def _growth_faults(
    members: dict[str, bytes], proof: Proof, checkpoint: Checkpoint, sealed: Checkpoint
) -> Iterator[Fault]:
    """The tree that seals begins with the one in which the leaves are: the two are one log."""
    growth = proof_of(members[SEAL_CONSISTENCY], "old", SEAL_CONSISTENCY)
    if growth.checkpoint != proof.checkpoint:
        yield Fault("altered-file", f"{SEAL_CONSISTENCY} and {SEAL_PROOF} lead to different checkpoints")
    if growth.number != checkpoint.size or checkpoint.size > sealed.size:
        yield Fault(
            "malformed", f"{SEAL_CONSISTENCY} is from {growth.number} leaves, not from the case's tree"
        )
    elif checkpoint.origin != sealed.origin or not begins_with(checkpoint, sealed, growth.hashes):
        yield Fault("forked-tree", "the tree that seals the case does not begin with the case's own")


def _named_faults(listed: dict[str, str], said: CaseSays) -> Iterator[Fault]:
    """Hold case.json against the manifest: both name the same leaves."""
    named = {f"leaves/{sequence}.{kind}" for sequence in said.sequences for kind in ("json", "tlog-proof")}
    listed_leaves = {name for name in listed if name.startswith("leaves/")}
    for name in sorted(named - listed_leaves):
        yield Fault("dropped-leaf", f"case.json names {name}, {MANIFEST} does not")
    for name in sorted(listed_leaves - named):
        yield Fault("foreign-leaf", f"{MANIFEST} lists {name}, case.json does not name it")


def _leaves_there(members: dict[str, bytes], sequences: Iterable[int]) -> list[Leaf]:
    """Return those of the leaves that have their file, whatever they say."""
    names = ((sequence, f"leaves/{sequence}.json") for sequence in sequences)
    return [leaf_of(sequence, members[name]) for sequence, name in names if name in members]


def _story_faults(members: dict[str, bytes], leaves: list[Leaf], said: CaseSays) -> Iterator[Fault]:
    if text_bytes(story_under(said.heading, leaves)) != members["story.txt"]:
        yield Fault("altered-story", "story.txt does not say what the leaves say")
    by_sequence = {leaf.sequence: leaf for leaf in leaves}
    for order_id, sequences in said.orders.items():
        life = [by_sequence[each] for each in sequences if each in by_sequence]
        for leaf in life:
            if leaf.is_read and leaf.object_name[1] != order_id:
                yield Fault("foreign-leaf", f"leaf {leaf.sequence} is not about order {order_id}")
        if members.get(f"orders/{order_id}/story.txt") != text_bytes(story_of(order_id, life)):
            yield Fault("altered-story", f"orders/{order_id}/story.txt does not say what the leaves say")


def _proved_of_case(
    members: dict[str, bytes], leaves: list[Leaf], said: CaseSays, faults: list[Fault]
) -> list[str]:
    """Return what a case proves: of each order's life how far it has no gap, of a search that nothing was altered."""
    revisions = Revisions()
    whole = {sequence for life in said.orders.values() for sequence in life}
    for leaf in leaves:
        if leaf.sequence in whole:
            faults += revisions.faults_of(leaf)
    return [
        f"{said.heading}: {len(members)} files, none altered since the log signed their digests",
        f"{len(leaves)} leaves with these bytes at these places of the tree",
        "that a search has found all there is, and what summary.pdf and the replays say, is the house's word",
        *revisions.proved(),
    ]


# Checking an export: c2sp.org/tlog-tiles


def place_of(index: int, width: int) -> str:
    """Return the path of a tile or bundle below its level: x001/067, or 067.p/8 for a partial one."""
    digits = str(index).zfill(-(-len(str(index)) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    path = "".join(f"x{group}/" for group in groups[:-1]) + groups[-1]
    return path if width == WIDTH else f"{path}.p/{width}"


TILE = re.compile(
    r"(?P<place>tile/(?:entries|[0-9]|[1-5][0-9]|6[0-3])/(?:x[0-9]{3}/)*[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?"
)
"""The name of a tile or of a bundle of entries."""


def width_of(tile: re.Match[str]) -> int:
    """Return how many hashes or entries there are in what TILE names."""
    return int(tile["width"] or WIDTH)


class Export:
    """An export, read once from its first leaf to its last."""

    def __init__(self, folder: Path, checkpoint: Checkpoint, sizes: Iterable[int], found: Found) -> None:
        self.checkpoint = checkpoint
        self.roots: dict[int, bytes] = {}
        self._sizes = {checkpoint.size, *sizes}
        self._folder = folder
        self._found = found
        self._expected = {"checkpoint"}
        self._revisions = Revisions()

    def check(self) -> None:
        """Read everything: leaves, tiles, and what should not be there."""
        hashes = self._leaves()
        level = 1
        while hashes:
            hashes, level = self._tiles(level, hashes), level + 1
        self._look_for_more()

    def _leaves(self) -> list[bytes]:
        """Hold all leaves against the signed root, and return the hash of every bundle that is to be a full one."""
        tree, size, full, differing = Tree(), self.checkpoint.size, [], []
        self.roots[0] = tree.root()
        for index in range(-(-size // WIDTH)):
            width = min(WIDTH, size - index * WIDTH)
            place = place_of(index, width)
            found = [leaf_hash(entry) for entry in self._entries(index, width)]
            tile = self._read(f"tile/0/{place}")
            if tile is not None and tile != b"".join(found):
                differing.append((index * WIDTH, found, tile))
            for each in found:
                tree.append(each)
                if tree.size in self._sizes:
                    self.roots[tree.size] = tree.root()
            if width == WIDTH:
                full.append(root_of(found))
        self._found.faults += self._leaf_faults(tree, differing)
        return full

    def _leaf_faults(self, tree: Tree, differing: list[tuple[int, list[bytes], bytes]]) -> Iterator[Fault]:
        """Name at least one fault unless the leaves are as many as were signed, and have the signed root."""
        signed = self.checkpoint
        is_whole = (tree.size, tree.root()) == (signed.size, signed.root)
        for first, found, tile in differing:
            # Leaves that have the signed root are the right ones, so it is the tile that was altered.
            place = place_of(first // WIDTH, min(WIDTH, signed.size - first))
            yield Fault("altered-tile", f"tile/0/{place}") if is_whole else misplaced_of(first, found, tile)
        if not is_whole and not differing:
            text = f"the {tree.size} leaves have another root than the checkpoint of {signed.size} signed"
            yield Fault("forked-tree", text)

    def _tiles(self, level: int, hashes: list[bytes]) -> list[bytes]:
        """Hold the tiles of a level against the hashes below it, and return those of its full tiles."""
        full = []
        for index in range(-(-len(hashes) // WIDTH)):
            found = hashes[index * WIDTH :][:WIDTH]
            path = f"tile/{level}/{place_of(index, len(found))}"
            if self._read(path) not in (b"".join(found), None):
                self._found.faults.append(Fault("altered-tile", path))
            if len(found) == WIDTH:
                full.append(root_of(found))
        return full

    def _entries(self, index: int, width: int) -> list[bytes]:
        """Return the entries of a bundle, which is to have `width` of them: what is beyond says nothing of the log."""
        entries: list[bytes] = []
        path = f"tile/entries/{place_of(index, width)}"
        bundle, at = self._read(path), 0
        if bundle is None:
            return []
        while at < len(bundle):
            start = at + 2
            at = start + int.from_bytes(bundle[at:start], "big")
            if at > len(bundle):
                self._found.faults.append(Fault("malformed", f"{path} ends within its entry {len(entries)}"))
                break
            entries.append(bundle[start:at])
        for place, entry in enumerate(entries[:width]):
            self._look_at(index * WIDTH + place, entry)
        if len(entries) != width:
            kind = "dropped-leaf" if len(entries) < width else "foreign-leaf"
            self._found.faults.append(Fault(kind, f"{path} has {len(entries)} leaves and not {width}"))
        return entries[:width]

    def _look_at(self, sequence: int, entry: bytes) -> None:
        leaf = leaf_of(sequence, entry)
        if not leaf.is_read:
            self._found.faults.append(Fault("malformed", _unread(leaf)))
            return
        self._found.faults += self._revisions.faults_of(leaf)
        self._found.newest_s = seconds_of(leaf.said.get("recorded_at")) or self._found.newest_s

    def _read(self, path: str) -> bytes | None:
        self._expected.add(path)
        file = self._folder / path
        if file.is_file():
            return file.read_bytes()
        kind = "dropped-leaf" if "/entries/" in path else "missing-file"
        self._found.faults.append(Fault(kind, f"{path} is missing"))
        return None

    def _look_for_more(self) -> None:
        """Name what is beside the tree's own files, but for partial tiles of smaller trees, which a log may keep."""
        own = {named["place"]: named for named in map(TILE.fullmatch, self._expected) if named}
        for name, file in _files_in(self._folder, self._found.faults):
            named = TILE.fullmatch(name)
            fuller = own.get(named["place"]) if named else None
            if name in self._expected:
                continue
            if named is None:
                self._found.faults.append(Fault("foreign-file", name))
            elif fuller is None or width_of(fuller) < width_of(named):
                text = f"{name} is not of the checkpoint's tree, but of a larger one"
                self._found.faults.append(Fault("stale-checkpoint", text))
            elif file.read_bytes() != self._beginning(fuller[0], width_of(named)):
                text = f"{name} is not what {fuller[0]} begins with"
                self._found.faults.append(Fault("altered-tile", text))

    def _beginning(self, path: str, count: int) -> bytes | None:
        """Return the first hashes or entries of one of the tree's own files, None where it is missing."""
        file = self._folder / path
        if not file.is_file():
            return None
        content, end = file.read_bytes(), 0
        for _ in range(count):
            end += 2 + int.from_bytes(content[end : end + 2], "big") if "/entries/" in path else HASH
        return content[:end]


def misplaced_of(first: int, found: list[bytes], tile: bytes) -> Fault:
    """Name how leaves differ from the tile that says which were signed, at the first one that does."""
    signed = [tile[at : at + HASH] for at in range(0, len(tile), HASH)]
    pairs = zip(found, signed, strict=False)
    at = next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(found), len(signed)))
    name = f"leaf {first + at}"
    if at >= len(found):
        return Fault("dropped-leaf", f"{name} is missing, or the last of its bundle")
    if at >= len(signed) or found[at] not in signed:
        return Fault("altered-leaf", f"{name} is not the one of which the tile has the hash")
    place = signed.index(found[at])
    told = f"leaf {first + place} stands in the place of {name}"
    if found[place : place + 1] == [signed[at]]:
        return Fault("swapped-leaf", f"{told}, and the other way round")
    if place < at or found.count(found[at]) > 1:
        return Fault("repeated-leaf", f"{told} too")
    return Fault("dropped-leaf", f"{name} is missing: {told}")


def check_export(folder: Path, keys: list[Key], found: Found, previous: list[Checkpoint]) -> None:
    """Check an export, and that it begins with every tree held before. Raises Fault where the rest cannot be."""
    if not (folder / "checkpoint").is_file():
        raise Fault("missing-file", "checkpoint")
    checkpoint = open_checkpoint((folder / "checkpoint").read_bytes(), keys, "the checkpoint")
    found.checkpoint = checkpoint
    export = Export(folder, checkpoint, [held.size for held in previous], found)
    with found.kept("the export"):
        export.check()
    for held in previous:
        named = f"you hold a checkpoint of {held.size} leaves of log {held.origin}"
        if held.size > checkpoint.size:
            text = (
                f"{named}, this one has {checkpoint.size}: the log was cut back, or the export is an old one"
            )
            found.faults.append(Fault("shrunk-tree", text))
        elif held.origin != checkpoint.origin or export.roots.get(held.size) != held.root:
            found.faults.append(Fault("forked-tree", f"{named}, and the log does not begin with that tree"))
    found.proved = [
        f"{checkpoint.size} leaves and every tile above them",
        f"the tree begins with {len(previous)} held before",
    ]


# Checking an archive: a line of JSON that says what follows, then the leaves of a month between the subtrees before and
# behind them. Of a leaf of another month that lies among them there is the hash alone.

ARCHIVE_FORMAT = "qtweb audit archive 1"
ARCHIVE_ABOUT = (
    "This line, then each entry: four bytes of length (big-endian) and as many of the leaf, or ff ff ff ff and the hash"
    " of a leaf of another month. The root over `left`, the entries (SHA-256 of 00 and the leaf, RFC 6962) and `right`"
    " is the checkpoint's (c2sp.org/tlog-checkpoint)."
)
MONTH = re.compile("[0-9]{4}-(0[1-9]|1[0-2])")
ELSEWHERE = b"\xff" * 4
MOST_LINE_BYTES, MOST_LEAF_BYTES = 100_000, 65_535


class ArchiveSays(NamedTuple):
    """What the first line says: of which month how many leaves are among those from `start` up to `stop`."""

    month: str
    start: int
    stop: int
    leaves: int
    checkpoint: str
    left: list[bytes]
    right: list[bytes]


def archive_said(line: bytes) -> ArchiveSays:
    """Return what the first line says. Raises Fault, for any other spelling of the same as well."""
    try:
        said = json.loads(line)
        spelt = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        named = (said.pop("format"), said.pop("about"))
        if f"{spelt}\n".encode() != line or named != (ARCHIVE_FORMAT, ARCHIVE_ABOUT):
            raise ValueError("it is not as the log writes it")
        found = ArchiveSays(**said)
        if {type(each) for each in (found.start, found.stop, found.leaves)} != {int}:
            raise ValueError("a number is none")
        if not MONTH.fullmatch(found.month):
            raise ValueError("the month is none")
        left, right = ([unbase64(each) for each in hashes] for hashes in (said["left"], said["right"]))
        if any(len(each) != HASH for each in (*left, *right)):
            raise ValueError("a hash is none")
        return found._replace(left=left, right=right)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Fault("malformed", f"the first line is none of an archive: {error!r}") from error


class Archive:
    """An archive, read once from its first leaf to its last."""

    def __init__(self, file: BinaryIO, said: ArchiveSays, checkpoint: Checkpoint) -> None:
        if not 0 <= said.start < said.stop <= checkpoint.size:
            raise Fault(
                "malformed", f"a tree of {checkpoint.size} has no leaves {said.start} to {said.stop - 1}"
            )
        before, self._behind = widths_between(0, said.start), widths_between(said.stop, checkpoint.size)
        if (len(said.left), len(said.right)) != (len(before), len(self._behind)):
            raise Fault("malformed", "it has not the hashes that its leaves need")
        self._file, self._said, self._checkpoint = file, said, checkpoint
        self._tree, self._leaves = Tree(), 0
        self._unread: list[str] = []
        for width, root in zip(before, said.left, strict=True):
            self._tree.append(root, width)

    def faults(self) -> Iterator[Fault]:
        """Read everything. Raises Fault where the rest cannot be."""
        yield from self._leaf_faults()
        if self._file.read(1):
            yield Fault("foreign-leaf", "more follows behind its last leaf")
        if self._leaves != self._said.leaves:
            kind = "dropped-leaf" if self._leaves < self._said.leaves else "foreign-leaf"
            yield Fault(kind, f"it has {self._leaves} leaves of the month and not {self._said.leaves}")
        for width, root in zip(self._behind, self._said.right, strict=True):
            self._tree.append(root, width)
        is_whole = self._tree.root() == self._checkpoint.root
        yield from (Fault("malformed" if is_whole else "altered-leaf", text) for text in self._unread)
        if not is_whole:
            text = "its leaves, or the hashes before and behind them, do not lead to the checkpoint's root"
            yield Fault("altered-leaf", text)

    def _leaf_faults(self) -> Iterator[Fault]:
        revisions = Revisions(from_anywhere=True)
        for sequence in range(self._said.start, self._said.stop):
            leaf = self._next(sequence)
            if isinstance(leaf, bytes):
                self._tree.append(leaf)
                continue
            self._leaves += 1
            self._tree.append(leaf_hash(leaf.body))
            if not leaf.is_read:
                self._unread.append(_unread(leaf))
            yield from revisions.faults_of(leaf)

    def _next(self, sequence: int) -> Leaf | bytes:
        """Return the next leaf, or the hash of another month's. Raises Fault."""
        length = self._file.read(len(ELSEWHERE))
        size = HASH if length == ELSEWHERE else int.from_bytes(length, "big")
        if size > MOST_LEAF_BYTES:
            raise Fault("malformed", f"leaf {sequence} is longer than any leaf may be")
        content = self._file.read(size)
        if len(length) < len(ELSEWHERE) or len(content) < size:
            raise Fault("dropped-leaf", f"it ends within leaf {sequence}")
        return content if length == ELSEWHERE else leaf_of(sequence, content)


def check_archive(path: Path, keys: list[Key], found: Found) -> None:
    """Check an archive from its first byte to its last. Raises Fault where the rest of it cannot be."""
    with path.open("rb") as file:
        said = archive_said(file.readline(MOST_LINE_BYTES))
        found.checkpoint = open_checkpoint(said.checkpoint.encode(), keys, "the checkpoint")
        found.faults += Archive(file, said, found.checkpoint).faults()
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    others = said.stop - said.start - said.leaves
    found.proved = [
        f"{said.leaves} leaves with these bytes at places {said.start} to {said.stop - 1} of the tree",
        f"that they are all of {said.month}, and {others} others among them another month's, is the house's word:",
        f"the log's own leaf about the archive of {said.month} has this file's SHA-256, {digest}",
    ]


# What is known from elsewhere: newer checkpoints, and time


Growths = dict[tuple[int, int], list[bytes]]
"""Proofs of consistency, by the sizes of the trees between which they lead."""


def growths_of(files: Iterable[str]) -> Growths:
    """Return the proofs of consistency in these files. Raises Fault, OSError."""
    growths: Growths = {}
    for name in files:
        proof = proof_of(Path(name).read_bytes(), "old", name)
        _, size, _ = _head(_note(proof.checkpoint, name)[0], name)
        growths[proof.number, size] = proof.hashes
    return growths


def held_fault(held: Checkpoint, checkpoint: Checkpoint, growths: Growths) -> Fault | None:
    """Return what is wrong between a file's checkpoint and one that was held before, None where all is well."""
    old, new = sorted((held, checkpoint), key=lambda each: each.size)
    named = f"the checkpoint has {checkpoint.size} leaves, the one you hold {held.size}"
    if old.origin != new.origin:
        text = f"the checkpoint is of log {checkpoint.origin}, what you hold of log {held.origin}"
        return Fault("forked-tree", text)
    growth = growths.get((old.size, new.size)) if 0 < old.size < new.size else []
    if growth is None:
        kind = "stale-checkpoint" if held is new else "missing-file"
        given = ", ".join(f"one from {first} to {last}" for first, last in growths) or "none"
        text = f"{named}: give a proof of consistency from {old.size} to {new.size}, or ask for a new file"
        return Fault(kind, f"{text}; given is {given}")
    if begins_with(old, new, growth):
        return None
    return Fault("forked-tree", f"{named}, and the larger tree does not begin with the smaller one")


def age_faults(checkpoint: Checkpoint, newest_s: float | None, most_hours: float | None) -> Iterator[Fault]:
    """Name times to come, and a checkpoint older than allowed: by its witnesses, or else by its newest leaf."""
    now_s = time.time()
    dated: list[float] = [*checkpoint.seen_at_s]
    if not dated and most_hours is not None and newest_s is not None:
        dated = [newest_s]
    past = [each for each in dated if each <= now_s + MOST_AHEAD_S]
    for each in sorted({*dated} - {*past}):
        yield Fault(
            "future-time", f"it is dated {(each - now_s) / 3600:.1f} hours ahead of this machine's clock"
        )
    if most_hours is None:
        return
    if not past:
        yield Fault("stale-checkpoint", "nothing says how old it is: no witness that you gave signed it")
    elif (hours := (now_s - max(past)) / 3600) > most_hours:
        yield Fault("stale-checkpoint", f"it is {hours:.1f} hours old, allowed are {most_hours:g}")


def seconds_of(moment: Any) -> float | None:
    """Return an RFC 3339 moment as seconds since 1970, None where it is none."""
    try:
        return datetime.fromisoformat(str(moment).replace("Z", "+00:00")).astimezone(UTC).timestamp()
    except (ValueError, OverflowError):
        return None


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit status."""
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        keys = [key_of(key) for key in (*options.key, *options.witness)]
    except ValueError as error:
        print(f"cannot be used: {error}", file=sys.stderr)
        return 2
    try:
        faults = _run(options, keys)
    except OSError as error:
        print(f"cannot be used: {error}", file=sys.stderr)
        return 2
    for fault in faults:
        print(f"FAULT {fault} ({KINDS[fault.kind]})")
    print(f"{len(faults)} faults" if faults else "everything holds")
    return 1 if faults else 0


def _run(options: argparse.Namespace, keys: list[Key]) -> list[Fault]:
    found, growths = Found(), {}
    held: list[Checkpoint] = []
    with found.kept("what you hold"):
        held += (open_checkpoint(Path(name).read_bytes(), keys, name) for name in options.held)
        growths = growths_of(options.consistency)
    checks = {"bundle": check_bundle, "case": check_case, "archive": check_archive}
    with found.kept(f"the {options.command}"):
        if options.command == "export":
            check_export(options.path, keys, found, held)
        else:
            checks[options.command](options.path, keys, found)
    if found.checkpoint is not None:
        print(f"checkpoint: {shown(str(found.checkpoint))}")
        if options.command != "export":
            found.faults += filter(None, (held_fault(each, found.checkpoint, growths) for each in held))
        found.faults += age_faults(found.checkpoint, found.newest_s, options.max_age)
    for line in found.proved if not found.faults else ():
        print(f"proved: {shown(line)}")
    return found.faults


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, held, text in (
        ("bundle", "--checkpoint", "an order's bundle"),
        ("case", "--checkpoint", "a case: what a search found, with a manifest that the log signed"),
        ("export", "--previous", "the whole log as tiles"),
        ("archive", "--checkpoint", "a month of the log that was archived"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("path", type=Path)
        command.add_argument(
            "--key", action="append", required=True, help="a public key of the log, as name+id+base64"
        )
        command.add_argument("--witness", action="append", default=[], help="a witness's public key")
        command.add_argument(
            held, dest="held", action="append", default=[], help="a checkpoint that you hold, a file"
        )
        command.add_argument("--max-age", type=float, metavar="HOURS", help="how old the checkpoint may be")
        command.set_defaults(consistency=[])
        if held == "--checkpoint":
            told = "a proof of consistency between its checkpoint and one that you hold, a file"
            command.add_argument("--consistency", action="append", help=told)
    return parser


if __name__ == "__main__":
    sys.exit(main())
