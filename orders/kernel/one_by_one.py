"""Acts on several rows, each in a transaction of its own."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from celery.exceptions import SoftTimeLimitExceeded

Key = TypeVar("Key")
R = TypeVar("R")

logger = logging.getLogger(__name__)


def one_by_one(act: Callable[[Key], R], keys: Iterable[Key]) -> list[R]:
    """Act on each and return what came of those that did not fail.

    One that fails, as when somebody holds its row, is logged and keeps up no other; beat finds it again. A
    task that has had its time ends: it is killed soon.
    """
    done = []
    for key in keys:
        try:
            done.append(act(key))
        except SoftTimeLimitExceeded:
            raise
        except Exception as error:
            logger.exception("nothing could be done about %s now: %r", key, error)
    return done
