"""A pytest plugin, loaded before Django: PostgreSQL and Redis for the whole run, and the environment of it.

The controller (or the only process) owns a throw-away instance whose migrated database is the template of every
database that a test uses. The workers of xdist inherit its address.
"""

import os
import signal
from pathlib import Path

import pytest
import redis

from qtweb.embedded import processes
from qtweb.embedded.instance import Instance
from qtweb.embedded.supervisor import Supervisor

NOT_SHARED = ("PROMETHEUS_MULTIPROC_DIR", "QTWEB_CHECKPOINT_STORES")
"""What an instance has once, and each test's database would need for itself: figures, and copies outside of it."""

# A run's tests come from one address, a thousand people in a minute. What limits do is tested with limits of its own.
os.environ.update(dict.fromkeys(("QTWEB_RATE_ADDRESS", "QTWEB_RATE_SIGN_IN"), "100000000/60"))

_IS_CONTROLLER = "PYTEST_XDIST_WORKER" not in os.environ
_supervisor: Supervisor | None = None

if _IS_CONTROLLER:
    _supervisor = Supervisor(Instance.temporary())
    os.environ.update(_supervisor.instance.environment())
    for _name in NOT_SHARED:
        del os.environ[_name]

else:
    # A Redis database of its own, or another worker's test would take this one's wake-up calls.
    _number = int(os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw")) + 1
    os.environ["REDIS_URL"] = Instance.attached(Path(os.environ[processes.MARKER])).redis_url(_number)


def instance() -> Instance:
    """The instance of this run."""
    return Instance.attached(Path(os.environ[processes.MARKER]))


def empty_broker() -> None:
    """Forget the wake-up calls of earlier tests: a worker would wade through those before it heard the test's own."""
    number = int(os.environ["REDIS_URL"].rpartition("=")[2])
    with redis.Redis(unix_socket_path=str(instance().redis_socket), db=number) as broker:
        broker.flushdb()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    if _supervisor is not None:
        _supervisor.__enter__()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _supervisor.migrate()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    if _supervisor is not None:
        _supervisor.__exit__(None, None, None)
