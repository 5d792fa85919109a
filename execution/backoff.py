"""How long to wait before something is tried again."""

from datetime import datetime, timedelta

LEASE = timedelta(seconds=3)
"""How long a process has for what it claimed before another asks after it; longer than a request to the venue."""
MOST_ATTEMPTS = 5
"""After so many failures that are nobody else's fault, a thing becomes a dead letter."""
_FIRST_S = 0.25
_LONGEST_S = 10.0


def next_attempt(now: datetime, attempts: int) -> datetime:
    """Return when (recorded time) to try again after so many attempts: 0.25 s, doubled each time, at most 10 s."""
    return now + timedelta(seconds=min(_FIRST_S * 2 ** min(attempts, 10), _LONGEST_S))


def error_text(error: Exception) -> str:
    """Return what a row keeps of an error: its class and the beginning of its message."""
    return f"{type(error).__name__}: {error}"[:300]
