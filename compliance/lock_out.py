"""When a try to sign in is not looked at: after how many failures of what, and for how long."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

FORGOTTEN_AFTER = timedelta(days=1)
"""A lock-out that follows another within this time lasts twice as long."""
MOST_DOUBLINGS = 4


class Counted(StrEnum):
    """What failures are counted of. A subject is one of these, a colon, and which one."""

    PERSON = "person"
    ADDRESS = "address"
    BROWSER = "browser"
    CHANGE = "change"


def subject(counted: Counted, which: str) -> str:
    """Return the name under which failures are counted."""
    return f"{counted}:{which}"


def counted_of(named: str) -> Counted:
    """Return what a subject is one of."""
    return Counted(named.partition(":")[0])


@dataclass(frozen=True, slots=True)
class LockOut:
    """The bounds. A person and a browser have the same one; many people may come from one address."""

    person_failures: int
    address_failures: int
    window: timedelta
    first_lock: timedelta

    def most(self, named: str) -> int:
        """How many failures of the subject within the window are still looked at."""
        return self.address_failures if counted_of(named) is Counted.ADDRESS else self.person_failures

    def lasts(self, locks: int) -> timedelta:
        """How long the `locks`-th lock-out in a row lasts: each twice the one before, up to 16 times the first."""
        return self.first_lock * (1 << min(locks - 1, MOST_DOUBLINGS))


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who tries, by the subjects that are counted; `browser` only where this very person has signed in by it before.

    Who is signed in already has no `address` that counts.
    """

    person: str
    address: str | None = None
    browser: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a try is looked at, and of which subjects it was counted.

    `is_worth_a_hash`: a try that its address shuts out costs no hash, whoever is named; every other costs one.
    """

    is_open: bool
    counted: tuple[str, ...]
    is_worth_a_hash: bool = True
