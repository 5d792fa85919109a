"""Claims, each checked where everyone can see it."""

import time
from collections.abc import Callable
from typing import TypeVar

from qtweb.demo.errors import ClaimFailed

_LOOK_AGAIN_S = 0.1
T = TypeVar("T")


class Claims:
    """What was claimed so far, and which of it did not hold."""

    def __init__(self) -> None:
        self.held = 0
        self.failed: list[str] = []

    def check(self, claim: str, holds: bool, seen: object) -> None:
        """Print the claim with what was seen; remember one that does not hold."""
        print(f"  {'ok  ' if holds else 'FAIL'} {claim}: {seen}", flush=True)
        if holds:
            self.held += 1
        else:
            self.failed.append(f"{claim} (seen: {seen})")

    def require(self, claim: str, holds: bool, seen: object) -> None:
        """The same for what the next steps build on. Raises ClaimFailed."""
        self.check(claim, holds, seen)
        if not holds:
            raise ClaimFailed(self.failed[-1])


def eventually(claim: str, read: Callable[[], T], holds: Callable[[T], bool], *, patience_s: float) -> T:
    """Read again and again until what was read holds, and return it. Raises ClaimFailed with what was read last."""
    deadline = time.monotonic() + patience_s
    while not holds(seen := read()):
        if time.monotonic() > deadline:
            raise ClaimFailed(f"{claim}: not within {patience_s:.0f} s (seen last: {seen})")
        time.sleep(_LOOK_AGAIN_S)
    return seen
