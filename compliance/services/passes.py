"""The passes that the integrator makes over the log after sequencing it: what goes wrong there ends nothing else."""

import logging
import time
from collections.abc import Callable

from django.db import DatabaseError

from compliance.log_metrics import PASS_FAILURES

PAUSE_S = 15.0
"""So long after a batch failed it is tried again."""

logger = logging.getLogger(__name__)


class Pass:
    """A pass by its `name`, batch by batch. Only for the sole integrator."""

    def __init__(self, name: str, batch: Callable[[], int]) -> None:
        self._name, self._batch = name, batch
        self._again_at_s = 0.0

    def turn(self) -> int:
        """Work a batch and return how many leaves that were: none where the database refuses, until PAUSE_S later.

        That it failed is in the process's log and among its metrics; how long leaves have waited for the search is in
        the state of the log.
        """
        if time.monotonic() < self._again_at_s:
            return 0
        try:
            return self._batch()
        except DatabaseError:
            self._again_at_s = time.monotonic() + PAUSE_S
            PASS_FAILURES.labels(self._name).inc()
            logger.exception("the pass %s over the log failed, tried again in %.0f s", self._name, PAUSE_S)
            return 0
