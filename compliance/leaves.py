"""What a leaf of the audit log says, as canonical JSON: the very bytes that are hashed.

Canonical: keys sorted, no white space, UTF-8 without escapes for what is not ASCII, and no floats, which have
more than one spelling. Amounts are strings. Nothing here is meant to be personal: ids, codes, decimals and the reasons
of operators, which is what an event's `facts()` lets through.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from orders.kernel.events import Event

ENTRY_MAX_BYTES = 65_535
"""The largest entry that C2SP tlog-tiles allows."""


class InvalidLeaf(ValueError):
    """A fact has no canonical form, or an entry is too large for the log."""


class Columns(NamedTuple):
    """What a leaf's row repeats of its body, so that it can be searched for.

    `kind` is "event" or "row"; `recorded_at` is a moment as `timestamp` spells it. `transaction_id` is None of an
    event: what a service tells does not say it.
    """

    object_type: str
    object_id: str
    revision: int
    action: str
    actor: str
    correlation_id: str
    recorded_at: str
    kind: str = "event"
    transaction_id: int | None = None


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


@lru_cache(maxsize=16)
def timestamp(moment: datetime) -> str:
    """Return an aware moment as RFC 3339 in UTC to the microsecond. Raises InvalidLeaf for a naive one."""
    if moment.tzinfo is None:
        raise InvalidLeaf("a moment without a time zone names no moment")
    return moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def canonical(value: Any) -> str:
    """Return the canonical JSON of strings, whole numbers, booleans, None and lists and mappings of them.

    Raises InvalidLeaf for anything else, floats above all, and for text that UTF-8 cannot spell.
    """
    _require_canonical(value)
    text = _ENCODER.encode(value)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidLeaf("a lone surrogate is no text") from error
    return text


_PLAIN = (str, int, type(None))


def _require_canonical(value: Any) -> None:
    """Most values are plain: a call for each of them took as long as the encoding of all."""
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise InvalidLeaf(f"the key {key!r} is not text")
            if not isinstance(item, _PLAIN):
                _require_canonical(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _require_canonical(item)
    elif not isinstance(value, _PLAIN):
        raise InvalidLeaf(f"{type(value).__name__} has no canonical form")


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What an event does not know of itself: from where it was brought about, for whom, and by which service."""

    source: str | None = None
    on_behalf_of: str | None = None
    service: str | None = None


NOTHING_KNOWN = Circumstances()


def body(
    event: Event, *, correlation_id: str, recorded_at: datetime, around: Circumstances = NOTHING_KNOWN
) -> str:
    """Return the entry for an event: who, for whom, by which door, from where, when (real and market time), what, by
    which service, on which object.

    Facts that would make it larger than ENTRY_MAX_BYTES are replaced by {"sha256": hex of their canonical
    form}.
    Raises InvalidLeaf when a fact has no canonical form, or the entry is too large even so.
    """
    facts = event.kept_facts
    entry = _entry(event, facts, correlation_id, recorded_at, around)
    if len(entry.encode()) > ENTRY_MAX_BYTES:
        digest = hashlib.sha256(canonical(facts).encode()).hexdigest()
        entry = _entry(event, {"sha256": digest}, correlation_id, recorded_at, around)
    if len(entry.encode()) > ENTRY_MAX_BYTES:
        raise InvalidLeaf(f"{event.action} is larger than {ENTRY_MAX_BYTES} bytes without its facts")
    return entry


def _entry(
    event: Event, facts: dict[str, Any], correlation_id: str, recorded_at: datetime, around: Circumstances
) -> str:
    return canonical(
        {
            "action": event.action,
            "actor": event.actor.reference,
            "correlation_id": correlation_id,
            "door": event.actor.door,
            "facts": facts,
            "market_time": timestamp(event.market_time),
            "object": {"id": event.object_id, "revision": event.revision, "type": event.object_type},
            "on_behalf_of": around.on_behalf_of,
            "recorded_at": timestamp(recorded_at),
            "service": around.service,
            "source": around.source,
        }
    )


class _Object(msgspec.Struct):
    type: str
    id: str
    revision: int


class _Entry(msgspec.Struct):
    """What of an entry is repeated in columns; the rest is read over, which takes a third of reading it all."""

    object: _Object
    action: str
    actor: str
    correlation_id: str
    recorded_at: str
    kind: str = "event"
    transaction: int | None = None


_DECODER = msgspec.json.Decoder(_Entry)


def columns(entry: bytes) -> Columns:
    """Return what an entry says of the columns beside it. Raises InvalidLeaf when it cannot be read."""
    try:
        said = _DECODER.decode(entry)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidLeaf("the body is no entry of this log") from error
    of = said.object
    return Columns(
        of.type,
        of.id,
        of.revision,
        said.action,
        said.actor,
        said.correlation_id,
        said.recorded_at,
        said.kind,
        said.transaction if said.kind == "row" else None,
    )
