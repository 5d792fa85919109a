"""A log in memory, and what it hands over: made by the writers of the house, without a database."""

from pathlib import Path

from compliance.leaves import canonical
from compliance.merkle import Frontier, leaf_hash, root_of_frontier
from compliance.transparency.bundles import ProvedLeaf, bundle_of
from compliance.transparency.checkpoints import TreeHead, sign_head
from compliance.transparency.notes import Signer
from compliance.transparency.proofs import plan_consistency, plan_inclusion, proof_of
from compliance.transparency.tiles import CHECKPOINT, files_of
from compliance.transparency.tlog_proof import consistency_text

ORIGIN = "log.example/audit"
SIGNER = Signer.generate(ORIGIN)
ORDER, OTHER_ORDER = "019abc00-0000-7000-8000-000000000001", "019abc00-0000-7000-8000-000000000002"


def entry(number: int, order: str = ORDER, revision: int = 1, kind: str = "order", **facts: object) -> bytes:
    """The body of a leaf, as the house writes them."""
    return canonical(
        {
            "action": "OrderPlaced" if revision == 1 else "OrderFilled",
            "actor": "process:tests",
            "correlation_id": f"c-{number}",
            "door": "api",
            "facts": {"quantity": "100", **facts},
            "market_time": "2024-03-08T14:30:00.000000Z",
            "object": {"id": order, "revision": revision, "type": kind},
            "recorded_at": f"2026-11-28T09:{number // 60 % 60:02}:{number % 60:02}.000000Z",
        }
    ).encode()


class Log:
    """A tree over entries: every second one is about ORDER, the others about OTHER_ORDER."""

    def __init__(self, size: int, salt: str = "") -> None:
        orders = (ORDER, OTHER_ORDER)
        self.entries = [entry(n, orders[n % 2], n // 2 + 1, salt=salt) for n in range(size)]
        self.build()

    def build(self) -> None:
        """Reckon the tree over the entries as they are now."""
        frontier, self.hashes, self._roots = Frontier(), {}, [Frontier().root()]
        for sequence, body in enumerate(self.entries):
            self.hashes[0, sequence] = leaf_hash(body)
            self.hashes |= {(node.level, node.index): node.hash for node in frontier.append(leaf_hash(body))}
            self._roots.append(root_of_frontier(frontier.hashes))

    @property
    def size(self) -> int:
        return len(self.entries)

    def head(self, size: int | None = None) -> TreeHead:
        size = self.size if size is None else size
        return TreeHead(ORIGIN, size, self._roots[size])

    def checkpoint(self, size: int | None = None, *signers: Signer) -> str:
        return sign_head(self.head(size), signers or (SIGNER,))

    def consistency(self, old: int) -> str:
        proof = proof_of(plan_consistency(old, self.size), self.hashes)
        return consistency_text(old, proof, self.checkpoint())

    def bundle(self, checkpoint: str | None = None, sequences: range | list[int] | None = None) -> bytes:
        leaves = [
            ProvedLeaf(n, self.entries[n], proof_of(plan_inclusion(n, self.size), self.hashes))
            for n in (range(0, self.size, 2) if sequences is None else sequences)
        ]
        return bundle_of(ORDER, checkpoint or self.checkpoint(), leaves)

    def export(self, folder: Path) -> Path:
        files = files_of(
            self.size,
            lambda start, stop: self.entries[start:stop],
            lambda level, start, stop: [self.hashes[level, index] for index in range(start, stop)],
        )
        for path, content in [*files, (CHECKPOINT, self.checkpoint().encode())]:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        return folder
