"""Acts on several rows, each in a transaction of its own."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

Key = TypeVar("Key")

logger = logging.getLogger(__name__)


def one_by_one(act: Callable[[Key], None], keys: Iterable[Key]) -> None:
    """Act on each. One that fails, as when somebody holds its row, keeps up no other; beat finds it again."""
    for key in keys:
        try:
            act(key)
        except Exception as error:
            logger.exception("nothing could be done about %s now: %r", key, error)
