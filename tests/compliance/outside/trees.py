"""A log in memory, with its key: what signs, grows and forks without a database."""

from compliance.merkle import Frontier, leaf_hash
from compliance.transparency.checkpoints import TreeHead, sign_head
from compliance.transparency.notes import Signer
from compliance.transparency.proofs import keys_of, plan_consistency, proof_of

ORIGIN = "qtweb.example/log"


class Log:
    """Leaves are the numbers from 0 on, from `forked_at` on others."""

    def __init__(self, signer: Signer | None = None, *, forked_at: int | None = None) -> None:
        self.signer = signer or Signer.generate(ORIGIN)
        self._forked_at = forked_at
        self._nodes: dict[tuple[int, int], bytes] = {}
        self._frontier = Frontier()
        self._roots = [self._frontier.root()]

    def grow(self, size: int) -> None:
        for number in range(self._frontier.size, size):
            is_forked = self._forked_at is not None and number >= self._forked_at
            entry = leaf_hash(f"{'other' if is_forked else 'leaf'} {number}".encode())
            self._nodes[0, number] = entry
            self._nodes.update({(each.level, each.index): each.hash for each in self._frontier.append(entry)})
            self._roots.append(self._frontier.root())

    def head(self, size: int) -> TreeHead:
        self.grow(size)
        return TreeHead(self.signer.name, size, self._roots[size])

    def note(self, size: int, *signers: Signer) -> str:
        return sign_head(self.head(size), [*signers, self.signer])

    def proof(self, old: int, new: int) -> list[bytes]:
        self.grow(new)
        plan = plan_consistency(old, new)
        return proof_of(plan, {key: self._nodes[key] for key in keys_of(plan)})
