"""The floor: the leaf id at and below which nothing can appear any more.

Leaves commit late: ids 7 and 8 are allocated, 8 commits, and 7 a second after it. A cursor `id > last seen` would
lose 7 for ever. The integrator therefore looks for every leaf that has no entry, and the floor only spares it the
part of the log where there can be none:

    1. Read L, the last leaf id that was allocated.
    2. Then take a transaction number X of one's own. Numbers are given out in order, and a transaction has its
       number before its first leaf has its id (Leaf.transaction_id is evaluated first). So every id <= L was
       allocated by a transaction numbered below X.
    3. Once PostgreSQL says that no transaction below X is running (pg_snapshot_xmin >= X), all of those have
       committed or rolled back. A pass that looks after that moment sees every leaf <= L that will ever be.
    4. When that pass has sequenced what it saw, L is the floor.

X must be a number taken for the purpose. pg_snapshot_xmax is not an upper bound: it is one past the last transaction
that has *ended*, and one that still runs, and holds an id <= L, may be numbered above it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """`last_id` becomes the floor once every transaction numbered below `transaction_id` has ended."""

    last_id: int
    transaction_id: int

    def is_settled(self, horizon: int) -> bool:
        """Tell whether no transaction that could still add at or below `last_id` runs.

        `horizon` is the lowest transaction number that is still running (pg_snapshot_xmin).
        """
        return horizon >= self.transaction_id


@dataclass(slots=True)
class Floor:
    """Where the integrator starts to look, and what it waits for before it may start further up."""

    leaf_id: int = 0
    candidate: Candidate | None = None

    def pass_done(self, *, horizon: int, sequenced_through: int | None) -> None:
        """Take note of a pass that read `horizon` first and then sequenced all it saw above the floor.

        `sequenced_through` is the last leaf id of a pass that was cut short because the batch was full; None
        when the pass saw everything.
        """
        if self.candidate is None or not self.candidate.is_settled(horizon):
            return
        if sequenced_through is not None and sequenced_through < self.candidate.last_id:
            self.leaf_id = sequenced_through
            return
        self.leaf_id, self.candidate = self.candidate.last_id, None
