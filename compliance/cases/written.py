"""The files of a case. How they are packed, listed and told stands in `compliance/verify.py`, which checks them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from compliance.cases.gathered import Gathered, orders_of
from compliance.cases.replayed import replay_text
from compliance.cases.summary import Summary, summary_pdf
from compliance.leaves import timestamp
from compliance.models import Case, LeafKind
from compliance.transparency.checkpoints import TreeHead
from compliance.transparency.tlog_proof import consistency_text, inclusion_text
from compliance.tree_reads import consistency_proof, inclusion_proofs, opened_head
from compliance.verify import (
    CASE_FORMAT,
    MANIFEST,
    SEAL,
    SEAL_CONSISTENCY,
    SEAL_PROOF,
    case_heading,
    leaf_of,
    story_of,
    story_under,
    sums_of,
    text_bytes,
)
from orders.kernel.context import Actor, process_actor
from orders.selectors import login_names

_PROOFS_AT_ONCE = 256
"""So many leaves' proofs are read by one statement: each has some twenty nodes."""


def terms_of(case: Case) -> dict[str, Any]:
    """Return what was asked for, in the asker's words, with the salt."""
    return {name: getattr(case, name) for name in ("reference", "title", "question", "asked", "salt")}


def body_of(case: Case, asker: Actor | None, gathered: Gathered, checkpoint: str) -> dict[str, bytes]:
    """Return the files of a case by name, its manifest the last: all that is known before the log has signed it.

    `checkpoint` covers all leaves. Raises AuditTreeBroken, CheckpointNotOurs.
    """
    head = opened_head(checkpoint)
    told = {place: leaf_of(place, leaf.body.encode()) for place, leaf in gathered.leaves.items()}
    heading = case_heading(case.reference, case.title)
    members = {
        "case.json": _case_json(case, gathered),
        "summary.pdf": summary_pdf(_summary(case, gathered, checkpoint, head)),
        "story.txt": text_bytes(story_under(heading, list(told.values()))),
        "checkpoint": checkpoint.encode(),
    }
    for order_id, places in gathered.orders.items():
        story = story_of(str(order_id), [told[place] for place in places])
        members[f"orders/{order_id}/story.txt"] = text_bytes(story)
    members |= dict(_replays(asker, gathered))
    for place, proof in _proofs(list(gathered.leaves), head):
        members[f"leaves/{place}.json"] = told[place].body
        members[f"leaves/{place}.tlog-proof"] = inclusion_text(place, proof, checkpoint).encode()
    return members | {MANIFEST: sums_of(members)}


def seal_of(entry: str, place: int, checkpoint: str, body: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return what seals a case: the leaf that has its manifest's digest, and the proofs that the log signed that.

    `checkpoint` covers the leaf. Raises AuditTreeBroken, AuditForked, CheckpointNotOurs.
    """
    head, before = opened_head(checkpoint), opened_head(body["checkpoint"].decode())
    (proof,) = inclusion_proofs([place], head)
    return {
        SEAL: entry.encode(),
        SEAL_PROOF: inclusion_text(place, proof, checkpoint).encode(),
        SEAL_CONSISTENCY: consistency_text(before.size, consistency_proof(before, head), checkpoint).encode(),
    }


def _case_json(case: Case, gathered: Gathered) -> bytes:
    said = {
        "format": CASE_FORMAT,
        "case": str(case.pk),
        **terms_of(case),
        "asked_by": case.asked_by,
        "asked_at": timestamp(case.recorded_at),
        "through": case.through,
        "found": gathered.found,
        "orders": {str(order_id): places for order_id, places in gathered.orders.items()},
        "orders_left_out": gathered.orders_left_out,
    }
    return (json.dumps(said, indent=1, ensure_ascii=False) + "\n").encode()


def _summary(case: Case, gathered: Gathered, checkpoint: str, head: TreeHead) -> Summary:
    references = {case.asked_by, *(leaf.actor for leaf in gathered.leaves.values())}
    return Summary(case, gathered, checkpoint, head, list(orders_of(gathered)), login_names(references))


def _replays(asker: Actor | None, gathered: Gathered) -> Iterator[tuple[str, bytes]]:
    actor = asker or process_actor("audit")
    for order in orders_of(gathered):
        leaves = [gathered.leaves[place] for place in gathered.orders[order.pk]]
        events = [leaf for leaf in leaves if leaf.kind == LeafKind.EVENT]
        yield f"orders/{order.pk}/replay.txt", replay_text(actor, order, events).encode()


def _proofs(places: Sequence[int], head: TreeHead) -> Iterator[tuple[int, list[bytes]]]:
    for start in range(0, len(places), _PROOFS_AT_ONCE):
        some = places[start : start + _PROOFS_AT_ONCE]
        yield from zip(some, inclusion_proofs(some, head), strict=True)
