"""How long a process waits for the database: by its kind, unless the environment says otherwise."""

import os
import subprocess
import sys

import pytest
from pydantic import ValidationError

from qtweb.embedded.instance import CHECKOUT
from qtweb.environment import Environment
from qtweb.timeouts import TIMEOUTS, ProcessKind

REQUIRED = {
    "SECRET_KEY": "x" * 50,
    "DATABASE_URL": "postgresql://qtweb_app@database.invalid/qtweb",
    "REDIS_URL": "redis://redis.invalid/0",
}
BOUNDS = [
    "QTWEB_STATEMENT_TIMEOUT_MS",
    "QTWEB_LOCK_TIMEOUT_MS",
    "QTWEB_IDLE_TRANSACTION_TIMEOUT_MS",
    "QTWEB_CONNECT_TIMEOUT_S",
]


def environment(**variables: str) -> Environment:
    return Environment(**REQUIRED, **variables)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", TIMEOUTS)
def test_each_kind_of_process_has_its_own(kind: ProcessKind) -> None:
    assert environment(QTWEB_PROCESS=kind).timeouts == TIMEOUTS[kind]


def test_who_waits_for_a_person_waits_least() -> None:
    web, worker, command = TIMEOUTS["web"], TIMEOUTS["worker"], TIMEOUTS["command"]

    for bound in ("connect_s", "statement_ms", "lock_ms", "idle_ms"):
        assert getattr(web, bound) < getattr(worker, bound) < getattr(command, bound)


def test_the_environment_has_the_last_word() -> None:
    given = dict(zip(BOUNDS, ["1", "2", "0", "4"], strict=True))

    timeouts = environment(QTWEB_PROCESS="web", **given).timeouts

    assert (timeouts.statement_ms, timeouts.lock_ms, timeouts.idle_ms, timeouts.connect_s) == (1, 2, 0, 4)
    assert timeouts.session_options == (
        "-c statement_timeout=1 -c lock_timeout=2 -c idle_in_transaction_session_timeout=0"
    )


@pytest.mark.parametrize(
    ("entry", "kind"), [("qtweb.wsgi", "web"), ("manage", "command"), ("celery.__main__", "worker")]
)
def test_an_entry_point_says_what_kind_of_process_it_is(entry: str, kind: str) -> None:
    """manage.py says it when it runs: `check` does nothing else that would matter here."""
    start = (
        f"import {entry}"
        if entry != "manage"
        else "import sys, manage; sys.argv[1:] = ['version']; manage.main()"
    )
    script = f"{start}; from qtweb.settings import ENVIRONMENT; print(ENVIRONMENT.process)"
    inherited = {name: value for name, value in os.environ.items() if name != "QTWEB_PROCESS"}

    told = subprocess.run(
        [sys.executable, "-c", script],
        cwd=CHECKOUT,
        env=inherited,
        check=True,
        capture_output=True,
        text=True,
    )

    assert told.stdout.split()[-1] == kind


def test_metrics_of_several_processes_need_a_folder_for_all() -> None:
    with pytest.raises(ValidationError, match="PROMETHEUS_MULTIPROC_DIR"):
        environment(METRICS_TOKEN="a-token-for-prometheus")
    assert environment(METRICS_TOKEN="a-token-for-prometheus", PROMETHEUS_MULTIPROC_DIR="/tmp").metrics_folder
