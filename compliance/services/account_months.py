"""Read the log for the accounts that each month concerns: a batch in one transaction, in the order of the tree.

A pass of its own beside that of the search, by the same process, from the first entry on: a log that is older than
this table is read from its beginning, and goes on where it stood after any interruption. What it has read of is in
AccountReading; a month that it has not read to its end is kept by every hold on an account.
"""

from bisect import bisect_right
from collections.abc import Set
from datetime import date
from typing import NamedTuple
from uuid import UUID

from compliance.belonging import TABLES, accounts_of
from compliance.concerned import codes_named, ids_named
from compliance.models import EVERY_ACCOUNT, AccountMonth, AccountReading, Leaf, LeafKind, LeafMonth
from compliance.tree_reads import leaf_ids
from orders.belonging import accounts_called
from orders.kernel.statements import Statement
from orders.kernel.transactions import service

BATCH_READ = 5_000
MOST_KNOWN = 50_000
"""So many ids are remembered at most: a few ids are named by most leaves."""

_READ = Statement(
    """
    SELECT entry.leaf_id, leaf.kind, leaf.object_type, leaf.object_id, leaf.action, leaf.body
    FROM compliance_treeentry AS entry LEFT JOIN compliance_leaf AS leaf
        ON leaf.id = entry.leaf_id AND leaf.id >= %(lowest)s AND leaf.id <= %(highest)s
    WHERE entry.sequence >= %(first)s AND entry.sequence < %(end)s
    ORDER BY entry.sequence
    """
)


_ANY = frozenset((str(EVERY_ACCOUNT),))


class _Read(NamedTuple):
    """A leaf that was read; of one that is not in the table there is its id alone."""

    id: int
    kind: str | None
    object_type: str | None
    object_id: str | None
    action: str | None
    body: str | None

    @property
    def is_of_a_row(self) -> bool:
        """Whether it tells of a row that is an account's, or may be."""
        return self.kind == LeafKind.ROW and self.object_type in TABLES


class AccountReader:
    """Reads on where the last one stood. Only for the sole integrator.

    It remembers whose the ids are that it has met: most leaves name a few that the leaves before them named.
    """

    def __init__(self) -> None:
        self._known: dict[str, frozenset[str]] = {}

    @service
    def run_batch(self) -> int:
        """Read up to BATCH_READ leaves, write down which accounts they concern in which month, return how many."""
        first = AccountReading.objects.values_list("entries", flat=True).get()
        read = self.read(first)
        if read:
            _write(read)
            AccountReading.objects.update(entries=first + len(read))
        return len(read)

    def read(self, first: int) -> list[tuple[int, frozenset[str]]]:
        """Return up to BATCH_READ leaves from this entry on: the id of each, and those of the accounts it concerns."""
        ids = leaf_ids(first, first + BATCH_READ)
        if ids is None:
            return []
        values = {"first": first, "end": first + BATCH_READ, "lowest": ids[0], "highest": ids[1]}
        leaves = [_Read(*row) for row in _READ.rows(values)]
        return [(leaf.id, whose) for leaf, whose in zip(leaves, self._accounts(leaves), strict=True)]

    def _accounts(self, leaves: list[_Read]) -> list[frozenset[str]]:
        """Return the accounts that each leaf concerns."""
        if len(self._known) > MOST_KNOWN:
            self._known.clear()
        named = [ids_named(leaf.body or "") for leaf in leaves]
        for leaf, ids in zip(leaves, named, strict=True):
            self._learn(leaf, ids)
        self._look_up(frozenset().union(*named))
        return [self._concerned(leaf, ids) for leaf, ids in zip(leaves, named, strict=True)]

    def _learn(self, leaf: _Read, ids: Set[str]) -> None:
        """Of a new row its leaf tells all: what that is a part of has mostly been met before."""
        is_new = leaf.is_of_a_row and leaf.action == "insert"
        if is_new and leaf.object_id is not None and leaf.object_id in ids and (whose := self._whose(ids)):
            self._known[leaf.object_id] = whose

    def _look_up(self, ids: Set[str]) -> None:
        unknown = ids - self._known.keys()
        for row_id, account_id in accounts_of(unknown).items():
            self._known[row_id] = frozenset() if account_id is None else frozenset((account_id,))

    def _whose(self, ids: Set[str]) -> frozenset[str]:
        return frozenset().union(*(self._known[each] for each in ids if each in self._known))

    def _concerned(self, leaf: _Read, ids: Set[str]) -> frozenset[str]:
        if leaf.body is None:
            return _ANY
        found = self._whose(ids) | accounts_called(codes_named(leaf.body))
        if found or not leaf.is_of_a_row or leaf.object_id in self._known:
            return found
        return self._whose_it_was(leaf) or _ANY

    def _whose_it_was(self, leaf: _Read) -> frozenset[str]:
        """Return whose a row was that is no longer there, by the leaves that tell all of its columns."""
        of_row = Leaf.objects.filter(
            kind=LeafKind.ROW,
            object_type=leaf.object_type,
            object_id=leaf.object_id,
            action__in=("insert", "delete"),
        )
        ids = frozenset().union(*map(ids_named, of_row.values_list("body", flat=True)))
        self._look_up(ids)
        return self._whose(ids)


def _write(read: list[tuple[int, frozenset[str]]]) -> None:
    """Add what is not there yet; an id of no month is in none."""
    months = list(LeafMonth.objects.order_by("from_id"))
    ends = [month.to_id for month in months]
    found: set[tuple[str, date]] = set()
    for leaf_id, accounts in read:
        place = bisect_right(ends, leaf_id)
        if accounts and place < len(months) and months[place].from_id <= leaf_id:
            found |= {(each, months[place].month) for each in accounts}
    rows = [AccountMonth(account_id=UUID(each), month_id=month) for each, month in sorted(found)]
    AccountMonth.objects.bulk_create(rows, ignore_conflicts=True)
