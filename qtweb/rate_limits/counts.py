"""Counts requests in Redis, for all processes together; where Redis does not answer, each process counts for itself."""

import logging
import threading
import time
from functools import cache
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.commands.core import Script
from redis.retry import Retry

from orders.kernel.breakers import Breaker, CircuitOpen

logger = logging.getLogger(__name__)

TIMEOUT_S = 0.1
"""How long a request waits for Redis at most; after three failures in a row none waits for five seconds."""
BREAKER = Breaker("rate limits", most_failures=3, open_s=5)
MOST_KEYS = 10_000
"""Windows that a process keeps when it counts alone: all are forgotten when there are more."""

_COUNT = """
    local count = redis.call('INCR', KEYS[1])
    if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
    return {count, redis.call('PTTL', KEYS[1])}
"""
"""One round trip, and no window without an end: both happen or neither does."""


def count(key: str, window_s: int) -> tuple[int, float]:
    """Count a request; return how many came in its window, and in how many seconds that ends. Never raises."""
    try:
        with BREAKER.calling(RedisError, OSError):
            came, left_ms = _script()(keys=[f"qtweb:rate:{key}"], args=[window_s * 1000])
    except CircuitOpen:
        return ALONE.count(key, window_s)
    except (RedisError, OSError) as error:
        logger.warning("requests are counted by each process alone: %s", error)
        return ALONE.count(key, window_s)
    return int(came), max(int(left_ms), 0) / 1000


class Alone:
    """Windows of this process, for as long as Redis does not answer: a limit holds in each process then."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._windows: dict[str, tuple[int, float]] = {}

    def count(self, key: str, window_s: int) -> tuple[int, float]:
        """Count a request; return how many came in its window, and in how many seconds that ends."""
        now = time.monotonic()
        with self._lock:
            if len(self._windows) >= MOST_KEYS:
                self._windows.clear()
            came, end = self._windows.get(key, (0, 0.0))
            if end <= now:
                came, end = 0, now + window_s
            self._windows[key] = (came + 1, end)
        return came + 1, end - now


ALONE = Alone()


@cache
def _script() -> Script:
    return client_of(redis_url(settings.ENVIRONMENT.redis_url)).register_script(_COUNT)


def client_of(url: str) -> Redis:
    """Return a client of the Redis at `url` that waits no longer than it must, and tries nothing twice."""
    return Redis.from_url(
        url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, retry=Retry(NoBackoff(), 0)
    )


def redis_url(broker_url: str) -> str:
    """Return Celery's spelling of Redis's address as Redis's own client reads it."""
    if not broker_url.startswith("redis+socket:"):
        return broker_url
    parts = urlsplit(broker_url)
    number = parse_qs(parts.query).get("virtual_host", ["0"])[0]
    return f"unix://{parts.path}?db={number}"
