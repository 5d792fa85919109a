"""An order's bundle: one ZIP of leaves, a tlog-proof of each, the checkpoint they lead to, and the story they tell.

How a bundle is packed and its story told stands in `compliance/verify.py` alone, where it is told again and compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from compliance.transparency.tlog_proof import inclusion_text
from compliance.verify import MOST_MEMBERS, leaf_of, manifest_of, pack, story_of, text_bytes

MOST_LEAVES = MOST_MEMBERS // 2 - 2
"""Two files a leaf, and three beside them, are what a ZIP without extensions holds."""


@dataclass(frozen=True, slots=True)
class ProvedLeaf:
    """A leaf's place and bytes, and the proof that it is in the checkpoint's tree."""

    sequence: int
    body: bytes
    proof: Sequence[bytes]


def bundle_of(order_id: str, checkpoint: str, leaves: Sequence[ProvedLeaf]) -> bytes:
    """Return the bundle of an order's leaves, which are given in the order of the tree."""
    story = story_of(order_id, [leaf_of(leaf.sequence, leaf.body) for leaf in leaves])
    members = {
        "story.txt": text_bytes(story),
        "bundle.json": manifest_of(order_id, [leaf.sequence for leaf in leaves]),
        "checkpoint": checkpoint.encode(),
    }
    for leaf in leaves:
        members[f"leaves/{leaf.sequence}.json"] = leaf.body
        proof = inclusion_text(leaf.sequence, leaf.proof, checkpoint)
        members[f"leaves/{leaf.sequence}.tlog-proof"] = proof.encode()
    return pack(members)
