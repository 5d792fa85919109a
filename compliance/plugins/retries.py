"""When a delivery is tried again, and when it is given up. Pure.

Exponential backoff with jitter (aws.amazon.com/blogs/architecture, "Exponential Backoff And Jitter"): those that failed
together do not come back together.
"""

import random
from datetime import timedelta

MOST_ATTEMPTS = 9
FIRST_WAIT_S = 5.0
FACTOR = 4.0
LONGEST_WAIT_S = 6 * 3600.0
JITTER = 0.2


def usual_wait(failures: int) -> timedelta:
    """Return how long to wait after so many failures (from 1), before jitter: 5 s, 20 s, 80 s ... at most 6 h."""
    return timedelta(seconds=min(FIRST_WAIT_S * FACTOR ** (failures - 1), LONGEST_WAIT_S))


def wait_after(failures: int, chance: random.Random) -> timedelta:
    """Return how long to wait after so many failures: `usual_wait`, a fifth more or less by chance."""
    return usual_wait(failures) * chance.uniform(1 - JITTER, 1 + JITTER)
