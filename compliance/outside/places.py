"""Which places outside the database there are, as the environment spells them."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, urlsplit

from compliance.outside.contract import CheckpointStore, Witness
from compliance.outside.folder import FolderStore
from compliance.outside.s3 import BucketStore
from compliance.outside.witness import HttpWitness
from compliance.transparency.notes import WITNESS, UnusableKey, Verifier

TIMEOUT_S = 3.0
"""So long a place may take to answer; longer, and it counts as silent until it is asked again."""
LONGEST_NAME = 64
_NAME = re.compile(r"^[a-z0-9][a-z0-9_-]{0,31}$")
_OPTIONS = {"endpoint", "region"}


class UnusablePlace(ValueError):
    """The environment names a place in a way that cannot be read. The message says which and why."""


@dataclass(frozen=True)
class Places:
    """Where checkpoints are kept, and who else signs them."""

    stores: tuple[CheckpointStore, ...] = ()
    witnesses: tuple[Witness, ...] = ()

    @property
    def kinds(self) -> dict[str, str]:
        """The kind of each place, by its name."""
        return {each.name: each.kind for each in self.stores} | {
            each.name: each.kind for each in self.witnesses
        }


def places(stores: str, witnesses: str, *, origin: str, timeout_s: float = TIMEOUT_S) -> Places:
    """Return the places of `name=folder:///path` and `name=s3://bucket/prefix?endpoint=&region=`, and of `key url`.

    Both lists are parted by commas; a witness's key is the one that it publishes (a vkey of type 4). Raises
    UnusablePlace.
    """
    found = Places(
        tuple(_store(each, origin, timeout_s) for each in _listed(stores)),
        tuple(_witness(each, timeout_s) for each in _listed(witnesses)),
    )
    if len(found.kinds) < len(found.stores) + len(found.witnesses):
        raise UnusablePlace("two places outside the database have one name")
    return found


def _listed(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def _store(text: str, origin: str, timeout_s: float) -> CheckpointStore:
    name, _, address = text.partition("=")
    if not _NAME.match(name):
        raise UnusablePlace(f"{name!r} is no name for a store: small letters, digits, - and _, at most 32")
    url = urlsplit(address)
    if url.scheme == "folder" and not url.netloc and url.path.startswith("/") and len(url.path) > 1:
        return FolderStore(name, Path(url.path), origin=origin)
    if url.scheme == "s3" and url.netloc:
        return _bucket(name, url, origin, timeout_s)
    raise UnusablePlace(f"{name}: neither folder:///path nor s3://bucket/prefix")


def _bucket(name: str, url: SplitResult, origin: str, timeout_s: float) -> CheckpointStore:
    options = {key: values[-1] for key, values in parse_qs(url.query).items()}
    if options.keys() - _OPTIONS or "@" in url.netloc:
        raise UnusablePlace(
            f"{name}: only endpoint and region stand behind the question mark, no key anywhere"
        )
    return BucketStore(
        name,
        url.netloc,
        url.path.strip("/"),
        origin=origin,
        endpoint=options.get("endpoint", ""),
        region=options.get("region", "us-east-1"),
        timeout_s=timeout_s,
    )


def _witness(text: str, timeout_s: float) -> Witness:
    key, _, url = text.partition(" ")
    try:
        verifier = Verifier.parse(key)
    except UnusableKey as error:
        raise UnusablePlace(f"a witness: {error}") from error
    if verifier.kind != WITNESS or len(verifier.name) > LONGEST_NAME:
        raise UnusablePlace(
            f"{verifier.name}: not the key of a witness (type 4), or a name of over 64 characters"
        )
    if urlsplit(url.strip()).scheme not in ("http", "https"):
        raise UnusablePlace(f"{verifier.name}: its address is neither http:// nor https://")
    return HttpWitness(verifier, url.strip(), timeout_s=timeout_s)
