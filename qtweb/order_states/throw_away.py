"""Services for one command: brought up before Django reads its settings, taken down with everything after it.

Whatever the caller's environment names is somebody's book: nothing of it is used, and nothing is written there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from qtweb.embedded.instance import Instance
from qtweb.embedded.supervisor import Supervisor


@contextmanager
def beside_throw_away_services() -> Iterator[None]:
    """Run a block beside a migrated throw-away database, in its environment."""
    with Supervisor(Instance.temporary()) as supervisor:
        supervisor.migrate()
        before = dict(os.environ)
        os.environ.update(supervisor.instance.environment())
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)
