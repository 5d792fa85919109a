"""Signed notes (c2sp.org/signed-note): a text, an empty line, and one line for each signature.

A key is named by its name and by an id of four bytes. A note that several keys sign is accepted by whoever knows one
of them: that is how keys are exchanged. Signatures of unknown keys are ignored, a bad one of a known key is not.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

LOG, WITNESS = 0x01, 0x04
"""Kinds of Ed25519 keys: a log's own, and a witness's, which signs a time as well (c2sp.org/tlog-cosignature)."""

MOST_SIGNATURES = 100
_PRIVATE = "PRIVATE+KEY+"  # as golang.org/x/mod/sumdb/note writes private keys
_DASH = "\u2014 "
_KEY_BYTES, _ID_BYTES, _TIME_BYTES = 32, 4, 8


class InvalidNote(ValueError):
    """Any reason for which a note is not accepted."""


class MalformedNote(InvalidNote):
    """The text is no signed note."""


class UnknownKey(InvalidNote):
    """No key that is known has signed the note."""


class BadSignature(InvalidNote):
    """The signature of a known key does not hold."""


class UnusableKey(ValueError):
    """A key has not the form of the specification. The message never repeats a private one."""


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One signature of a note: by which key, and the bytes behind the key's id."""

    name: str
    key_id: bytes
    value: bytes

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {encoded(self.key_id + self.value)}\n"


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key under its name: a log's (LOG) or a witness's (WITNESS)."""

    name: str
    public_key: bytes
    kind: int = LOG

    def __post_init__(self) -> None:
        _require_name(self.name)
        if self.kind not in (LOG, WITNESS) or len(self.public_key) != _KEY_BYTES:
            raise UnusableKey("only Ed25519 keys of logs (type 1) and of witnesses (type 4) are read")

    @classmethod
    def parse(cls, vkey: str) -> Self:
        """Return the key that `name+id in hex+base64(kind, public key)` spells. Raises UnusableKey."""
        name, key_id, material = _parts(vkey.strip())
        verifier = cls(name, material[1:], material[0])
        if verifier.key_id.hex() != key_id:
            raise UnusableKey(f"the key of {name} has another id than it says")
        return verifier

    @property
    def key_id(self) -> bytes:
        """SHA-256(name, newline, kind, public key), its first four bytes."""
        named = f"{self.name}\n".encode() + bytes([self.kind]) + self.public_key
        return hashlib.sha256(named).digest()[:_ID_BYTES]

    @property
    def vkey(self) -> str:
        """The key as others are given it."""
        return f"{self.name}+{self.key_id.hex()}+{encoded(bytes([self.kind]) + self.public_key)}"

    def accepts(self, text: str, line: SignatureLine) -> bool:
        """Tell whether a line, which names this key, holds a signature of `text`."""
        message, signature = text.encode(), line.value
        if self.kind == WITNESS:
            if cosigned_at_s(line) >> 63:
                return False
            message = f"cosignature/v1\ntime {cosigned_at_s(line)}\n".encode() + message
            signature = signature[_TIME_BYTES:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key under its name. Its seed appears in no representation."""

    name: str
    _key: Ed25519PrivateKey

    @classmethod
    def generate(cls, name: str) -> Self:
        """Return a new key. Raises UnusableKey for a name that a note cannot hold."""
        _require_name(name)
        return cls(name, Ed25519PrivateKey.generate())

    @classmethod
    def parse(cls, secret: str) -> Self:
        """Return the key that `PRIVATE+KEY+name+id in hex+base64(1, seed)` spells. Raises UnusableKey."""
        if not secret.strip().startswith(_PRIVATE):
            raise UnusableKey(f"a private key does not begin with {_PRIVATE}")
        name, key_id, material = _parts(secret.strip().removeprefix(_PRIVATE))
        if material[0] != LOG or len(material) != 1 + _KEY_BYTES:
            raise UnusableKey(f"the private key of {name} is no Ed25519 key")
        signer = cls(name, Ed25519PrivateKey.from_private_bytes(material[1:]))
        if signer.verifier.key_id.hex() != key_id:
            raise UnusableKey(f"the private key of {name} has another id than it says")
        return signer

    @property
    def secret(self) -> str:
        """The key as a key file holds it: never to be logged or shown."""
        seed = self._key.private_bytes_raw()
        return f"{_PRIVATE}{self.name}+{self.verifier.key_id.hex()}+{encoded(bytes([LOG]) + seed)}"

    @property
    def verifier(self) -> Verifier:
        """The public key that belongs to it."""
        return Verifier(self.name, self._key.public_key().public_bytes_raw())

    def line(self, text: str) -> SignatureLine:
        """Return the signature of a note's text."""
        return SignatureLine(self.name, self.verifier.key_id, self._key.sign(text.encode()))


@dataclass(frozen=True, slots=True)
class OpenedNote:
    """A note that known keys have signed: its text, the keys' lines, and those of keys that are not known."""

    text: str
    signed_by: tuple[tuple[Verifier, SignatureLine], ...]
    ignored: tuple[SignatureLine, ...]


def sign(text: str, signers: Sequence[Signer]) -> str:
    """Return the note of a text, which ends with a newline, under one signature of each signer.

    Raises MalformedNote for a text that no note can hold, and ValueError without a signer.
    """
    if not signers:
        raise ValueError("a note without a signature is none")
    _require_text(text)
    return f"{text}\n" + "".join(str(signer.line(text)) for signer in signers)


def parse_note(note: str) -> tuple[str, list[SignatureLine]]:
    """Return a note's text and signatures, none of them checked. Raises MalformedNote."""
    text, parted, lines = note.rpartition("\n\n")
    if not parted or not lines.endswith("\n"):
        raise MalformedNote("no signatures stand behind an empty line")
    _require_text(f"{text}\n")
    signatures = [_signature(line) for line in lines[:-1].split("\n")]
    if len(signatures) > MOST_SIGNATURES:
        raise MalformedNote(f"more than {MOST_SIGNATURES} signatures")
    return f"{text}\n", signatures


def open_note(note: str, verifiers: Sequence[Verifier]) -> OpenedNote:
    """Return what a note says if a known key signed it and each signature of a known key holds.

    Raises MalformedNote, UnknownKey, BadSignature.
    """
    text, signatures = parse_note(note)
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    signed_by: list[tuple[Verifier, SignatureLine]] = []
    ignored: list[SignatureLine] = []
    for line in signatures:
        verifier = known.get((line.name, line.key_id))
        if verifier is None:
            ignored.append(line)
        elif verifier.accepts(text, line):
            signed_by.append((verifier, line))
        else:
            raise BadSignature(f"the signature of {line.name} (key {line.key_id.hex()}) does not hold")
    if not signed_by:
        named = ", ".join(f"{line.name} ({line.key_id.hex()})" for line in ignored)
        raise UnknownKey(f"signed by {named}: none of the keys that are known")
    return OpenedNote(text, tuple(signed_by), tuple(ignored))


def cosigned_at_s(line: SignatureLine) -> int:
    """Return when a witness signed, in seconds since 1970 UTC, of a witness's signature."""
    return int.from_bytes(line.value[:_TIME_BYTES])


def cosigned_at(line: SignatureLine) -> datetime | None:
    """Return the same as a moment, None where it is none that can be written."""
    try:
        return datetime.fromtimestamp(cosigned_at_s(line), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def encoded(data: bytes) -> str:
    """Return standard base64."""
    return base64.b64encode(data).decode()


def decoded(text: str) -> bytes:
    """Return what standard base64 spells. Raises ValueError, also for a second spelling of the same bytes."""
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("no base64") from error
    if encoded(data) != text:
        raise ValueError("not the canonical base64 of its bytes")
    return data


def _signature(line: str) -> SignatureLine:
    name, _, value = line.removeprefix(_DASH).partition(" ")
    try:
        _require_name(name)
        signature = decoded(value)
    except ValueError as error:
        raise MalformedNote(f"no line of a signature: {error}") from error
    if not line.startswith(_DASH) or len(signature) <= _ID_BYTES:
        raise MalformedNote("no line of a signature: a dash, a name, and an id with a signature in base64")
    return SignatureLine(name, signature[:_ID_BYTES], signature[_ID_BYTES:])


def _parts(key: str) -> tuple[str, str, bytes]:
    name, _, rest = key.partition("+")
    key_id, _, material = rest.partition("+")
    try:
        data = decoded(material)
    except ValueError:
        data = b""
    if not name or not data:
        raise UnusableKey("a key is not of the form name+id+base64")
    return name, key_id, data


def _require_name(name: str) -> None:
    if not name or "+" in name or any(c.isspace() or ord(c) < 0x20 for c in name):
        raise UnusableKey("a key's name is empty, or has a space or a plus in it")


def _require_text(text: str) -> None:
    if not text.endswith("\n"):
        raise MalformedNote("the text does not end with a newline")
    if any(ord(c) < 0x20 and c != "\n" for c in text):
        raise MalformedNote("the text has a control character")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise MalformedNote("the text is no UTF-8") from error
