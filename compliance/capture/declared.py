"""What the registry says of a table: which columns a leaf shows, which it only commits to, which it leaves out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ByRow:
    """A leaf for each changed row, with its columns before and after. Columns are named in one text, by spaces.

    `shown` stand in clear. `committed` is what could be personal, secret or free text: a digest under a key that no
    reader of the log has. `digested` is large and nobody's: a plain digest. `left_out` is derived from the others.
    `named_by` is what a leaf names the row by, where that is not its key; what is not shown names it by a commitment.
    """

    shown: str
    committed: str = ""
    digested: str = ""
    left_out: str = ""
    named_by: str = ""

    @property
    def columns(self) -> set[str]:
        """Every column that is declared."""
        return set(f"{self.shown} {self.committed} {self.digested} {self.left_out}".split())


@dataclass(frozen=True, slots=True)
class ByStatement:
    """A leaf for each statement, with how many rows it changed: `why` tells what makes that enough.

    `is_derived`: a trigger makes the rows, a statement for each, out of rows whose statement leaves a leaf; then what a
    trigger does leaves none. Who writes to the table directly leaves a leaf all the same.
    """

    why: str
    is_derived: bool = False


@dataclass(frozen=True, slots=True)
class Exempt:
    """No leaf: `why` tells what else proves a change."""

    why: str


Declaration = ByRow | ByStatement | Exempt
UNDECLARED = ByRow(shown="")
"""What holds of a table that nobody declared: every column is only committed to."""
WITHOUT_KEY = ByStatement("its rows have no name")
"""What holds of a table without a primary key."""
